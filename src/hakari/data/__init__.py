"""Releases, catalogue, refinement, storage with rules, exports."""
