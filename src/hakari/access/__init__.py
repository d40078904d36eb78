"""Licences, purchases, keys, jobs, pools and their governance."""
