"""The written reference is what the package does."""

import importlib
import json
import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path

import hakari
from hakari.core.errors import HakariError
from hakari.doors.api.application import schema

REFERENCE = Path(__file__).parents[2] / "docs" / "reference"
OF_THE_DOOR = {"encoding_unknown", "internal", "refused", "too_many_requests", "wrong_method"}
"""Codes that are answered without a class: before a request is looked at."""


def classes(base: type[HakariError] = HakariError) -> Iterator[type[HakariError]]:
    for each in base.__subclasses__():
        if each.__module__.startswith("hakari."):
            yield each
            yield from classes(each)


def rows() -> dict[str, set[int]]:
    text = (REFERENCE / "api.md").read_text(encoding="utf-8")
    found = re.findall(r"^\| `([a-z_]+)` \| ([0-9, ]+|any) \| .+ \|$", text, re.MULTILINE)
    assert len({code for code, _ in found}) == len(found), "a code stands twice"
    return {code: {int(part) for part in statuses.split(", ") if part != "any"} for code, statuses in found}


def test_the_schema_in_the_reference_is_the_servers():
    kept = json.loads((REFERENCE / "openapi.json").read_text(encoding="utf-8"))
    assert kept == schema(), (
        "python -m hakari.doors.api > docs/reference/openapi.json, and say what changed in the changelog"
    )


def test_the_reference_lists_every_code_with_its_status():
    for module in pkgutil.walk_packages(hakari.__path__, "hakari."):
        if not module.name.endswith("__main__") and ".migrations" not in module.name:
            importlib.import_module(module.name)
    written = rows()
    made = {each.code for each in classes() if each.code != HakariError.code}
    assert made | OF_THE_DOOR == set(written)
    # A file under verification that is too long has no status that anybody sees.
    for each in classes():
        if each.code not in (HakariError.code, "too_large"):
            assert each.status in written[each.code], (each.code, each.status, written[each.code])


def test_every_post_that_creates_or_pays_takes_a_key_and_every_route_declares_the_one_error():
    document = schema()
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            names = {each["name"].lower() for each in operation.get("parameters", [])}
            assert (method == "post" and "/auth/" not in path) == ("idempotency-key" in names), (method, path)
            for status in ("400", "404", "409", "413", "422", "429", "503", "507"):
                shape = operation["responses"][status]["content"]["application/json"]["schema"]
                assert shape == {"$ref": "#/components/schemas/Refusal"}, (method, path, status)
