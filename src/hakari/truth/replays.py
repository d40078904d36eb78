"""Tables of recorded labels, replayed."""

from typing import Any

from hakari.truth.replay import Terms, replay
from hakari.truth.tables import read_answers, read_first_labels, read_roles


def of_tables(
    labels: bytes,
    truth: bytes,
    roles: bytes | None = None,
    *,
    seed: int,
    audit_rate: float,
    terms: Terms | None = None,
    stop: bool = False,
) -> dict[str, Any]:
    """Return `replay` of the CSV tables task,worker,label · task,label · worker,role.

    A worker's first label of a task counts; `repeats` says how many others were passed over. Raises BadTable, naming the line.
    """
    rows, again = read_first_labels(labels)
    found = replay(
        rows,
        read_answers(truth),
        {} if roles is None else read_roles(roles),
        seed=seed,
        audit_rate=audit_rate,
        terms=terms,
        stop=stop,
    )
    return found | {"repeats": len(again)}
