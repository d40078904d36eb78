"""How soon a coin flipper is convicted: 10 % audits alone, and with a stock of sealed audits served as 20 % of the tasks.

Ten people answer every order of a buyer, nine of them right nine times of ten; the tenth flips a coin. After each order all are
settled together, by the test and the threshold of production. Prints medians over 2,000 seeded crowds, and the share of honest people
who were convicted.

    .venv/bin/python benchmarks/challenges.py
"""

import argparse
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from hakari.truth.evidence import log_e, threshold

PEOPLE, HONEST_RIGHT = 10, 0.9
AUDITED, SERVED = 0.1, 0.2
MOST_ORDERS = 1_000


@dataclass(frozen=True, kw_only=True)
class Found:
    """Of one crowd: orders until the coin flipper was convicted, and honest people convicted by then."""

    orders: int
    honest: int


def looked_at(rng: Generator, tasks: int, *, served: bool) -> int:
    """Return of how many of an order's tasks the right answer is known: audits are drawn over all, challenges are a fixed share."""
    challenges = round(tasks * SERVED) if served else 0
    audits = rng.choice(tasks, size=max(1, round(tasks * AUDITED)), replace=False)
    return challenges + int((audits >= challenges).sum())


def crowd(rng: Generator, tasks: int, skill: float, *, served: bool) -> Found:
    """Return how one crowd fares."""
    right, wrong = np.zeros(PEOPLE, int), np.zeros(PEOPLE, int)
    able = np.array([0.5] + [HONEST_RIGHT] * (PEOPLE - 1))
    convicted = np.zeros(PEOPLE, bool)
    for order in range(1, MOST_ORDERS):
        known = looked_at(rng, tasks, served=served)
        good = rng.binomial(known, able)
        right, wrong = right + good, wrong + known - good
        statistics = [log_e(int(w), int(r), skill=skill) for w, r in zip(wrong, right, strict=True)]
        convicted |= np.array(statistics) >= threshold(statistics)
        if convicted[0]:
            return Found(orders=order, honest=int(convicted[1:].sum()))
    raise AssertionError(f"never convicted in {MOST_ORDERS} orders")


def crowds(count: int, tasks: int, skill: float, *, served: bool) -> Iterator[Found]:
    """Yield what becomes of seeded crowds."""
    for seed in range(count):
        yield crowd(np.random.default_rng([seed, tasks]), tasks, skill, served=served)


def main() -> None:
    """Print a row for each minimum skill and size of order."""
    asked = argparse.ArgumentParser()
    asked.add_argument("--crowds", type=int, default=2_000)
    count: int = asked.parse_args().crowds
    print("skill  tasks an order  audits alone: orders, answers   with challenges: orders, answers   honest convicted")
    for skill in (0.8, 0.65):
        for tasks in (20, 100):
            alone, both = (list(crowds(count, tasks, skill, served=served)) for served in (False, True))
            first, second = (int(np.median([each.orders for each in found])) for found in (alone, both))
            share = sum(each.honest for each in [*alone, *both]) / (2 * count * (PEOPLE - 1))
            print(
                f"{skill:5}  {tasks:14}  {first:21}, {first * tasks:7}   {second:24}, {second * tasks:7}   {share:.3%}"
            )


if __name__ == "__main__":
    main()
