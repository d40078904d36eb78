"""Request bodies of the API, as OpenAPI shows them. Pydantic checks form; meaning is checked by the function that is called."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StrictInt, StrictStr

from hakari.app.more import LONGEST_DAYS, MOST_EACH, How
from hakari.app.units import Offered
from hakari.core import statement as statements
from hakari.core.canonical import LARGEST
from hakari.core.errors import Malformed
from hakari.core.statement import BATCH, Statement
from hakari.work.intake import LONGEST_SALT, SHORTEST_SALT, Opened

Whole = Annotated[StrictInt, Field(ge=0, le=LARGEST)]


class Shape(BaseModel):
    """A JSON object with exactly these members."""

    model_config = ConfigDict(extra="forbid", strict=True)


class StatementIn(Shape):
    """A signed statement (docs/reference/formats.md §3)."""

    author: StrictStr = Field(pattern=r"^0x[0-9a-f]{40}$")
    body: dict[StrictStr, Any]
    key: StrictStr = Field(pattern=r"^([0-9a-f]{64}|account)$")
    kind: StrictStr = Field(max_length=32)
    signature: StrictStr = Field(pattern=r"^([0-9a-f]{128}|[0-9a-f]{130})$")
    time: Whole
    version: StrictInt = Field(ge=1, le=1)

    def parsed(self) -> Statement:
        """Return the statement. Raises Malformed naming the field."""
        made = statements.parse(dict(self))
        if len(made.bytes) > statements.LARGEST:
            raise Malformed(
                f"statement must be at most {statements.LARGEST} bytes, got {len(made.bytes)}", pointer="/statement"
            )
        return made


class Said(Shape):
    """One statement and nothing else."""

    statement: StatementIn


class TermsIn(Shape):
    """The terms of a pool, as its `pool` statements have them."""

    terms: dict[StrictStr, Any]


class OpenedIn(Shape):
    """An answer beside its commitment."""

    task: Whole
    answer: Any
    salt: StrictStr = Field(min_length=SHORTEST_SALT, max_length=LONGEST_SALT)

    def parsed(self) -> Opened:
        """Return the opened answer."""
        return Opened(task=self.task, answer=self.answer, salt=self.salt)


class SubmissionIn(Shape):
    """A batch of answers: the signed commitments and their openings, in the same order; none where answers are committed first."""

    statement: StatementIn
    answers: list[OpenedIn] = Field(default_factory=list[OpenedIn], max_length=BATCH)


class RevealIn(Shape):
    """Answers that were committed first, opened: the signed `reveal` and the openings that it names, in the same order."""

    statement: StatementIn
    openings: list[OpenedIn] = Field(min_length=1, max_length=BATCH)


class OrderIn(Shape):
    """A signed, funded order with the items that its tasks are made of."""

    statement: StatementIn
    items: list[Any] = Field(min_length=1, max_length=100_000)
    guideline: StrictStr = Field(max_length=200_000)
    extra: list[StrictStr] = Field(default_factory=list[str], max_length=4)


class GuidelineIn(Shape):
    """A buyer's word on the guideline: the signed `guideline`, and the text that it names by its digest where that is a new one."""

    statement: StatementIn
    text: StrictStr | None = Field(default=None, max_length=200_000)


class MoreIn(Shape):
    """What is wanted of more: `answers` for every task again, answers to other `items`, to such with all its tasks hidden among them as
    `challenges` while its audits are sealed, or to the `rest`, tasks that lack answers.

    each: answers a task; reward: micro-units an answer; where not given, as the first order had them.
    """

    how: How
    each: StrictInt | None = Field(default=None, ge=1, le=MOST_EACH)
    reward: StrictStr | None = Field(default=None, pattern=r"^[1-9][0-9]{0,18}$")
    days: StrictInt = Field(default=14, ge=1, le=LONGEST_DAYS)
    items: list[Any] = Field(default_factory=list[Any], max_length=100_000)


class BidTakenIn(Shape):
    """For how long the order that takes a bid takes units."""

    days: StrictInt = Field(default=14, ge=1, le=LONGEST_DAYS)


class AssignmentIn(Shape):
    """How many tasks the signed-in account wants."""

    count: StrictInt = Field(ge=1, le=BATCH)


class SignInIn(Shape):
    """An EIP-4361 message and its signature."""

    message: StrictStr = Field(max_length=4096)
    signature: StrictStr = Field(max_length=140)


class OfferIn(Shape):
    """What a licence costs (micro-units, decimal string), its purposes (bit mask) and how long it is good (seconds, 0 = for ever).

    `vest_seconds`: over how long its price is earned, a part of it returning to the buyer if the data is withdrawn before.
    """

    price: StrictStr = Field(pattern=r"^(0|[1-9][0-9]{0,18})$")
    purposes: StrictInt = Field(ge=1, le=127)
    term_seconds: Whole
    vest_seconds: StrictInt = Field(default=0, ge=0, le=3_153_600_000)


class ParentIn(Shape):
    """A release that the new one derives from, and the basis points of its income that it gets."""

    bps: StrictInt = Field(ge=0, le=10_000)
    release: StrictStr = Field(pattern=r"^[0-9a-f]{64}$")


class ReleaseIn(Shape):
    """A release of a judged order. Where it derives from others, they are its parents."""

    name: StrictStr = Field(min_length=1, max_length=200)
    offer: OfferIn | None = None
    parents: list[ParentIn] = Field(default_factory=list[ParentIn], max_length=16)


class UnitIn(Shape):
    """A unit of data to be checked: a text, or an upload by its id, and what is declared of it. `type` is of a text only."""

    text: StrictStr | None = Field(default=None, max_length=2**24)
    upload: StrictStr | None = Field(default=None, pattern=r"^[0-9a-f]{32}$")
    type: StrictStr | None = Field(default=None, max_length=64)
    language: StrictStr = Field(default="", max_length=8)
    made: StrictStr = Field(max_length=16)
    name: StrictStr | None = Field(default=None, max_length=200)
    rights: list[StrictStr] = Field(max_length=16)
    tools: StrictStr = Field(default="", max_length=200)

    def offered(self) -> Offered:
        """Return the unit. Raises Malformed unless it is a text or an upload, and not both."""
        if (self.text is None) == (self.upload is None):
            raise Malformed("a unit must have «text» or «upload», and not both", pointer="/units")
        declared = {"language": self.language, "made": self.made, "rights": list[Any](self.rights), "tools": self.tools}
        return Offered(
            text=self.text,
            upload=self.upload,
            type=self.type,
            declared=declared if self.name is None else {**declared, "name": self.name},
        )


class ChecksIn(Shape):
    """Units to be checked against an order's request."""

    units: list[UnitIn] = Field(min_length=1, max_length=BATCH)


class NotedIn(Shape):
    """A report, an objection or a remark: the statement, and the words that it names by their salted digest and the log never holds."""

    statement: StatementIn
    note: StrictStr = Field(max_length=5000)
    salt: StrictStr = Field(min_length=SHORTEST_SALT, max_length=LONGEST_SALT)


class RevocationIn(Shape):
    """Why a licence ends: words whose SHA-256 goes on chain."""

    reason: StrictStr = Field(min_length=1, max_length=2000)


class DecisionIn(Shape):
    """What becomes of a subject: quarantined, restored, upheld or dismissed; and the reports or objections that this answers."""

    about: list[StrictStr] = Field(max_length=100)
    reason: StrictStr = Field(max_length=16)
    result: StrictStr = Field(max_length=16)
    subject: StrictStr = Field(max_length=200)
