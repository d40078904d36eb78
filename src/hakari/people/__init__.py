"""Accounts, session keys, sign-in, qualifications, the reputation book."""
