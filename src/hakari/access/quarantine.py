"""Quarantine: what a decision stops, from its leaf on. Pure: intake and verification fold the same decisions.

A subject is text: `release:<id>`, `row:<release id>:<row digest>`, `order:<id>`, `task:<order id>:<n>` or `account:<address>`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from hakari.core.canonical import Json
from hakari.core.errors import HakariError

STOPS, FREES = "quarantined", "restored"


class Quarantined(HakariError):
    """Something that was reported and is not served or sold until that is decided otherwise. The log has the decision."""

    code = "quarantined"
    status = 451


@dataclass
class Quarantine:
    """Which subjects are in quarantine after the decisions taken so far."""

    standing: set[str] = field(default_factory=set[str])

    def take(self, decision: Mapping[str, Json]) -> None:
        """Take the body of one more decision. Only «quarantined» and «restored» change anything."""
        subject = str(decision["subject"])
        if decision["result"] == STOPS:
            self.standing.add(subject)
        elif decision["result"] == FREES:
            self.standing.discard(subject)

    def rows(self, release: str | None = None) -> set[str]:
        """Return the digests of rows in quarantine: all, or those reported in one release."""
        parts = [subject.split(":") for subject in self.standing if subject.startswith("row:")]
        return {row for _, of, row in parts if release in (None, of)}

    def stops(self, *, release: str | None = None, order: str | None = None, account: str | None = None) -> str | None:
        """Return what stops a release, an order or an account that is one of these, or None.

        A release is stopped by itself, by a row that was reported in it, by its order and by that order's buyer; name them all.
        """
        named = {"release": release, "order": order, "account": account}
        for kind, id_ in named.items():
            if id_ is not None and f"{kind}:{id_}" in self.standing:
                return f"{kind}:{id_}"
        if release is not None and (rows := self.rows(release)):
            return f"row:{release}:{min(rows)}"
        return None

    def tasks(self, order: str) -> set[int]:
        """Return the tasks of an order that are in quarantine."""
        start = f"task:{order}:"
        return {int(subject[len(start) :]) for subject in self.standing if subject.startswith(start)}


def fold(decisions: Iterable[Mapping[str, Json]]) -> Quarantine:
    """Return the quarantine after these decisions, in log order."""
    made = Quarantine()
    for decision in decisions:
        made.take(decision)
    return made


def parts(subject: str) -> tuple[str, str, str | None]:
    """Return kind, id and part (or None) of a subject."""
    kind, id_, *rest = subject.split(":")
    return kind, id_, rest[0] if rest else None
