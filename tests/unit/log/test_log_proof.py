"""Proof files: one file, no network, and every byte that matters is checked."""

from base64 import b64encode

import pytest

from hakari.core.merkle import InvalidProof
from hakari.log.faults import Tampered
from hakari.log.note import BadSignature, MalformedNote, SignerKey, Unsigned, cosign
from hakari.log.proof import LogProof, MalformedLogProof, parse, prove, verify_entry

from .made import KEY, entry, published
from .shelf import Shelf

WITNESS = SignerKey(name="witness.example", seed=b"w" * 32)


@pytest.fixture(scope="module")
def proof():
    shelf = Shelf()
    checkpoint = published(shelf, 700)
    note = cosign(shelf.files["checkpoint"], WITNESS, time_unix_s=1_800_000_000)
    return prove(shelf.read, checkpoint, note, 300)


def test_a_proof_file_convinces_whoever_has_the_entry_and_the_keys(proof):
    got = verify_entry(parse(proof.raw), entry(300), KEY.verifier, witnesses=[WITNESS.witness], quorum=1)
    assert (got.origin, got.size) == (KEY.name, 700)
    assert proof.raw.startswith(b"c2sp.org/tlog-proof@v1\nindex 300\n")


def test_another_entry_index_key_or_quorum_is_refused(proof):
    with pytest.raises(InvalidProof):
        verify_entry(proof, entry(301), KEY.verifier)
    moved = LogProof(index=301, path=proof.path, checkpoint=proof.checkpoint)
    with pytest.raises(InvalidProof):
        verify_entry(moved, entry(300), KEY.verifier)
    with pytest.raises(Unsigned):
        verify_entry(proof, entry(300), SignerKey(name=KEY.name, seed=b"x" * 32).verifier)
    with pytest.raises(Unsigned, match="at least 2"):
        verify_entry(proof, entry(300), KEY.verifier, witnesses=[WITNESS.witness], quorum=2)


def test_no_byte_of_a_proof_file_can_change_unseen(proof):
    raw, known = proof.raw, {"witnesses": [WITNESS.witness], "quorum": 1}
    for place in range(len(raw)):
        changed = raw[:place] + bytes([raw[place] ^ 1]) + raw[place + 1 :]
        with pytest.raises((MalformedLogProof, InvalidProof, MalformedNote, BadSignature, Unsigned)):
            verify_entry(parse(changed), entry(300), KEY.verifier, **known)


def test_extra_bytes_are_carried_along(proof):
    whole = LogProof(index=proof.index, path=proof.path, checkpoint=proof.checkpoint, extra=b"context")
    assert parse(whole.raw) == whole
    assert b64encode(b"context") in whole.raw


def test_the_only_entry_of_a_log_needs_no_hashes():
    shelf = Shelf()
    single = prove(shelf.read, published(shelf, 1), shelf.files["checkpoint"], 0)
    assert single.path == ()
    assert verify_entry(parse(single.raw), entry(0), KEY.verifier).size == 1


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"@v1", b"@v2"),
        (b"index 300", b"index 0300"),
        (b"index 300", b"index -1"),
        (b"index 300\n", b""),
        (b"\nindex", b"\nextra !\nindex"),
        (b"index 300\n", b"index 300\nAAAA\n"),
        (b"index 300\n", b"index 300\n" + (b64encode(bytes(32)) + b"\n") * 60),
        (b"index 300\n", "index 300\n…\n".encode()),
        (b"\n\n", b"\n"),
    ],
)
def test_a_proof_file_written_any_other_way_is_refused(proof, old, new):
    raw = proof.raw.replace(old, new)
    assert raw != proof.raw
    with pytest.raises(MalformedLogProof):
        parse(raw)


def test_no_proof_is_made_from_a_damaged_log():
    shelf = Shelf()
    checkpoint = published(shelf, 300)
    shelf.files["tile/0/000"] = b"".join([bytes(32)] * 256)
    with pytest.raises(Tampered, match="tile/0/000"):
        prove(shelf.read, checkpoint, shelf.files["checkpoint"], 7)
