"""Budgets, lines, epochs, shares and royalties."""
