"""Recompute everything from public files."""
