"""kill -9 in the middle of an upload: what was acknowledged is there, and the whole is what was sent."""

import hashlib
import io
import random
from pathlib import Path

import pytest
from child import Child

SIZE = 6_000_000


def test_a_killed_node_goes_on_with_an_upload(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hakari.client.PIECE", 400_000)
    data = b"PK\x03\x04" + random.Random(7).randbytes(SIZE) + b"PK\x05\x06" + bytes(18)
    with Child(tmp_path / "node") as child:
        who = child.world().signed_in("sender")
        kills = [1_000_000, 2_500_000, 4_500_000]
        told: list[int] = []

        def tell(sent: int, _: int) -> None:
            told.append(sent)
            if kills and sent >= kills[0]:
                kills.pop(0)
                child.kill()
                child.start()

        done = who.upload(io.BytesIO(data), type="application/zip", tell=tell)
        assert not kills, "it was killed three times"
        assert done["sha256"] == hashlib.sha256(data).hexdigest()
        assert told == sorted(told), "nothing that was acknowledged had to be sent again"
        assert told[-1] == len(data)
        assert who.download(f"/v1/contents/{done['sha256']}") == data


def test_a_node_killed_after_the_last_byte_finishes_when_it_is_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = b"PK\x03\x04" + bytes(1000) + b"PK\x05\x06" + bytes(18)
    with Child(tmp_path / "node") as child:
        who = child.world().signed_in("sender")
        headers = {
            "Tus-Resumable": "1.0.0",
            "Upload-Length": str(len(data)),
            "Upload-Metadata": "filetype YXBwbGljYXRpb24vemlw",
        }
        upload = who._send("POST", "/v1/uploads", headers=headers).headers["location"].rsplit("/", 1)[-1]
        child.kill()
        # All its bytes are on the disk, and nobody looked at them yet.
        (tmp_path / "node" / "uploads" / upload).write_bytes(data)
        child.start()
        found = who.get(f"/v1/uploads/{upload}")
        assert (found["status"], found["sha256"]) == ("held", hashlib.sha256(data).hexdigest())
