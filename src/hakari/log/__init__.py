"""The transparency log: tiles, checkpoints, inclusion and consistency proofs."""
