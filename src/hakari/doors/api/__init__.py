"""The HTTP door: API v1, the public files, the embedded chain's JSON-RPC."""

from hakari.doors.api.application import create_app

__all__ = ["create_app"]
