"""Writes web/tests/vectors.json: what Python makes, for the browser's library to make too.

    python scripts/web_vectors.py            write it
    python scripts/web_vectors.py --check    only compare; 1 where it differs

The node's own code is the source: the pages' code must give the same bytes, hashes, signatures and refusals.
"""

import hashlib
import json
import sys
from pathlib import Path
from typing import Any

from eth_account import Account as Wallet
from eth_account.messages import encode_defunct, encode_typed_data

from hakari.core import canonical, merkle, statement, typed
from hakari.core.errors import HakariError
from hakari.core.ids import Account
from hakari.core.money import Micros
from hakari.log import checkpoint, tiles, tree
from hakari.log.note import SignerKey
from hakari.pay import tree as pay_tree
from hakari.pay.lines import Line, Owed
from hakari.people import receipts, signing
from hakari.people.siwe import SignIn
from hakari.people.wallets import address_of
from hakari.sources.label.answers import check_answer
from hakari.sources.label.config import parse
from hakari.sources.label.data import check_data, public_of

# The example that the node's own tests have.
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "unit" / "sources" / "label"))
import everything

PLACE = Path(__file__).resolve().parents[1] / "web" / "tests" / "vectors.json"
SECRET = hashlib.sha256(b"hakari web vectors").digest()
SEED = hashlib.sha256(b"hakari web session").digest()
ORIGIN = "hakari/log"
TIME = 1_764_000_000


def encoded() -> list[dict[str, Any]]:
    """Things with their canonical text, null where it is refused; `json` is parsed by the reader."""
    texts = [
        '{"b":1,"a":[true,false,null]}',
        '{"\\u20ac":"Euro","\\r":"CR","1":"One","\\ud83d\\ude00":"smile","\\ufb33":"dalet","\\u0080":"control","\\u00f6":"o"}',
        '"\\u0000\\u0008\\u001f\\"\\\\\\/ 東京 \\ud83d\\ude00 \\u2028"',
        "9007199254740991",
        "-9007199254740991",
        "9007199254740992",
        "1.5",
        "-0",
        '"\\ud800"',
        '{"\\udfff":1}',
        '{"__proto__":{"a":1},"constructor":2,"toJSON":3}',
        "[" * 64 + "]" * 64,
        "[" * 66 + "]" * 66,
        "[]",
        "{}",
        '""',
    ]
    made: list[dict[str, Any]] = []
    for text in texts:
        try:
            made.append({"json": text, "canonical": canonical.encode(canonical.decode(text.encode())).decode()})
        except HakariError:
            made.append({"json": text, "canonical": None})
    return made


def statements() -> dict[str, Any]:
    """A signed submission with its openings, a delegation, a revocation, a sign-in."""
    author, key = address_of(SECRET), signing.public_key(SEED)
    opened = [
        {"task": 0, "answer": {"mood": "good"}, "salt": "A" * 24},
        {"task": 17, "answer": {"tags": ["東京", "😀"], "stars": 4}, "salt": "b-_" * 8},
    ]
    body = {
        "commitments": [statement.answer_commitment(**each) for each in opened],
        "guideline": 1,
        "order": hashlib.sha256(b"order").hexdigest(),
    }
    message = statement.signed_bytes(kind="submission", author=author, time=TIME, body=body, key=key)
    said = statement.Statement(
        kind="submission", author=author, time=TIME, body=body, key=key, signature=signing.sign(SEED, message)
    )
    terms = {
        "chain_id": 31337,
        "log": ORIGIN,
        "account": author,
        "session_key": key,
        "scopes": "buy work",
        "not_before": TIME,
        "expires": TIME + 90 * 86_400,
        "nonce": 3,
    }
    delegated = encode_typed_data(full_message=typed.delegation(**terms))
    revoked = encode_typed_data(
        full_message=typed.revocation(chain_id=31337, log=ORIGIN, account=author, session_key=key, time=TIME)
    )
    asked = SignIn(
        domain="127.0.0.1:8080",
        account=author,
        uri="http://127.0.0.1:8080",
        chain_id=31337,
        nonce="0123456789abcdef0123456789abcdef",
        issued_at=TIME,
        statement="Sign in to Hakari.",
    )
    promise = receipts.make(SignerKey(name=ORIGIN, seed=SEED), statement=said.id, time=TIME, include_by=TIME + 60)
    return {
        "secret": SECRET.hex(),
        "account": author,
        "checksummed": Wallet.from_key(SECRET).address,
        "session_seed": SEED.hex(),
        "submission": {
            "opened": opened,
            "statement": json.loads(said.bytes),
            "signed": message.hex(),
            "id": said.id,
        },
        "item": {
            "data": {"text": "思ったより軽い"},
            "salt": "s" * 24,
            "commitment": statement.item_commitment(data={"text": "思ったより軽い"}, salt="s" * 24),
        },
        "delegation": {"terms": terms, "signature": Wallet.sign_message(delegated, SECRET).signature.hex()},
        "revocation": {"signature": Wallet.sign_message(revoked, SECRET).signature.hex()},
        "sign_in": {
            "asked": {"domain": asked.domain, "uri": asked.uri, "chain_id": 31337, "nonce": asked.nonce},
            "text": asked.text,
            "signature": Wallet.sign_message(encode_defunct(text=asked.text), SECRET).signature.hex(),
        },
        "receipt": promise.json,
    }


def transaction() -> dict[str, Any]:
    """A signed EIP-1559 call."""
    fields = {
        "to": Wallet.from_key(SEED).address,
        "data": "0x095ea7b3" + "00" * 12 + "11" * 20 + f"{1_000_003:064x}",
        "value": 0,
        "gas": 65_000,
        "maxFeePerGas": 0,
        "maxPriorityFeePerGas": 0,
        "nonce": 129,
        "chainId": 31337,
        "type": 2,
    }
    return {"fields": fields, "raw": Wallet.sign_transaction(fields, SECRET).raw_transaction.hex()}


def log(size: int) -> dict[str, Any]:
    """A log of `size` entries as files, and proofs of some."""
    entries = [f"entry {n} – 秤".encode() * (1 + n % 3) for n in range(size)]
    leaves = [merkle.leaf_hash(entry) for entry in entries]
    signer = SignerKey(name=ORIGIN, seed=SEED)
    files: dict[str, bytes] = {}
    level, row = 0, leaves
    while row:
        for index in range(-(-len(row) // 256)):
            files[tiles.at(level, index, size).path] = b"".join(row[256 * index : 256 * index + 256])
        row = [merkle.root(b"".join(row[256 * n : 256 * n + 256])) for n in range(len(row) // 256)]
        level += 1
    for index in range(-(-size // 256)):
        files[tiles.at(tiles.ENTRIES, index, size).path] = tiles.pack(entries[256 * index : 256 * index + 256])
    root = merkle.root(b"".join(leaves))
    note = checkpoint.sign_checkpoint(checkpoint.Checkpoint(origin=ORIGIN, size=size, root=root), signer)
    older = [n for n in (1, 2, 3, 256, 257) if n <= size]
    return {
        "size": size,
        "root": root.hex(),
        "key": signer.verifier.text,
        "checkpoint": note.decode(),
        "files": {path: data.hex() for path, data in sorted(files.items())},
        "older": [
            {
                "size": n,
                "root": merkle.root(b"".join(leaves[:n])).hex(),
                "proof": [each.hex() for each in tree.consistency(files.get, n, size)],
            }
            for n in older
        ],
        "proofs": {
            str(n): [each.hex() for each in tree.inclusion(files.get, size, n)]
            for n in sorted({0, size // 2, size - 1, min(size - 1, 256)})
        },
    }


def payouts(people: int) -> dict[str, Any]:
    """An account tree with the leaf of each account, as the API gives it."""
    owed: list[Owed] = []
    for n in range(people):
        account = Account("0x" + hashlib.sha256(b"person %d" % n).hexdigest()[:40])
        lines = tuple(
            sorted(
                (
                    Line(
                        account=account,
                        amount=Micros(40_000 * (n + 1) + k),
                        cause=hashlib.sha256(b"cause %d %d" % (n, k)).hexdigest(),
                        source=7 + k,
                        why="work",
                    )
                    for k in range(n % 4)
                ),
                key=lambda line: line.cause,
            )
        )
        inc = sum(line.amount for line in lines)
        owed.append(Owed(account=account, prev=Micros(1_000 * n), inc=Micros(inc), lines=lines))
    owed.sort(key=lambda each: each.account)
    built = pay_tree.build(owed)
    return {
        "root": built.root.hex(),
        "total": str(built.total),
        "depth": built.depth,
        "leaves": [
            {
                "leaf": {
                    "account": leaf.account,
                    "prev": str(leaf.prev),
                    "inc": str(leaf.inc),
                    "lines_root": leaf.lines_root.hex(),
                    "index": leaf.index,
                    "path": [[step[0].hex(), str(step[1])] for step in leaf.path],
                },
                "lines": [
                    {
                        "account": one.account,
                        "amount": str(one.amount),
                        "cause": one.cause,
                        "source": one.source,
                        "why": one.why,
                    }
                    for one in each.lines
                ],
            }
            for leaf, each in zip(built.proofs(), owed, strict=True)
        ],
    }


def labels() -> dict[str, Any]:
    """Every control that is no choice: what people say and its one form, what is refused, stretches of a text."""
    config = parse(everything.CONFIG)
    data = check_data(config, everything.DATA)
    public = public_of(config, data)
    text = everything.DATA["text"]
    return {
        "config": everything.CONFIG,
        "data": data,
        "bounds": public["bounds"],
        "canonical": [
            {"control": name, "said": said, "form": check_answer(config, {name: said}, public)[name]}
            for name, (said, _) in everything.CANONICAL.items()
        ],
        # JavaScript has no way to see that a whole number was written as 3.0.
        "refused": [
            {"control": name, "said": said}
            for name, cases in everything.REFUSED.items()
            for said, _ in cases
            if "3.0" not in json.dumps(said) and len(json.dumps(said)) < 5_000
        ],
        "stretches": [
            {"start": start, "end": end, "text": text[start:end]}
            for start in range(len(text))
            for end in (start + 1, start + 5)
            if end <= len(text)
        ],
    }


def vectors() -> dict[str, Any]:
    """Everything, in one object."""
    return {
        "canonical": encoded(),
        "said": statements(),
        "transaction": transaction(),
        "logs": [log(size) for size in (1, 2, 7, 300)],
        "labels": labels(),
        "payouts": [payouts(people) for people in (1, 2, 5, 16)],
    }


def main() -> int:
    text = json.dumps(vectors(), ensure_ascii=True, indent=0, sort_keys=True) + "\n"
    if "--check" in sys.argv[1:]:
        return int(not PLACE.exists() or PLACE.read_text(encoding="utf-8") != text)
    PLACE.parent.mkdir(parents=True, exist_ok=True)
    PLACE.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
