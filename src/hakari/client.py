"""The Python client: the same words as the HTTP API."""
