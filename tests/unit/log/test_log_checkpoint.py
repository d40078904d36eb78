"""Checkpoints: one way to write each, signed by the log it names."""

from base64 import b64encode

import pytest

from hakari.core.merkle import EMPTY_ROOT
from hakari.log.checkpoint import (
    Checkpoint,
    MalformedCheckpoint,
    WrongLog,
    open_checkpoint,
    open_witnessed,
    parse,
    sign_checkpoint,
)
from hakari.log.note import BadSignature, MalformedKey, SignerKey, Unsigned, cosign, sign

KEY = SignerKey(name="log.example", seed=b"k" * 32)
WITNESSES = [SignerKey(name=f"witness{number}.example", seed=bytes([number]) * 32) for number in range(1, 4)]
ROOT = b64encode(b"r" * 32).decode()
CHECKPOINT = Checkpoint(origin=KEY.name, size=7, root=b"r" * 32)


def test_the_example_of_the_specification_is_read():
    got = parse("example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n")
    assert (got.origin, got.size) == ("example.com/behind-the-sofa", 20_852_163)
    assert got.root.hex().startswith("0ac5186a91863e8e")


def test_extension_lines_are_kept():
    text = f"log.example\n7\n{ROOT}\none\ntwo\n"
    assert parse(text).extensions == ("one", "two")
    assert parse(text).text == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        f"log.example\n7\n{ROOT}",
        "log.example\n7\n",
        f"\n7\n{ROOT}\n",
        f"log.example\n07\n{ROOT}\n",
        f"log.example\n+7\n{ROOT}\n",
        f"log.example\n-7\n{ROOT}\n",
        f"log.example\n7 \n{ROOT}\n",
        f"log.example\n٧\n{ROOT}\n",
        f"log.example\n0\n{ROOT}\n",
        f"log.example\n{1 << 63}\n{ROOT}\n",
        f"log.example\n7\n{ROOT[:-1]}\n",
        f"log.example\n7\n{ROOT[:-4]}\n",
        f"log.example\n7\n{ROOT[:-2]}J=\n",
        f"log.example\n7\n{ROOT}\n\n",
        f"log.example\n7\n{ROOT}\none\n\ntwo\n",
        f"log.example\r\n7\n{ROOT}\n",
    ],
)
def test_a_checkpoint_written_any_other_way_is_refused(text):
    with pytest.raises(MalformedCheckpoint):
        parse(text)


def test_an_empty_log_has_the_one_empty_root():
    assert parse(Checkpoint(origin="log.example", size=0, root=EMPTY_ROOT).text).size == 0


def test_a_log_opens_its_own_checkpoint():
    assert open_checkpoint(sign_checkpoint(CHECKPOINT, KEY), KEY.verifier) == CHECKPOINT


def test_another_log_of_the_same_key_is_not_taken_for_it():
    other = Checkpoint(origin="other.example", size=7, root=b"r" * 32)
    with pytest.raises(WrongLog, match="other"):
        open_checkpoint(sign(other.text, KEY), KEY.verifier)


def test_a_checkpoint_that_only_witnesses_signed_is_refused():
    raw = cosign(sign(CHECKPOINT.text, WITNESSES[0]), WITNESSES[1], time_unix_s=5)
    with pytest.raises(Unsigned, match="own key"):
        open_witnessed(raw, KEY.verifier, [WITNESSES[1].witness], quorum=1)
    with pytest.raises(Unsigned):
        open_checkpoint(raw, KEY.verifier)


def test_a_quorum_of_witnesses_is_counted_by_key():
    raw = sign_checkpoint(CHECKPOINT, KEY)
    for witness in WITNESSES[:2]:
        raw = cosign(raw, witness, time_unix_s=5)
    known = [each.witness for each in WITNESSES]
    assert open_witnessed(raw, KEY.verifier, known, quorum=2) == CHECKPOINT
    with pytest.raises(Unsigned, match="at least 3"):
        open_witnessed(raw, KEY.verifier, known, quorum=3)


def test_one_witness_under_two_names_counts_once():
    twin = SignerKey(name="twin.example", seed=WITNESSES[0].seed)
    raw = cosign(cosign(sign_checkpoint(CHECKPOINT, KEY), WITNESSES[0], time_unix_s=5), twin, time_unix_s=5)
    with pytest.raises(Unsigned, match="at least 2"):
        open_witnessed(raw, KEY.verifier, [WITNESSES[0].witness, twin.witness], quorum=2)


def test_a_witness_with_a_plain_key_is_refused():
    with pytest.raises(MalformedKey, match="witness1"):
        open_witnessed(sign_checkpoint(CHECKPOINT, KEY), KEY.verifier, [WITNESSES[0].verifier], quorum=1)


def test_a_changed_size_breaks_the_signature():
    raw = sign_checkpoint(CHECKPOINT, KEY).replace(b"\n7\n", b"\n8\n")
    with pytest.raises(BadSignature):
        open_checkpoint(raw, KEY.verifier)
