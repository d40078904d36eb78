"""A limit on nesting that holds before anything is parsed.

Python's JSON reader recurses in C and relies on the recursion limit; libraries of the Ethereum stack raise that limit to 100,000 when
imported, and then a hundred kilobytes of brackets end the process with a segmentation fault. Everything that strangers wrote comes here
first.
"""

import re

from hakari.core.errors import Malformed

DEEPEST = 64

_TOKENS = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"?|[\[{]|[\]}]', re.DOTALL)


def check_depth(text: bytes) -> bytes:
    """Return `text` where its brackets, outside of strings, nest at most 64 deep. Raises Malformed; says nothing else about it."""
    if text.count(b"[") + text.count(b"{") <= DEEPEST:
        return text
    depth = 0
    for token in _TOKENS.finditer(text):
        kind = token[0][:1]
        if kind in b"[{":
            depth += 1
            if depth > DEEPEST:
                raise Malformed(f"JSON must nest at most {DEEPEST} deep")
        elif kind in b"]}":
            depth -= 1
    return text
