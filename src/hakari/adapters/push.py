"""Web Push: one message to one browser, encrypted for it alone (RFC 8291, RFC 8188) and signed by this node (VAPID, RFC 8292)."""

import hashlib
import hmac
import json
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from urllib.parse import urlsplit

import httpx
from Crypto.Cipher import AES
from Crypto.Hash import SHA256
from Crypto.Protocol.DH import key_agreement
from Crypto.PublicKey import ECC
from Crypto.Signature import DSS

from hakari.core.errors import HakariError, Malformed

SERVICES = (
    "fcm.googleapis.com",
    "push.services.mozilla.com",
    "notify.windows.com",
    "push.apple.com",
)
"""The push services of the browsers. A list, because an address that a stranger names must not lead into the operator's network."""

RECORD = 4096
LARGEST = 3000
TOKEN_S = 12 * 3600
_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


class PushRefused(HakariError):
    """The push service did not take the message."""

    code = "push_refused"
    status = 502


class PushGone(PushRefused):
    """The browser does not listen any more: forget its subscription."""

    code = "push_gone"


@dataclass(frozen=True, kw_only=True, slots=True)
class Subscription:
    """Where a browser listens: the service's address, its public key (65 bytes, P-256 uncompressed) and its secret (16 bytes)."""

    endpoint: str
    public: bytes
    auth: bytes


def subscription(
    endpoint: object, public: object, auth: object, *, services: tuple[str, ...] = SERVICES
) -> Subscription:
    """Return a subscription as a browser gives it, keys in base64url. Raises Malformed, also for other services than `services`."""
    if not isinstance(endpoint, str) or len(endpoint) > 1000:
        raise Malformed("endpoint must be an address of up to 1000 characters", pointer="/endpoint")
    parts = urlsplit(endpoint)
    host = (parts.hostname or "").lower()
    known = any(host == each or host.endswith(f".{each}") for each in services)
    if parts.scheme != "https" or not known or parts.port not in (None, 443) or parts.username is not None:
        raise Malformed(
            f"endpoint must be an https address of {list(services)}, got host {host[:80]!r}", pointer="/endpoint"
        )
    made = Subscription(endpoint=endpoint, public=_unbase64(public, "/p256dh"), auth=_unbase64(auth, "/auth"))
    if len(made.auth) != 16:
        raise Malformed(f"auth must be 16 bytes, got {len(made.auth)}", pointer="/auth")
    _public(made.public)
    return made


def public_key(secret: bytes) -> bytes:
    """Return the public key (65 bytes) by which browsers know this node's messages."""
    return _raw(_private(secret).public_key())


def encrypt(message: bytes, to: Subscription, *, secret: bytes | None = None, salt: bytes | None = None) -> bytes:
    """Return the body of a push message in `aes128gcm`. secret and salt are fresh ones unless a test gives them."""
    if len(message) > LARGEST:
        raise Malformed(f"a push message must be at most {LARGEST} bytes, got {len(message)}")
    own = ECC.generate(curve="P-256") if secret is None else _private(secret)
    mixed = secrets.token_bytes(16) if salt is None else salt
    sender = _raw(own.public_key())
    shared = bytes(key_agreement(static_priv=own, static_pub=_public(to.public), kdf=bytes))
    inner = _expand(_extract(to.auth, shared), b"WebPush: info\0" + to.public + sender, 32)
    outer = _extract(mixed, inner)
    key = _expand(outer, b"Content-Encoding: aes128gcm\0", 16)
    nonce = _expand(outer, b"Content-Encoding: nonce\0", 12)
    # 0x02 ends the last record: there is only one.
    sealed, tag = AES.new(key, AES.MODE_GCM, nonce=nonce).encrypt_and_digest(message + b"\x02")
    return mixed + RECORD.to_bytes(4, "big") + bytes([len(sender)]) + sender + sealed + tag


def token(endpoint: str, *, secret: bytes, contact: str, now: int) -> str:
    """Return the Authorization header by which the push service knows who sends. contact: an https or mailto address."""
    parts = urlsplit(endpoint)
    claims = {"aud": f"{parts.scheme}://{parts.netloc}", "exp": now + TOKEN_S, "sub": contact}
    signed = ".".join(_base64(json.dumps(each).encode()) for each in ({"typ": "JWT", "alg": "ES256"}, claims))
    signature = DSS.new(_private(secret), "fips-186-3").sign(SHA256.new(signed.encode()))
    return f"vapid t={signed}.{_base64(signature)}, k={_base64(public_key(secret))}"


def send(message: bytes, to: Subscription, *, secret: bytes, contact: str, now: int, timeout_s: float = 5.0) -> None:
    """Hand a message to the browser's push service. Raises PushGone where the browser has left, PushRefused for all else."""
    headers = {
        "Authorization": token(to.endpoint, secret=secret, contact=contact, now=now),
        "Content-Encoding": "aes128gcm",
        "Content-Type": "application/octet-stream",
        "TTL": str(24 * 3600),
        "Urgency": "low",
    }
    try:
        answer = httpx.post(
            to.endpoint, content=encrypt(message, to), headers=headers, timeout=timeout_s, follow_redirects=False
        )
    except httpx.HTTPError as error:
        raise PushRefused(f"the push service must answer, got {type(error).__name__}") from error
    if answer.status_code in (404, 410):
        raise PushGone(f"the browser does not listen any more ({answer.status_code})")
    if not 200 <= answer.status_code < 300:
        raise PushRefused(f"the push service must take the message, got {answer.status_code}")


def _private(secret: bytes) -> ECC.EccKey:
    # One in four thousand million random secrets is no scalar of the curve.
    while not 1 <= int.from_bytes(secret, "big") < _ORDER:
        secret = hashlib.sha256(secret).digest()
    return ECC.construct(curve="P-256", d=int.from_bytes(secret, "big"))


def _public(raw: bytes) -> ECC.EccKey:
    try:
        if len(raw) != 65 or raw[0] != 4:
            raise ValueError
        return ECC.construct(
            curve="P-256", point_x=int.from_bytes(raw[1:33], "big"), point_y=int.from_bytes(raw[33:], "big")
        )
    except ValueError as error:
        raise Malformed("p256dh must be an uncompressed point of P-256, 65 bytes", pointer="/p256dh") from error


def _raw(key: ECC.EccKey) -> bytes:
    return bytes(key.export_key(format="raw"))


def _extract(salt: bytes, material: bytes) -> bytes:
    return hmac.new(salt, material, hashlib.sha256).digest()


def _expand(key: bytes, info: bytes, length: int) -> bytes:
    return hmac.new(key, info + b"\x01", hashlib.sha256).digest()[:length]


def _base64(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def _unbase64(text: object, pointer: str) -> bytes:
    try:
        if not isinstance(text, str) or len(text) > 200:
            raise ValueError
        return urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError as error:
        raise Malformed(f"{pointer[1:]} must be base64url", pointer=pointer) from error
