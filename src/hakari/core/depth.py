"""A limit on nesting that holds before anything is parsed.

Python's JSON reader recurses in C and relies on the recursion limit; libraries of the Ethereum stack raise that limit to 100,000 when
imported, and then a hundred kilobytes of brackets end the process with a segmentation fault. Everything that strangers wrote comes here
first.
"""

import re

from hakari.core.errors import Malformed

DEEPEST = 64

_STRING = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"?', re.DOTALL)
_NOT_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))
_ONE_KIND = bytes.maketrans(b"{}", b"[]")


def check_depth(text: bytes) -> bytes:
    """Return `text` where its brackets, outside of strings, nest at most 64 deep. Raises Malformed; says nothing else about it.

    Cost O(n), at about 300 MB a second.
    """
    if text.count(b"[") + text.count(b"{") <= DEEPEST:
        return text
    brackets = _STRING.sub(b"", text).translate(_ONE_KIND, _NOT_BRACKETS)
    # Each pass takes the innermost pairs away, so as many passes as levels leave nothing but what has no partner.
    for _ in range(DEEPEST):
        fewer = brackets.replace(b"[]", b"")
        if len(fewer) == len(brackets):
            break
        brackets = fewer
    if b"[]" in brackets or brackets.count(b"[") > DEEPEST:
        raise Malformed(f"JSON must nest at most {DEEPEST} deep")
    return text
