"""Prints the API's schema: `python -m hakari.doors.api > docs/reference/openapi.json`."""

import json

from hakari.doors.api.application import schema

print(json.dumps(schema(), ensure_ascii=False, indent=1, sort_keys=True))
