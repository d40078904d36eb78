"""Recompute everything from public files: what a stranger runs. The entry is `verification.verify`."""
