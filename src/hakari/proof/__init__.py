"""Outside evidence checked: TEE quotes, zkTLS proofs, zero-knowledge membership, page captures."""
