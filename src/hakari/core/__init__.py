"""Statements, ids, money, canonical bytes, Merkle hashing, errors. Standard library only; no clock, no randomness."""
