"""Web Push: RFC 8291's own example, signatures that hold, services that answer in every way, and addresses that lead astray."""

import json
import threading
from base64 import urlsafe_b64decode
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import ClassVar

import pytest
from Crypto.Hash import SHA256
from Crypto.PublicKey import ECC
from Crypto.Signature import DSS

from hakari.adapters import push
from hakari.adapters.push import PushGone, PushRefused, Subscription
from hakari.core.errors import Malformed


def b64(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


# RFC 8291, section 5 and appendix A.
PUBLIC = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"
AUTH = "BTBZMqHH6r4Tts7J_aSIgg"
SENDER = "yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"
SENDER_PUBLIC = "BP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A8"
SALT = "DGv6ra1nlYgDCS1FRnbzlw"
BODY = (
    "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_y"
    "l95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
)
ENDPOINT = "https://fcm.googleapis.com/fcm/send/abc"


def at(endpoint: str) -> Subscription:
    return Subscription(endpoint=endpoint, public=b64(PUBLIC), auth=b64(AUTH))


def test_a_message_is_encrypted_as_the_rfc_s_example() -> None:
    assert push.public_key(b64(SENDER)) == b64(SENDER_PUBLIC)
    made = push.encrypt(b"When I grow up, I want to be a watermelon", at(ENDPOINT), secret=b64(SENDER), salt=b64(SALT))
    assert made == b64(BODY)


def test_no_two_messages_are_encrypted_alike() -> None:
    assert push.encrypt(b"a", at(ENDPOINT)) != push.encrypt(b"a", at(ENDPOINT))


def test_a_message_that_is_too_long_is_refused() -> None:
    with pytest.raises(Malformed):
        push.encrypt(b"a" * (push.LARGEST + 1), at(ENDPOINT))


def test_the_service_can_check_who_sends() -> None:
    secret = b"\x01" * 32
    header = push.token(ENDPOINT, secret=secret, contact="https://node.example", now=1_000)
    signed, _, key = header.removeprefix("vapid t=").partition(", k=")
    head, claims, signature = signed.split(".")
    assert json.loads(b64(claims)) == {
        "aud": "https://fcm.googleapis.com",
        "exp": 1_000 + push.TOKEN_S,
        "sub": "https://node.example",
    }
    public = b64(key)
    point = ECC.construct(
        curve="P-256", point_x=int.from_bytes(public[1:33], "big"), point_y=int.from_bytes(public[33:], "big")
    )
    DSS.new(point, "fips-186-3").verify(SHA256.new(f"{head}.{claims}".encode()), b64(signature))
    with pytest.raises(ValueError, match="signature"):
        DSS.new(point, "fips-186-3").verify(SHA256.new(f"{head}.{claims}x".encode()), b64(signature))


@pytest.mark.parametrize(
    "endpoint",
    [
        "http://fcm.googleapis.com/x",
        "https://127.0.0.1/x",
        "https://evilfcm.googleapis.com.example/x",
        "https://notfcm.googleapis.com/x",
        "https://fcm.googleapis.com:8443/x",
        "https://a@fcm.googleapis.com/x",
        "https://169.254.169.254/latest",
        "",
        7,
    ],
)
def test_an_address_that_is_no_browser_s_push_service_is_refused(endpoint: object) -> None:
    with pytest.raises(Malformed):
        push.subscription(endpoint, PUBLIC, AUTH)


@pytest.mark.parametrize(
    ("public", "auth"), [("AAAA", AUTH), (PUBLIC, "AAAA"), (PUBLIC[:-4] + "AAAA", AUTH), (None, AUTH)]
)
def test_keys_that_are_none_are_refused(public: object, auth: object) -> None:
    with pytest.raises(Malformed):
        push.subscription(ENDPOINT, public, auth)


def test_a_browser_s_subscription_is_taken() -> None:
    assert push.subscription(ENDPOINT, PUBLIC, AUTH) == at(ENDPOINT)
    assert push.subscription("https://updates.push.services.mozilla.com/wpush/v2/x", PUBLIC, AUTH).public == b64(PUBLIC)


class Service(BaseHTTPRequestHandler):
    """A push service that answers as the path says."""

    seen: ClassVar[list[tuple[dict[str, str], bytes]]] = []

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.seen.append(({name.lower(): value for name, value in self.headers.items()}, body))
        self.send_response(int(self.path[1:]))
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def service() -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), Service) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join(10)


def send(endpoint: str) -> None:
    push.send(b"hello", at(endpoint), secret=b"\x01" * 32, contact="https://node.example", now=1_000)


def test_a_message_reaches_the_service_encrypted_and_signed(service: str) -> None:
    Service.seen.clear()
    send(f"{service}/201")
    [(headers, body)] = Service.seen
    assert headers["content-encoding"] == "aes128gcm"
    assert headers["authorization"].startswith("vapid t=")
    assert b"hello" not in body


def test_a_browser_that_left_is_told_apart_from_a_service_that_is_busy(service: str) -> None:
    for status in (404, 410):
        with pytest.raises(PushGone):
            send(f"{service}/{status}")
    for status in (302, 429, 500):
        with pytest.raises(PushRefused) as refused:
            send(f"{service}/{status}")
        assert not isinstance(refused.value, PushGone)


def test_a_service_that_is_away_is_a_refusal() -> None:
    with pytest.raises(PushRefused):
        send("http://127.0.0.1:1/")
