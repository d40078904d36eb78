"""The daily digest: one message of each kind to every browser that an account lets listen."""

import json

from hakari.app import Node, market, notices
from hakari.app.notices import Digest
from hakari.doors.web.formats import Formats
from hakari.doors.web.languages import Speaker
from hakari.doors.web.telling import sentence

LONGEST = 300


def post(node: Node) -> bool:
    """Push what is due. Returns whether anything was."""
    with node.store.book() as book:
        if not book.doorway.lease("push", node.seat.name, now=node.clock(), seconds=LEASE_S):
            return False
    found = notices.due(node)
    for each in found:
        notices.tell(node, each.account, messages(node, each))
    return bool(found)


LEASE_S = 120


def messages(node: Node, digest: Digest) -> list[bytes]:
    """Return one message for each kind in a digest: its newest notice in full, and how many there are."""
    form = Formats(say=Speaker(digest.language), unit=market.unit(node), now=node.clock())
    made: list[bytes] = []
    for kind in notices.KINDS:
        those = [each for each in digest.notices if each.kind == kind]
        if those:
            title = str(form.say(f"notice.digest.{kind}", count=len(those)).striptags())
            body = str(sentence(form, those[0]).striptags())[:LONGEST]
            path = those[0].path if len(those) == 1 else "/me/notices"
            message = {"body": body, "kind": kind, "path": path, "title": title}
            made.append(json.dumps(message, ensure_ascii=False).encode())
    return made
