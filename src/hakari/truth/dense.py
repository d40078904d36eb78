"""Small dense algebra and drawing whose bytes depend neither on the BLAS installed nor on a library's generator."""

from math import exp, sqrt

import numpy as np

from hakari.truth.compiled import compiled
from hakari.truth.votes import Floats


@compiled
def solve(matrix: Floats, right: Floats) -> Floats:
    """Return x with matrix @ x = right, for a symmetric positive definite (n, n) matrix, which is overwritten.

    Right-looking Cholesky: the inner loop updates a row, so it runs as vector code without changing the order of any sum.
    """
    n = len(right)
    x = right.copy()
    for j in range(n):
        pivot = sqrt(matrix[j, j])
        for i in range(j, n):
            matrix[j, i] /= pivot
        for r in range(j + 1, n):
            factor = matrix[j, r]
            if factor != 0.0:
                for i in range(r, n):
                    matrix[r, i] -= factor * matrix[j, i]
    for j in range(n):
        x[j] /= matrix[j, j]
        for i in range(j + 1, n):
            x[i] -= matrix[j, i] * x[j]
    for j in range(n - 1, -1, -1):
        total = x[j]
        for i in range(j + 1, n):
            total -= matrix[j, i] * x[i]
        x[j] = total / matrix[j, j]
    return x


@compiled
def mixed(a: int, b: int) -> np.uint64:
    """Return 64 mixed bits of two whole numbers (the finaliser of splitmix64, twice)."""
    z = np.uint64(a) * np.uint64(0x9E3779B97F4A7C15) + np.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    z = (z ^ (z >> np.uint64(31))) + np.uint64(b) * np.uint64(0xD1B54A32D192ED03)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


@compiled
def poisson(mean: float, stream: int, index: int) -> float:
    """Return a Poisson draw that is a fixed function of (mean, stream, index). Cost O(mean)."""
    drawn = 0.0
    rest = mean
    step = 0
    while rest > 0.0:
        # Pieces of 256 keep exp(-piece) far from underflow; the sum of Poissons is a Poisson.
        piece = min(rest, 256.0)
        rest -= piece
        bits = mixed(stream, index * 4096 + step)
        step += 1
        point = (np.float64(bits >> np.uint64(11)) + 0.5) * 2.0**-53
        term = exp(-piece)
        below = term
        count = 0
        while point > below and count < 1200:
            count += 1
            term *= piece / count
            below += term
        drawn += count
    return drawn
