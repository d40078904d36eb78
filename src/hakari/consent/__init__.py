"""Grants, purposes, withdrawal, receipts of consent."""
