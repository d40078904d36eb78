"""Who is right: label aggregation, ranking, reputation mathematics (numpy, numba)."""
