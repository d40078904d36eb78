"""Who was found in one copy group with whom, by the decisions of verdicts: nobody is drawn over their kin."""

from collections.abc import Iterable

from hakari.core.ids import Account, StatementId
from hakari.sources.kind import Decision


def kin(said: Iterable[tuple[StatementId, Iterable[Decision]]]) -> dict[Account, frozenset[str]]:
    """Return the names of each account's groups. said: verdicts, by id, with their decisions."""
    found: dict[Account, set[str]] = {}
    for verdicts, decisions in said:
        for each in decisions:
            if each.decision.startswith("group "):
                found.setdefault(each.account, set()).add(f"{verdicts}:{each.question}:{each.decision}")
    return {account: frozenset(groups) for account, groups in found.items()}
