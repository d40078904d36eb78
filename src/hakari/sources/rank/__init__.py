"""Pairwise preference with ties; the platform draws the pairs."""
