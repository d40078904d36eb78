"""Contract calls and events between JSON-able values and ABI bytes.

In: integers as decimal text or int, bytes as hex (with or without 0x), addresses, lists for tuples. Out: the same, with integers as
decimal text in events and as int in views, addresses in lower case, bytes as hex without 0x, structs as objects.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any, cast

from eth_abi.abi import decode, encode
from eth_utils.crypto import keccak

from hakari.core.errors import Unknown

Item = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Artefact:
    """A compiled contract as it ships. Its immutables stand behind `runtime_bytes` of deployed code."""

    name: str
    bytecode: bytes
    runtime_sha256: str
    runtime_bytes: int
    functions: Mapping[str, Sequence[Item]]
    events: Mapping[bytes, Item]
    constructor: Item | None


@cache
def artefact(name: str) -> Artefact:
    """Return a shipped contract by name. Raises Unknown."""
    place = resources.files("hakari.adapters.evm") / "artefacts" / f"{name}.json"
    if not place.is_file():
        raise Unknown(f"contract must be one that ships with this package, got {name!r}")
    text = json.loads(place.read_text())
    functions: dict[str, list[Item]] = {}
    events: dict[bytes, Item] = {}
    constructor: Item | None = None
    for item in cast(list[Item], text["abi"]):
        if item["type"] == "function":
            functions.setdefault(item["name"], []).append(item)
        elif item["type"] == "event":
            events[keccak(text=f"{item['name']}({','.join(map(_type, item['inputs']))})")] = item
        elif item["type"] == "constructor":
            constructor = item
    return Artefact(
        name=name,
        bytecode=bytes.fromhex(text["bytecode"].removeprefix("0x")),
        runtime_sha256=text["runtime_sha256"],
        runtime_bytes=text["runtime_bytes"],
        functions=functions,
        events=events,
        constructor=constructor,
    )


def call_data(made: Artefact, function: str, args: Sequence[Any]) -> bytes:
    """Return the bytes of a call. Raises Unknown for a function or number of arguments that the contract does not have."""
    item = _function(made, function, len(args))
    types = [_type(each) for each in item["inputs"]]
    values = [_in(each, value) for each, value in zip(item["inputs"], args, strict=True)]
    return keccak(text=f"{function}({','.join(types)})")[:4] + encode(types, values)


def result(made: Artefact, function: str, args: int, data: bytes) -> Any:
    """Return what a view answered: one value, or a list where it has several outputs; None where it has none."""
    outputs = _function(made, function, args)["outputs"]
    values = decode([_type(each) for each in outputs], data)
    shaped = [_out(each, value, str_numbers=False) for each, value in zip(outputs, values, strict=True)]
    return None if not shaped else shaped[0] if len(shaped) == 1 else shaped


def creation(made: Artefact, args: Sequence[Any]) -> bytes:
    """Return the bytes that create a contract with these constructor arguments."""
    inputs = cast(Sequence[Item], [] if made.constructor is None else made.constructor["inputs"])
    values = [_in(each, value) for each, value in zip(inputs, args, strict=True)]
    return made.bytecode + encode([_type(each) for each in inputs], values)


def event(made: Artefact, topics: Sequence[bytes], data: bytes) -> tuple[str, dict[str, Any]] | None:
    """Return an event's name and arguments, or None where the contract has no such event."""
    item = made.events.get(topics[0]) if topics else None
    if item is None:
        return None
    inputs = cast(Sequence[Item], item["inputs"])
    plain = [each for each in inputs if not each["indexed"]]
    values = iter(decode([_type(each) for each in plain], data))
    words = iter(topics[1:])
    args: dict[str, Any] = {}
    for each in inputs:
        value = decode([_type(each)], next(words))[0] if each["indexed"] else next(values)
        args[each["name"]] = _out(each, value, str_numbers=True)
    return item["name"], args


def _function(made: Artefact, name: str, count: int) -> Item:
    for item in made.functions.get(name, []):
        if len(item["inputs"]) == count:
            return item
    raise Unknown(f"{made.name} has no function {name!r} with {count} arguments")


def _type(item: Item) -> str:
    kind = str(item["type"])
    if kind.startswith("tuple"):
        return f"({','.join(map(_type, item['components']))}){kind[5:]}"
    return kind


def _in(item: Item, value: Any) -> Any:
    kind = str(item["type"])
    if kind.endswith("]"):
        inner = {**item, "type": kind[: kind.rindex("[")]}
        return [_in(inner, each) for each in value]
    if kind == "tuple":
        return tuple(_in(part, each) for part, each in zip(item["components"], value, strict=True))
    if kind.startswith(("uint", "int")):
        return int(value)
    if kind.startswith("bytes"):
        return value if isinstance(value, bytes) else bytes.fromhex(str(value).removeprefix("0x"))
    return value


def _out(item: Item, value: Any, *, str_numbers: bool) -> Any:
    kind = str(item["type"])
    if kind.endswith("]"):
        inner = {**item, "type": kind[: kind.rindex("[")]}
        return [_out(inner, each, str_numbers=str_numbers) for each in value]
    if kind == "tuple":
        return {
            part["name"]: _out(part, each, str_numbers=str_numbers)
            for part, each in zip(item["components"], value, strict=True)
        }
    if kind.startswith(("uint", "int")):
        return str(value) if str_numbers else int(value)
    if kind.startswith("bytes"):
        return bytes(value).hex()
    if kind == "address":
        return str(value).lower()
    return value
