"""Resumable uploads over HTTP: tus 1.0.0, what is refused, what is kept, and how it is read back."""

import base64
import hashlib
import io
import random
from pathlib import Path

import httpx
import pytest
from market import Market, error

from hakari.app import uploads
from hakari.client import Client, Refused

TUS = {"Tus-Resumable": "1.0.0"}
POURED = {**TUS, "Content-Type": "application/offset+octet-stream"}
TEXT = ("The ferry leaves the old harbour at six, and the men on the quay wait. " * 40_000).encode()


def metadata(**said: str) -> str:
    return ",".join(f"{name} {base64.b64encode(value.encode()).decode()}" for name, value in said.items())


class Hand:
    """One person's requests."""

    def __init__(self, market: Market, name: str) -> None:
        self.client = market.signed_in(name)
        self.http = market.http
        self.headers = {"Authorization": f"Bearer {self.client._token}"}

    def send(self, method: str, path: str, headers: dict[str, str] | None = None, **more: object) -> httpx.Response:
        return self.http.request(method, path, headers={**self.headers, **(headers or {})}, **more)  # type: ignore[arg-type]

    def begin(self, length: int, **said: str) -> httpx.Response:
        said = {"filetype": "text/plain", **said}
        return self.send(
            "POST", "/v1/uploads", {**TUS, "Upload-Length": str(length), "Upload-Metadata": metadata(**said)}
        )

    def begun(self, length: int, **said: str) -> str:
        answer = self.begin(length, **said)
        assert answer.status_code == 201, answer.text
        return httpx.URL(answer.headers["location"]).path

    def pour(self, path: str, at: int, data: bytes, **more: str) -> httpx.Response:
        return self.send("PATCH", path, {**POURED, "Upload-Offset": str(at), **more}, content=data)


@pytest.fixture(scope="module")
def ann(market: Market) -> Hand:
    return Hand(market, "ann of uploads")


def test_the_node_says_what_it_can(market: Market) -> None:
    answer = market.http.options("/v1/uploads")
    assert (answer.status_code, answer.headers["tus-version"]) == (204, "1.0.0")
    assert set(answer.headers["tus-extension"].split(",")) == {"creation", "termination", "checksum", "expiration"}
    assert int(answer.headers["tus-max-size"]) == 10 * 2**30


def test_a_file_comes_in_parts_is_checked_and_read_back_in_a_sandbox(ann: Hand) -> None:
    digest = hashlib.sha256(TEXT).hexdigest()
    path = ann.begun(len(TEXT), sha256=digest, filename="quay.txt")
    first = ann.pour(path, 0, TEXT[:1_000_000])
    assert (first.status_code, first.headers["upload-offset"]) == (204, "1000000")
    asked = ann.send("HEAD", path, TUS)
    assert (asked.headers["upload-offset"], asked.headers["upload-length"]) == ("1000000", str(len(TEXT)))
    assert asked.headers["cache-control"] == "no-store"
    assert "upload-expires" in asked.headers
    assert ann.pour(path, 1_000_000, TEXT[1_000_000:]).status_code == 204
    found = ann.send("GET", path).json()
    assert (found["status"], found["sha256"], found["name"]) == ("held", digest, "quay.txt")
    assert found["measured"]["language"] == "en"
    back = ann.send("GET", f"/v1/contents/{digest}")
    assert back.content == TEXT
    assert back.headers["content-disposition"].startswith("attachment")
    assert "sandbox" in back.headers["content-security-policy"]
    assert back.headers["x-content-type-options"] == "nosniff"


def test_what_one_uploaded_nobody_else_sees(market: Market, ann: Hand) -> None:
    path = ann.begun(3)
    other = Hand(market, "bob of uploads")
    for method, headers in (("HEAD", TUS), ("GET", {}), ("DELETE", TUS)):
        assert other.send(method, path, headers).status_code == 404
    assert error(other.pour(path, 0, b"abc"))["code"] == "unknown_upload"
    assert market.http.head(path, headers=TUS).status_code == 401
    digest = hashlib.sha256(b"abcdef").hexdigest()
    mine = ann.begun(6)
    assert ann.pour(mine, 0, b"abcdef").status_code == 204
    assert ann.send("GET", f"/v1/contents/{digest}").status_code == 200
    assert other.send("GET", f"/v1/contents/{digest}").status_code == 404


def test_a_piece_at_another_place_is_refused_and_changes_nothing(ann: Hand) -> None:
    path = ann.begun(10)
    assert error(ann.pour(path, 5, b"12345"))["code"] == "wrong_offset"
    assert ann.pour(path, 0, b"1234").status_code == 204
    assert error(ann.pour(path, 0, b"1234"))["code"] == "wrong_offset"
    assert error(ann.pour(path, 4, b"5" * 7))["code"] == "upload_too_long"
    assert ann.send("HEAD", path, TUS).headers["upload-offset"] == "4"


def test_a_piece_with_a_wrong_checksum_is_taken_back(ann: Hand) -> None:
    path = ann.begun(8)
    right = "sha256 " + base64.b64encode(hashlib.sha256(b"1234").digest()).decode()
    answer = ann.pour(path, 0, b"1235", **{"Upload-Checksum": right})
    assert (answer.status_code, error(answer)["code"]) == (460, "wrong_checksum")
    assert ann.send("HEAD", path, TUS).headers["upload-offset"] == "0"
    assert ann.pour(path, 0, b"1234", **{"Upload-Checksum": right}).status_code == 204
    sha1 = "sha1 " + base64.b64encode(hashlib.sha1(b"5678", usedforsecurity=False).digest()).decode()
    assert ann.pour(path, 4, b"5678", **{"Upload-Checksum": sha1}).headers["upload-offset"] == "8"
    assert error(ann.pour(ann.begun(4), 0, b"1234", **{"Upload-Checksum": "md5 AAAA"}))["code"] == "malformed"


@pytest.mark.parametrize(
    ("type_", "data", "said", "code"),
    [
        ("image/png", b"this is no picture", {}, "malformed"),
        ("text/plain", b"\xff\xfe\x00", {}, "malformed"),
        ("text/plain", b"Write to someone@example.org about it.", {}, "personal_data"),
        ("text/plain", b"Something else came.", {"sha256": "0" * 64}, "wrong_digest"),
    ],
)
def test_content_that_is_not_what_it_says_is_refused_and_deleted(  # noqa: PLR0917 four of them vary
    market: Market, ann: Hand, type_: str, data: bytes, said: dict[str, str], code: str
) -> None:
    path = ann.begun(len(data), filetype=type_, **said)
    assert error(ann.pour(path, 0, data))["code"] == code
    assert ann.send("HEAD", path, TUS).status_code == 410
    found = ann.send("GET", path).json()
    assert (found["status"], found["refused"]["code"]) == ("refused", code)
    assert not market.node.parts.place(path.rsplit("/", 1)[-1]).exists()


@pytest.mark.parametrize(
    ("length", "said", "code"),
    [
        (5, {"filetype": "text/html"}, "unknown_type"),
        (5, {"filetype": "image/svg+xml"}, "unknown_type"),
        (0, {}, "upload_too_long"),
        (17 * 2**20, {}, "upload_too_long"),
        (11 * 2**30, {"filetype": "application/zip"}, "upload_too_long"),
        (5, {"sha256": "XYZ"}, "malformed"),
        (5, {"filename": "a\nb"}, "malformed"),
    ],
)
def test_an_upload_that_can_come_to_nothing_is_refused_before_a_byte(
    ann: Hand, length: int, said: dict[str, str], code: str
) -> None:
    assert error(ann.begin(length, **said))["code"] == code


def test_another_version_of_the_protocol_is_refused(ann: Hand) -> None:
    answer = ann.send("HEAD", ann.begun(3), {"Tus-Resumable": "0.2.2"})
    assert answer.status_code == 412


def test_an_account_has_its_quota(market: Market) -> None:
    hand = Hand(market, "cid of uploads")
    assert hand.begin(10 * 2**30, filetype="application/zip").status_code == 201
    path = hand.begun(10 * 2**30, filetype="application/x-tar")
    assert error(hand.begin(1))["code"] == "over_quota"
    assert hand.send("DELETE", path, TUS).status_code == 204
    assert hand.send("HEAD", path, TUS).status_code == 404
    assert hand.begin(1).status_code == 201


def test_what_no_answer_names_goes_after_a_week(market: Market) -> None:
    hand = Hand(market, "dov of uploads")
    begun, whole = hand.begun(100), hand.begun(6)
    assert hand.pour(whole, 0, b"abcxyz").status_code == 204
    digest = uploads.path(hashlib.sha256(b"abcxyz").hexdigest())
    assert market.node.contents.read(digest) == b"abcxyz"
    market.clock.ahead += 8 * 86_400
    uploads.expire(market.node)
    market.clock.ahead -= 8 * 86_400
    assert hand.send("HEAD", begun, TUS).status_code == hand.send("HEAD", whole, TUS).status_code == 404
    assert market.node.contents.read(digest) is None


def test_the_client_goes_on_where_the_node_stands(
    market: Market, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hakari.client.PIECE", 100_000)
    client: Client = market.signed_in("eve of uploads")
    file = tmp_path / "data.bin"
    data = b"PK\x03\x04" + random.Random(1).randbytes(500_000) + b"PK\x05\x06" + bytes(18)
    file.write_bytes(data)
    told: list[int] = []
    done = client.upload(file, type="application/zip", tell=lambda sent, _: told.append(sent))
    assert done["sha256"] == hashlib.sha256(data).hexdigest()
    assert told == sorted(told)
    assert len(told) == 6
    half = Hand(market, "eve of uploads").begun(len(data), filetype="application/zip").rsplit("/", 1)[-1]
    Hand(market, "eve of uploads").pour(f"/v1/uploads/{half}", 0, data[:250_000])
    told.clear()
    again = client.upload(io.BytesIO(data), type="application/zip", at=half, tell=lambda sent, _: told.append(sent))
    assert again["sha256"] == done["sha256"]
    assert told[0] == 350_000
    with pytest.raises(Refused) as refused:
        client.upload(io.BytesIO(b"no archive"), type="application/zip")
    assert refused.value.code == "malformed"


def test_other_peoples_client_uploads_and_resumes(market: Market, tmp_path: Path) -> None:
    tus = pytest.importorskip("tusclient.client")
    client = market.signed_in("fay of uploads")
    file = tmp_path / "quay.txt"
    file.write_bytes(TEXT[:300_000])
    theirs = tus.TusClient(f"{market.url}/v1/uploads", headers={"Authorization": f"Bearer {client._token}"})
    said = {"filetype": "text/plain", "filename": "quay.txt"}
    with file.open("rb") as stream:
        first = theirs.uploader(file_stream=stream, chunk_size=64_000, metadata=said)
        first.upload_chunk()
        assert first.offset == 64_000
        second = theirs.uploader(file_stream=stream, chunk_size=64_000, url=first.url, metadata=said)
        assert second.offset == 64_000
        second.upload()
    found = client.get(httpx.URL(second.url).path)
    assert found["sha256"] == hashlib.sha256(TEXT[:300_000]).hexdigest()
