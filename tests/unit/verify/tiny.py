"""A kind of contribution that is easy to follow: the majority is right."""

from collections import Counter

from hakari.core.errors import Malformed
from hakari.sources.kind import Decision, Judgement, Kind, Verdict

RULES = "tiny.majority.v1"


def spec(given):
    if not isinstance(given, dict) or not isinstance(given.get("classes"), int) or set(given) != {"classes"}:
        raise Malformed("spec must be {classes: n}", pointer="/spec")
    return dict(given)


def check(spec_, public, answer):
    if not isinstance(answer, dict) or set(answer) != {"label"} or answer["label"] not in range(spec_["classes"]):
        raise Malformed(f"label must be 0 to {spec_['classes'] - 1}, got {answer!r}", pointer="/label")
    return answer


def judge(batch, recorded):
    """Accept what the majority of a task said (ties to the lower label), by accounts that agree with it at least half of the time."""
    votes = {}
    for each in batch.answers:
        votes.setdefault(each.task, Counter())[each.answer["label"]] += 1
    right = {task: min(count, key=lambda label: (-count[label], label)) for task, count in votes.items()}
    agree, given = Counter(), Counter()
    for each in batch.answers:
        given[each.account] += 1
        agree[each.account] += each.answer["label"] == right[each.task]
    known = {each.account: each for each in recorded or ()}
    decisions = []
    for account in sorted(given):
        statistic = agree[account] / given[account]
        decision = "each" if statistic >= 0.5 else "refuse"
        before = known.get(account)
        if before is not None and abs(before.statistic - statistic) <= 1e-6 and abs(statistic - 0.5) <= 1e-6:
            decision = before.decision
        decisions.append(Decision(account=account, decision=decision, statistic=statistic, threshold=0.5))
    refused = {each.account for each in decisions if each.decision == "refuse"}
    verdicts = []
    for each in batch.answers:
        agrees = each.answer["label"] == right[each.task]
        taken = agrees and each.account not in refused
        reason = "accepted" if taken else "account" if each.account in refused else "differs"
        verdicts.append(Verdict(accepted=taken, score_bps=10_000 * agrees, reason=reason))
    summary = [{"label": right[task], "task": task} for task in sorted(right)]
    return Judgement(rules=RULES, verdicts=verdicts, decisions=decisions, summary=summary)


def rows(spec_, tasks, judged):
    """Return for each task what it shows and the label that most accepted answers give, the lower one among equals."""
    made = []
    for task, answers in zip(tasks, judged, strict=True):
        count = Counter(each.answer.answer["label"] for each in answers if each.verdict.accepted)
        label = min(range(spec_["classes"]), key=lambda label: (-count[label], label))
        made.append({"image": task.data["image"], "label": label, "answers": sum(count.values())})
    return made


def schema(_):
    return [("image", "string"), ("label", "int64"), ("answers", "int64")]


def _none(*_):
    raise NotImplementedError


TINY = Kind(
    name="label",
    rules=RULES,
    spec=spec,
    plan=_none,
    check=check,
    judge=judge,
    rows=rows,
    schema=schema,
    loose=lambda _: {"image": None},
)
KINDS = {"label": TINY}
