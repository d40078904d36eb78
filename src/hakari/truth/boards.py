"""A board from rows of votes, as tables hold them."""

from collections.abc import Iterable

from hakari.truth.bradley_terry import rank
from hakari.truth.votes import byte_sorted

WINNERS = ("left", "right", "tie")


def of_rows(rows: Iterable[tuple[str, str, str, str]]) -> list[dict[str, str | int | float]]:
    """Return the board of (left, right, winner, worker) rows, best model first: model, score, low, high, rank, votes.

    Numbers are rounded to a thousandth of a point; ties in score go to the lower name. Raises EmptyVotes and BadVotes.
    """
    kept = list(rows)
    models = byte_sorted({row[0] for row in kept} | {row[1] for row in kept})
    number = {name: index for index, name in enumerate(models)}
    board = rank(
        [number[row[0]] for row in kept],
        [number[row[1]] for row in kept],
        [WINNERS.index(row[2]) for row in kept],
        models,
    )
    lines: list[dict[str, str | int | float]] = [
        {
            "model": model,
            "score": round(float(board.score[n]), 3),
            "low": round(float(board.low[n]), 3),
            "high": round(float(board.high[n]), 3),
            "rank": int(board.rank[n]),
            "votes": int(board.votes[n]),
        }
        for n, model in enumerate(models)
    ]
    return sorted(lines, key=lambda line: (-float(line["score"]), str(line["model"])))
