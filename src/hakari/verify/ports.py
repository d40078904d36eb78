"""What verification needs of the world: the public files, and a chain if there is one."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol

from hakari.core.errors import HakariError
from hakari.core.ids import Account
from hakari.pay.chain import ChainEvent
from hakari.work.funding import Transfer


class Files(Protocol):
    """A public folder, wherever it lies. Nothing in it is trusted: any bytes under any name are an answer.

    chunks: the file's bytes in pieces of at most a few MiB, or None where there is no such file. A file may be read twice.
    paths: every name, relative with «/», or None where the place can't be listed (HTTP).
    """

    def chunks(self, path: str) -> Iterator[bytes] | None: ...
    def paths(self) -> Iterable[str] | None: ...


class ChainView(Protocol):
    """A chain, seen through an RPC that the verifier trusts.

    events: those of the given contracts in blocks first..last, ordered by (block, index), in the form of formats section 4.14.
    Given are all contracts of the node, so that the view knows the payment token; the token's own events may be left out, and on a
    public chain should be.
    transfers: of the payment token, from or to the given accounts in blocks first..last, ordered by (block, index).
    head: the newest block's number.
    block_hash: 64 hex digits, or None where there is no such block.
    is_artefact: whether the code at the address is what the published artefact of that contract gives, immutables aside.
    balance: micro-units of the payment token that the account held at the end of a block, rounded down.
    """

    def chain_id(self) -> int: ...
    def head(self) -> int: ...
    def block_hash(self, block: int) -> str | None: ...
    def events(self, contracts: Mapping[str, Account], first: int, last: int) -> Iterator[ChainEvent]: ...
    def transfers(self, token: Account, accounts: Collection[Account], first: int, last: int) -> Iterable[Transfer]: ...
    def is_artefact(self, contract: str, address: Account) -> bool: ...
    def balance(self, account: Account, block: int) -> int: ...


class TooLarge(HakariError):
    """A file that is longer than anything which belongs in its place."""

    code = "too_large"


@dataclass(frozen=True, kw_only=True, slots=True)
class Held:
    """A public folder in memory: the twin of a folder on disk."""

    files: Mapping[str, bytes]
    listed: bool = True

    def chunks(self, path: str) -> Iterator[bytes] | None:
        """Return the file in one piece, or None."""
        data = self.files.get(path)
        return None if data is None else iter([data])

    def paths(self) -> Iterable[str] | None:
        """Return all names, or None where the folder is to be like one behind HTTP."""
        return list(self.files) if self.listed else None


def read(files: Files, path: str, limit: int) -> bytes | None:
    """Return a whole file of at most `limit` bytes, or None where there is none. Raises TooLarge; never holds much more."""
    pieces = files.chunks(path)
    if pieces is None:
        return None
    held, size = list[bytes](), 0
    for piece in pieces:
        size += len(piece)
        if size > limit:
            raise TooLarge(f"{path} must be at most {limit} bytes")
        held.append(piece)
    return b"".join(held)
