"""What data may be used for: one bit for each purpose, as licences on chain hold them (formats §4.13)."""

PURPOSES = {
    "evaluation": 1,
    "research": 2,
    "analytics": 4,
    "ai-training": 8,
    "fine-tuning": 16,
    "retrieval": 32,
    "redistribution": 64,
}
"""Purposes by name, each one bit; no bit implies another."""
