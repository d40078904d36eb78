"""A folder of recorded labels, read and replayed."""

from pathlib import Path
from typing import Any

from hakari.truth.evidence import ALPHA
from hakari.truth.replay import replay
from hakari.truth.tables import read_answers, read_first_labels, read_roles


def of_folder(
    folder: Path,
    *,
    seed: int,
    audit_rate: float,
    reward: int = 40_000,
    margin: float = 0.10,
    hold: int = 20,
    min_skill: float | None = None,
    alpha: float = ALPHA,
) -> dict[str, Any]:
    """Return `replay` of labels.csv (task,worker,label), truth.csv (task,label) and, where there is one, roles.csv (worker,role).

    A worker's first label of a task counts; `repeats` says how many others were passed over. Raises BadTable, naming file and line.
    """
    rows, again = read_first_labels((folder / "labels.csv").read_bytes())
    truth = read_answers((folder / "truth.csv").read_bytes())
    roles = read_roles((folder / "roles.csv").read_bytes()) if (folder / "roles.csv").exists() else {}
    found = replay(
        rows,
        truth,
        roles,
        seed=seed,
        audit_rate=audit_rate,
        reward=reward,
        margin=margin,
        hold=hold,
        min_skill=min_skill,
        alpha=alpha,
    )
    return found | {"repeats": len(again)}
