"""What an order's `quality` asks for where merit decides the pay: checked once, and what it can cost."""

from collections.abc import Mapping
from dataclasses import dataclass

from hakari.core.canonical import Json
from hakari.core.errors import Malformed
from hakari.core.ids import Digest, StatementId
from hakari.core.money import BPS, Micros
from hakari.people.statements import ROLES
from hakari.truth.rules import LABEL_RULES
from hakari.work.members import Members
from hakari.work.orders import unit_cost
from hakari.work.records import WORK

BY_MERIT = frozenset({LABEL_RULES})
"""Rules under which settlements pay by merit; under all others verdicts pay the reward for each accepted answer."""

SEATS = 2
"""Auditors of a task that are asked at once."""
CALLS = 2
"""Times that the opening of an answer is called for at most: again only where the node was away meanwhile."""
AUDITORS = 3
"""Blind answers to an audited task at most: two, and a third where they differ."""
REVIEWERS = (3, 5, 6)
"""Answers that a reviewed task gets: three at once, two more where these differ, one more where no answer leads."""
MOST_UNFIT_BPS = 100
"""No order leaves a reviewer out on weaker evidence: who orders must not choose its reviewers."""
MOST_FIRST = 1_000
"""Answers that a task can get in the first wave of an order that stops where it is sure."""
LONGEST_OPENING_S = 7 * 86_400
"""Work that is committed is opened in half of the notice that a buyer who closes gives: what is opened is reserved before it ends."""
LONGEST_S = 28 * 86_400
"""No audit, appeal or jury waits longer. With the ninety days that a deposit waits they end twenty days before escrow's ABANDON gives
the rest of an order that was closed at once back to its buyer: enough for an epoch that is contested up to the court."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Audits:
    """reward: micro-units a blind answer. share_bps: of the tasks, at least one. within_s: seconds for the answers. aimed_bps: of the
    audited tasks, drawn where answers are most doubtful; the others are drawn evenly. funding: whether who was paid by whom counts as
    doubt there. sealed_s: seconds for which what they make known may be kept, to be served again in orders with `challenges`;
    0 where it is public at once."""

    reward: Micros
    share_bps: int
    within_s: int
    aimed_bps: int = 0
    funding: bool = False
    sealed_s: int = 0

    def count(self, tasks: int) -> int:
        """Return how many of an order's tasks are audited: the share rounded down, at least one."""
        return max(1, tasks * self.share_bps // BPS)

    def aimed(self, tasks: int) -> int:
        """Return how many of these are drawn by weight, rounded down: never more than half of them."""
        return self.count(tasks) * self.aimed_bps // BPS

    def asks_funding(self, tasks: int) -> bool:
        """Return whether a `funding` statement comes before the order's draws: nobody's payments are looked at for nothing."""
        return self.funding and self.aimed(tasks) > 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Reviews:
    """reward: micro-units an answer of a reviewer. share_bps: of the tasks, at least one, all drawn evenly among those that no audit is
    drawn over. within_s: seconds for the answers. unfit_bps: who is shown to be unfit as a reviewer, at this bound on a false
    finding, is not drawn; None where everybody in service is."""

    reward: Micros
    share_bps: int
    within_s: int
    unfit_bps: int | None = None

    def count(self, tasks: int, audits: Audits | None) -> int:
        """Return how many of an order's tasks are reviewed: the share rounded down, at least one, at most all that are not audited."""
        left = tasks - (0 if audits is None else audits.count(tasks))
        return min(left, max(1, tasks * self.share_bps // BPS))


@dataclass(frozen=True, kw_only=True, slots=True)
class Appeals:
    """jurors: blind answers to an appealed task. reward: micro-units each. tasks: that may be appealed. window_s, within_s: seconds."""

    jurors: int
    reward: Micros
    tasks: int
    window_s: int
    within_s: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Exam:
    """pass_bps: the share of its tasks that must be right to pass. truths: SHA-256 of the right answers, kept until it is judged.

    training: whether whoever has their result is shown the right answers at once.
    """

    pass_bps: int
    truths: Digest
    training: bool = False

    def passed(self, *, right: int, tasks: int) -> bool:
        """Return whether so many right answers of so many tasks pass."""
        return right * BPS >= self.pass_bps * tasks


@dataclass(frozen=True, kw_only=True, slots=True)
class Reveal:
    """roles: those whose answers are committed first and opened when all have. within_s: seconds to open them, once they are called.

    auditors: who must have committed before any audit of a task is called for.
    """

    roles: frozenset[str]
    within_s: int
    auditors: int = SEATS


@dataclass(frozen=True, kw_only=True, slots=True)
class Stopping:
    """first: answers that each task gets in the first wave. sure_bps: how sure a task's answer must be to need no more. full_bps: the
    share of tasks, at least one, that gets all answers whatever is believed. least_answers: of the order before any task stops."""

    first: int
    sure_bps: int
    full_bps: int
    least_answers: int

    def full(self, tasks: int) -> int:
        """Return how many of an order's tasks get all answers: the share rounded down, at least one."""
        return max(1, tasks * self.full_bps // BPS)


@dataclass(frozen=True, kw_only=True, slots=True)
class Challenges:
    """of: the order whose sealed audits are served again. places: SHA-256 of where its tasks stand among the order's own."""

    of: StatementId
    places: Digest


@dataclass(frozen=True, kw_only=True, slots=True)
class Quality:
    """The declared figures of an order under rules by merit; docs/reference/rules.md, section 5, says what each does."""

    margin_bps: int
    hold: int
    spread_bps: int
    min_skill_bps: int
    alpha_bps: int
    audits: Audits | None
    stake: Micros | None
    appeals: Appeals | None
    exam: Exam | None = None
    requires: StatementId | None = None
    reveal: Reveal | None = None
    stopping: Stopping | None = None
    reviews: Reviews | None = None
    challenges: Challenges | None = None

    @property
    def sealed_s(self) -> int:
        """Seconds for which its audits may be kept to be served again, 0 where they are not."""
        return 0 if self.audits is None else self.audits.sealed_s

    def asked(self, role: str) -> Audits | Reviews | Appeals | None:
        """Return what the order declares of a drawn role, None where it does not ask for it."""
        return {"audit": self.audits, "review": self.reviews, "jury": self.appeals}.get(role)

    def reveals(self, role: str) -> bool:
        """Return whether answers in a role are committed first and opened when all have."""
        return self.reveal is not None and role in self.reveal.roles

    def within_s(self, role: str) -> int:
        """Return the seconds that a drawn role has for its answers, 0 where the order does not ask for it, and for work."""
        asked = self.asked(role)
        return 0 if asked is None else asked.within_s

    def seats(self, role: str) -> int:
        """Return how many of a panel are asked at once."""
        if role == "audit" and self.reveal is not None and self.reveals(role):
            return self.reveal.auditors
        return self.least(role)

    def least(self, role: str) -> int:
        """Return how many answers a task needs at least where all of a role say the same."""
        if role == "jury" and self.appeals is not None:
            return self.appeals.jurors
        return REVIEWERS[0] if role == "review" else SEATS


def read(quality: Mapping[str, Json]) -> Quality | None:
    """Return what the order declares; None where its rules don't pay by merit. Raises Malformed with a pointer (/body/quality/…)."""
    if quality.get("rules") not in BY_MERIT:
        return None
    given = Members(quality, "/body/quality")
    given.known(
        {"rules", "margin_bps", "hold", "spread_bps", "min_skill_bps", "alpha_bps"},
        optional={"appeals", "audits", "challenges", "exam", "requires", "reveal", "reviews", "stake", "stopping"},
    )
    _alone(quality)
    found = Quality(
        margin_bps=given.whole("margin_bps", 0, BPS - 1),
        hold=given.whole("hold", 0, 1000),
        spread_bps=given.whole("spread_bps", 0, 10 * BPS),
        min_skill_bps=given.whole("min_skill_bps", 1, BPS - 1),
        alpha_bps=given.whole("alpha_bps", 1, BPS // 2),
        audits=_audits(given),
        appeals=_appeals(given),
        stake=given.amount("stake") if "stake" in quality else None,
        exam=_exam(given),
        requires=StatementId(given.digest("requires")) if "requires" in quality else None,
        reveal=_reveal(given),
        stopping=_stopping(given),
        reviews=_reviews(given),
        challenges=_challenges(given),
    )
    _check_reveal(found)
    _check_sealed(found)
    return found


def _alone(quality: Mapping[str, Json]) -> None:
    surplus = (
        sorted({"audits", "challenges", "reviews", "stake", "stopping"} & set(quality)) if "exam" in quality else []
    )
    if surplus:
        raise Malformed(
            f"an exam is marked by its truths alone, is answered whole and puts nothing at stake, got {surplus} beside it",
            pointer=f"/body/quality/{surplus[0]}",
        )


def _audits(quality: Members) -> Audits | None:
    given = quality.part("audits")
    if given is None:
        return None
    given.known({"reward", "share_bps", "within_s"}, optional={"aimed_bps", "funding", "sealed_s"})
    funding = given.true("funding")
    if funding and not given.has("aimed_bps"):
        raise Malformed(
            "who was paid by whom moves audits that are aimed: funding must stand beside aimed_bps, got it alone",
            pointer="/body/quality/audits/funding",
        )
    return Audits(
        reward=given.amount("reward"),
        share_bps=given.whole("share_bps", 1, BPS),
        within_s=given.whole("within_s", 1, LONGEST_S),
        aimed_bps=given.whole("aimed_bps", 0, BPS // 2) if given.has("aimed_bps") else 0,
        funding=funding,
        sealed_s=given.whole("sealed_s", 1, LONGEST_S) if given.has("sealed_s") else 0,
    )


def _reviews(quality: Members) -> Reviews | None:
    given = quality.part("reviews")
    if given is None:
        return None
    given.known({"reward", "share_bps", "within_s"}, optional={"unfit_bps"})
    return Reviews(
        reward=given.amount("reward"),
        share_bps=given.whole("share_bps", 1, BPS),
        within_s=given.whole("within_s", 1, LONGEST_S),
        unfit_bps=given.whole("unfit_bps", 1, MOST_UNFIT_BPS) if given.has("unfit_bps") else None,
    )


def _appeals(quality: Members) -> Appeals | None:
    given = quality.part("appeals")
    if given is None:
        return None
    given.known({"jurors", "reward", "tasks", "window_s", "within_s"})
    return Appeals(
        jurors=given.whole("jurors", 2, 15),
        reward=given.amount("reward"),
        tasks=given.whole("tasks", 1, 100_000),
        window_s=given.whole("window_s", 1, LONGEST_S),
        within_s=given.whole("within_s", 1, LONGEST_S),
    )


def _exam(quality: Members) -> Exam | None:
    given = quality.part("exam")
    if given is None:
        return None
    given.known({"pass_bps", "truths"}, optional={"training"})
    return Exam(
        pass_bps=given.whole("pass_bps", 1, BPS), truths=given.digest("truths"), training=given.true("training")
    )


def _challenges(quality: Members) -> Challenges | None:
    given = quality.part("challenges")
    if given is None:
        return None
    given.known({"of", "places"})
    return Challenges(of=StatementId(given.digest("of")), places=given.digest("places"))


def _check_sealed(quality: Quality) -> None:
    """Sealed audits, with their answers and openings, end within LONGEST_S; what is served again is not sealed anew."""
    if quality.audits is None or not quality.sealed_s:
        return
    if quality.challenges is not None:
        raise Malformed(
            "an order that serves sealed audits again can't seal its own", pointer="/body/quality/audits/sealed_s"
        )
    taken = quality.audits.within_s
    taken += CALLS * quality.reveal.within_s if quality.reveal is not None and quality.reveals("audit") else 0
    if taken + quality.sealed_s > LONGEST_S:
        raise Malformed(
            f"sealed_s and the time of the audits, {taken}, must be at most {LONGEST_S} together, got {quality.sealed_s}",
            pointer="/body/quality/audits/sealed_s",
        )


def exam(quality: Mapping[str, Json]) -> Exam | None:
    """Return what makes an order an exam, or None where it is none."""
    declared = read(quality)
    return None if declared is None else declared.exam


def _reveal(quality: Members) -> Reveal | None:
    given = quality.part("reveal")
    if given is None:
        return None
    given.known({"roles", "within_s"}, optional={"auditors"})
    return Reveal(
        roles=given.words("roles", ("audit", "jury", "review", WORK)),
        within_s=given.whole("within_s", 1, LONGEST_S),
        auditors=given.whole("auditors", SEATS, AUDITORS) if given.has("auditors") else SEATS,
    )


def _stopping(quality: Members) -> Stopping | None:
    given = quality.part("stopping")
    if given is None:
        return None
    given.known({"first", "full_bps", "least_answers", "sure_bps"})
    return Stopping(
        first=given.whole("first", 2, MOST_FIRST),
        sure_bps=given.whole("sure_bps", BPS // 2 + 1, BPS - 1),
        full_bps=given.whole("full_bps", 1, BPS - 1),
        least_answers=given.whole("least_answers", 1, 10**9),
    )


def stopping(quality: Mapping[str, Json]) -> Stopping | None:
    """Return when an order's tasks have answers enough, None where each gets as many as were ordered."""
    declared = read(quality) if "stopping" in quality else None
    return None if declared is None else declared.stopping


def _check_reveal(quality: Quality) -> None:
    """Every role must be asked for, and with its reveals, called twice at most, end within LONGEST_S."""
    if quality.reveal is None:
        return
    if quality.reveal.auditors != SEATS and "audit" not in quality.reveal.roles:
        raise Malformed(
            "reveal.auditors is of audits that are committed first", pointer="/body/quality/reveal/auditors"
        )
    if WORK in quality.reveal.roles:
        _check_work_reveal(quality.reveal, exam=quality.exam is not None)
        if quality.stopping is not None:
            raise Malformed(
                "stopping decides over answers that are open: work is committed first or stops early, got both",
                pointer="/body/quality/stopping",
            )
    for role in sorted(quality.reveal.roles - {WORK}):
        within_s = quality.within_s(role)
        if not within_s:
            raise Malformed(
                f"reveal.roles must be roles that the order asks for, got {role!r}",
                pointer="/body/quality/reveal/roles",
            )
        if within_s + CALLS * quality.reveal.within_s > LONGEST_S:
            raise Malformed(
                f"within_s of {role} and {CALLS} times reveal.within_s must be at most {LONGEST_S} together, got "
                f"{within_s} and {quality.reveal.within_s}",
                pointer="/body/quality/reveal/within_s",
            )


def _check_work_reveal(reveal: Reveal, *, exam: bool) -> None:
    if exam:
        raise Malformed(
            "nobody's sheet decides another's in an exam: its answers are not committed first",
            pointer="/body/quality/reveal/roles",
        )
    if CALLS * reveal.within_s > LONGEST_OPENING_S:
        raise Malformed(
            f"{CALLS} times reveal.within_s must be at most {LONGEST_OPENING_S} where work is committed first, got {reveal.within_s}",
            pointer="/body/quality/reveal/within_s",
        )


def cost(quality: Quality | None, *, tasks: int, fee_bps: int) -> int:
    """Return the micro-units that an order's budget must hold beside its answers: every seat with its fee."""
    total = 0
    if quality is not None and quality.audits is not None:
        seats = AUDITORS * quality.audits.count(tasks)
        total += seats * unit_cost(reward=quality.audits.reward, fee_bps=fee_bps)
    if quality is not None and quality.reviews is not None:
        seats = REVIEWERS[-1] * quality.reviews.count(tasks, quality.audits)
        total += seats * unit_cost(reward=quality.reviews.reward, fee_bps=fee_bps)
    if quality is not None and quality.appeals is not None:
        seats = quality.appeals.jurors * min(tasks, quality.appeals.tasks)
        total += seats * unit_cost(reward=quality.appeals.reward, fee_bps=fee_bps)
    return total


def rewards(quality: Mapping[str, Json]) -> dict[str, Micros]:
    """Return what an order pays for an answer in each role beside work that it asks for, in micro-units."""
    declared = read(quality)
    asked = {} if declared is None else {role: declared.asked(role) for role in ROLES}
    return {role: each.reward for role, each in asked.items() if each is not None}
