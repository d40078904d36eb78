"""A board from a table of preferences, for people who bring a file."""

from collections.abc import Sequence

import numpy as np

from hakari.truth.bradley_terry import Board, rank
from hakari.truth.tables import WINNERS
from hakari.truth.votes import byte_sorted


def of_rows(rows: Sequence[tuple[str, str, str, str]]) -> list[dict[str, str | float | int]]:
    """Return the board of (left, right, winner, worker) rows, best score first: model, score, low, high, rank, votes.

    Every row counts; judging voters needs to know what was shown, which a table of preferences doesn't say. Equal scores stand in
    byte order of the names; scores in points, three decimals. Raises EmptyVotes without a row.
    """
    models = byte_sorted({name for row in rows for name in row[:2]})
    place = {name: index for index, name in enumerate(models)}
    board = rank(
        np.array([place[row[0]] for row in rows], np.int64),
        np.array([place[row[1]] for row in rows], np.int64),
        np.array([WINNERS.index(row[2]) for row in rows], np.int64),
        models,
    )
    return as_rows(board)


def as_rows(board: Board) -> list[dict[str, str | float | int]]:
    """Return a board's entries, best score first; equal scores in the board's order."""
    order = np.argsort(-board.score, kind="stable").tolist()
    return [
        {
            "model": board.models[m],
            "score": round(float(board.score[m]), 3),
            "low": round(float(board.low[m]), 3),
            "high": round(float(board.high[m]), 3),
            "rank": int(board.rank[m]),
            "votes": int(board.votes[m]),
        }
        for m in order
    ]
