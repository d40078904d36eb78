"""Sets to measure on: folders of labels and truths, or the crowds that are made up here and may be shipped."""

from pathlib import Path

from hakari.truth.economy import Set
from hakari.truth.standins import MAKES, made
from hakari.truth.tables import BadTable, read_answers, read_first_labels


def stand_ins(*, seed: int = 0) -> dict[str, Set]:
    """Return the made-up crowds by name."""
    return {name: made(name, seed=seed) for name in MAKES}


def read_sets(folder: Path) -> dict[str, Set]:
    """Return the sets of a folder, sorted by name: itself if it holds labels.csv, else every folder in it that does.

    A worker's first label of a task counts. Raises BadTable without a set, or naming the file and the line.
    """
    places = [folder] if (folder / "labels.csv").exists() else sorted(folder.iterdir())
    sets = {
        place.name: _read(place)
        for place in places
        if (place / "labels.csv").exists() and (place / "truth.csv").exists()
    }
    if not sets:
        raise BadTable(f"{folder}: a folder with labels.csv and truth.csv expected, got none")
    return sets


def _read(place: Path) -> Set:
    try:
        rows, _ = read_first_labels((place / "labels.csv").read_bytes())
        return rows, dict(read_answers((place / "truth.csv").read_bytes()))
    except BadTable as error:
        raise BadTable(f"{place.name}: {error.message}") from error
