"""Hakari (秤): an open, self-hosted market for AI training data that a stranger can recompute."""
