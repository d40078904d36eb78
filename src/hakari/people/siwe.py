"""Sign-In with Ethereum: one message, built and parsed by the grammar of EIP-4361.

Only this exact form is accepted, so that what a wallet showed is what was checked. EIP-1271 (contract wallets) needs a chain and is
left to who has one. Source: EIP-4361 with RFC 3986 (authority, URI, pchar) and RFC 3339 (date-time).
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime

from eth_account.messages import encode_defunct
from eth_utils.address import to_checksum_address

from hakari.core.errors import Forbidden, Malformed
from hakari.core.ids import Account
from hakari.people.delegation import recover
from hakari.people.signing import WrongSignature

_LONGEST = 8_192
"""Characters of a message at most; wallets show it to a person."""

_PCHAR = r"(?:[A-Za-z0-9\-._~!$&'()*+,;=:@]|%[0-9A-Fa-f]{2})"
_REG_NAME = r"(?:[A-Za-z0-9\-._~!$&'()*+,;=]|%[0-9A-Fa-f]{2})"
_AUTHORITY = rf"(?:(?:{_REG_NAME}|:)*@)?(?:\[[0-9A-Fa-f:.]+\]|{_REG_NAME}+)(?::[0-9]*)?"
_URI = rf"[A-Za-z][A-Za-z0-9+\-.]*:(?:{_PCHAR}|/|\[|\])*(?:\?(?:{_PCHAR}|[/?])*)?(?:#(?:{_PCHAR}|[/?])*)?"
_TIME = r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]+)?(?:[Zz]|[+\-][0-9]{2}:[0-9]{2})"
_STATEMENT = r"[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;= ]+"

_MESSAGE = re.compile(
    rf"(?:(?P<scheme>[A-Za-z][A-Za-z0-9+\-.]*)://)?(?P<domain>{_AUTHORITY})"
    r" wants you to sign in with your Ethereum account:\n"
    r"(?P<address>0x[0-9A-Fa-f]{40})\n"
    r"\n"
    rf"(?:(?P<statement>{_STATEMENT})\n)?"
    r"\n"
    rf"URI: (?P<uri>{_URI})\n"
    r"Version: (?P<version>1)\n"
    r"Chain ID: (?P<chain_id>[0-9]{1,20})\n"
    r"Nonce: (?P<nonce>[A-Za-z0-9]{8,96})\n"
    rf"Issued At: (?P<issued_at>{_TIME})"
    rf"(?:\nExpiration Time: (?P<expiration_time>{_TIME}))?"
    rf"(?:\nNot Before: (?P<not_before>{_TIME}))?"
    rf"(?:\nRequest ID: (?P<request_id>{_PCHAR}*))?"
    rf"(?P<resources>\nResources:(?:\n- {_URI})*)?"
)


class WrongSignIn(Forbidden):
    """A sign-in that is well formed and is not for this place, this nonce or this time."""

    code = "wrong_sign_in"


@dataclass(frozen=True, kw_only=True, slots=True)
class SignIn:
    """What a wallet shows and signs. Times are Unix seconds; fractions of a second are dropped when parsing.

    `statement` is ASCII of RFC 3986's reserved and unreserved characters and spaces. `scheme`, where given, must be the page's.
    """

    domain: str
    account: Account
    uri: str
    chain_id: int
    nonce: str
    issued_at: int
    statement: str | None = None
    expiration_time: int | None = None
    not_before: int | None = None
    request_id: str | None = None
    resources: tuple[str, ...] | None = None
    scheme: str | None = None

    @property
    def text(self) -> str:
        """The message. Raises Malformed where a field does not fit the grammar, so that nothing can be smuggled into a line."""
        head = (f"{self.scheme}://" if self.scheme is not None else "") + self.domain
        rows = [
            f"{head} wants you to sign in with your Ethereum account:",
            to_checksum_address(self.account),
            "",
            *([] if self.statement is None else [self.statement]),
            "",
            f"URI: {self.uri}",
            "Version: 1",
            f"Chain ID: {self.chain_id}",
            f"Nonce: {self.nonce}",
            f"Issued At: {_written(self.issued_at)}",
        ]
        if self.expiration_time is not None:
            rows.append(f"Expiration Time: {_written(self.expiration_time)}")
        if self.not_before is not None:
            rows.append(f"Not Before: {_written(self.not_before)}")
        if self.request_id is not None:
            rows.append(f"Request ID: {self.request_id}")
        if self.resources is not None:
            rows += ["Resources:", *(f"- {resource}" for resource in self.resources)]
        text = "\n".join(rows)
        if parse(text) != self:
            raise Malformed("a field of the sign-in message does not fit its line in EIP-4361")
        return text


def parse(text: str) -> SignIn:
    """Return the fields of a message. Raises Malformed unless it follows the grammar of EIP-4361 to the last character.

    The address must carry its EIP-55 checksum.
    """
    found = _MESSAGE.fullmatch(text) if len(text) <= _LONGEST else None
    if found is None:
        raise Malformed("sign-in message must follow the grammar of EIP-4361, version 1")
    address = found["address"]
    if to_checksum_address(address) != address:
        raise Malformed(f"address must have its EIP-55 checksum, got {address}", pointer="/address")
    resources = found["resources"]
    return SignIn(
        scheme=found["scheme"],
        domain=found["domain"],
        account=Account(address.lower()),
        statement=found["statement"],
        uri=found["uri"],
        chain_id=int(found["chain_id"]),
        nonce=found["nonce"],
        issued_at=_seconds(found["issued_at"], "/issued_at"),
        expiration_time=_maybe_seconds(found["expiration_time"], "/expiration_time"),
        not_before=_maybe_seconds(found["not_before"], "/not_before"),
        request_id=found["request_id"],
        resources=None if resources is None else tuple(row[2:] for row in resources.split("\n")[2:]),
    )


def check(text: str, signature: str, *, domain: str, uri: str, chain_id: int, nonce: str, now: int) -> Account:
    """Return the account that signed in, after checking the message against what this server asked for.

    domain, uri: the page's own authority and address, compared exactly. nonce: the one this server made for this sign-in and will
    never accept again. now: Unix seconds. signature: 65 bytes, hex, with or without 0x, over the EIP-191 personal message.
    Raises Malformed, WrongSignIn or WrongSignature.
    """
    asked = parse(text)
    for name, expected, got in (
        ("domain", domain, asked.domain),
        ("uri", uri, asked.uri),
        ("chain_id", chain_id, asked.chain_id),
        ("nonce", nonce, asked.nonce),
    ):
        if expected != got:
            raise WrongSignIn(f"{name} must be {expected!r}, got {got!r}", pointer=f"/{name}")
    scheme = uri.split(":", 1)[0]
    if asked.scheme is not None and asked.scheme != scheme:
        raise WrongSignIn(f"scheme must be {scheme!r}, got {asked.scheme!r}", pointer="/scheme")
    if asked.expiration_time is not None and now >= asked.expiration_time:
        raise WrongSignIn(f"sign-in expired at {_written(asked.expiration_time)}", pointer="/expiration_time")
    if asked.not_before is not None and now < asked.not_before:
        raise WrongSignIn(f"sign-in is not good before {_written(asked.not_before)}", pointer="/not_before")
    if asked.issued_at > now + 300:
        raise WrongSignIn(
            f"issued_at must not lie in the future, got {_written(asked.issued_at)}", pointer="/issued_at"
        )
    signer = recover(encode_defunct(text=text), signature.removeprefix("0x").lower())
    if signer != asked.account:
        raise WrongSignature(f"message must be signed by {asked.account}, got {signer}", pointer="/signature")
    return signer


def _written(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _seconds(text: str, pointer: str) -> int:
    try:
        return int(datetime.fromisoformat(text.upper()).timestamp())
    except (ValueError, OverflowError) as error:
        raise Malformed(f"time must be a date of RFC 3339, got {text}", pointer=pointer) from error


def _maybe_seconds(text: str | None, pointer: str) -> int | None:
    return None if text is None else _seconds(text, pointer)
