"""Signed notes, against vectors of Go's sumdb/note and of the C2SP specification, and against forgeries."""

import hashlib
import json
from base64 import b64decode, b64encode
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hakari.log.note import (
    COSIGNATURE,
    BadSignature,
    MalformedKey,
    MalformedNote,
    SignerKey,
    Unsigned,
    VerifierKey,
    check_public,
    cosign,
    parse,
    parse_signer,
    parse_verifier,
    sign,
    verify,
)

# golang.org/x/mod v0.7.0, sumdb/note/note_test.go
PETER = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
ENOCH = "EnochRoot+af0cfe78+ATtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop"
TEXT = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
PETER_LINE = (
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)
ENOCH_LINE = (
    "— EnochRoot rwz+eBzmZa0SO3NbfRGzPCpDckykFXSdeX+MNtCOXm2/5n2tiOHp+vAF1aGrQ5ovTG01oOTGwnWLox33WWd1RvMc+QQ=\n"
)
# c2sp.org/signed-note, verifier keys
FOO = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
FOO_NOTE = (
    "This is an example message.\n\n"
    "— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n"
)
# A checkpoint of a public Certificate Transparency log with four witnesses' cosignatures, May 2026; one line is of type 0x05.
ARCHE = "arche2025h1.staging.ct.transparency.dev+ba2f06c0+AU0vHmlGCS/PdN8b2OaGmKprLI8HKM+dJ472xgFYh15f"
REMORA = "remora.n621.de+da77ade7+BOvN63jn/bLvkieywe8R6UYAtVtNbZpXh34x7onlmtw2"
SMARTIT = "witness1.smartit.nu/witness1+a48c820f+BPSFWg9G6KPiO7QPryYO5Xq4oYJJ+kAvLKLSimDhoxMO"
REAL = """arche2025h1.staging.ct.transparency.dev
1432088532
U7WM79jrzyhGZ5/GUBTpM7NzwdyfFx61t3RovgcC4Ro=

— arche2025h1.staging.ct.transparency.dev zTM8sQAAAZ5W0WdjBAMARjBEAiBjW5IQf9pvsYLfQFX6hoGREPMHbdQ3urbllzalApkptQIgIpwtEroeW2BXaHAI4kJXFbon5Ch9MNL5zRNZ55lvGt0=
— arche2025h1.staging.ct.transparency.dev ui8GwCF1+kWqZrxGdhj4aX3gcw7XUlXQQabg/27lefwhUkzbC3NygNI75MdhL1bfTW9g8Ei59RA23oHP7Ry1k3ZFWwQ=
— transparency.dev/DEV:witness-little-garden 2AQqhwAAAABqEiEgzgFIqqhbUoDwjMWE6UP8nd8/KYTzwZ2rhIgcqoXHAwVkjZr4AscylP3v7sEodkRAErumC2q44vdgJY096st5BQ==
— witness1.smartit.nu/witness1 pIyCDwAAAABqEiEghIp82KWebrw7/oHQwlTAm3g2RKS4+eebl8eO0WH+/iEcxZ75W3u5hNI7TOQtmJbqmNWVuE0tgh0XwzdZsDsUAQ==
— remora.n621.de 2net5wAAAABqEiEgPlfF3V06o0Y+fHM+J5J9s27wgxxcOVSpZ/2g/KSiXCg9DEZI+aVCIobWX9sXTynk5XeU/zZ0WBxtqB0DrAWfBw==
— witness.stagemole.eu Z/euoAAAAABqEiEgw0i+7g2ENfDAWHmtRzCfKTHSDwYDJA2NmKeGi9Y8FtEyOUvVr+AJmIY/2TUFucgKi7lI7cUiOvKFYe/TmN9DAg==
"""  # noqa: E501
VECTORS = json.loads((Path(__file__).parent / "small_order.json").read_text())["vectors"]
GROUP_ORDER = 2**252 + 27742317777372353535851937790883648493
KEY = SignerKey(name="log.example", seed=b"k" * 32)
OTHER = SignerKey(name="other.example", seed=b"o" * 32)


def keys(*texts):
    return [parse_verifier(text) for text in texts]


def test_notes_signed_by_go_are_accepted():
    raw = (TEXT + "\n" + PETER_LINE + ENOCH_LINE).encode()
    one, both = verify(raw, keys(PETER)), verify(raw, keys(PETER, ENOCH))
    assert one.text == both.text == TEXT
    assert [each.name for each in one.signers] == ["PeterNeumann"]
    assert [each.name for each in both.signers] == ["PeterNeumann", "EnochRoot"]
    assert verify(FOO_NOTE.encode(), keys(FOO)).text == "This is an example message.\n"


def test_a_real_checkpoint_is_accepted_with_its_log_and_its_witnesses():
    got = verify(REAL.encode(), keys(ARCHE, REMORA, SMARTIT))
    assert [each.name for each in got.signers] == [
        "arche2025h1.staging.ct.transparency.dev",
        "witness1.smartit.nu/witness1",
        "remora.n621.de",
    ]
    assert got.times == (None, 0x6A122120, 0x6A122120)


@pytest.mark.parametrize("key", [ARCHE, REMORA, SMARTIT])
def test_a_real_checkpoint_of_another_size_is_refused(key):
    with pytest.raises(BadSignature):
        verify(REAL.replace("1432088532", "1432088533").encode(), keys(key))


def test_a_note_that_only_strangers_signed_is_refused():
    for known in ([], keys(ENOCH)):
        with pytest.raises(Unsigned):
            verify((TEXT + "\n" + PETER_LINE).encode(), known)


def test_a_stranger_who_shares_only_the_name_or_only_the_id_is_ignored():
    same_name = SignerKey(name=KEY.name, seed=b"x" * 32)
    assert verify(sign("text\n", same_name, KEY), [KEY.verifier]).signers == (KEY.verifier,)
    with pytest.raises(Unsigned):
        verify(sign("text\n", same_name), [KEY.verifier])
    renamed = sign("text\n", KEY).replace(b"log.example", b"log.renamed")
    with pytest.raises(Unsigned):
        verify(renamed, [KEY.verifier])


def test_one_wrong_signature_of_a_known_key_refuses_the_whole_note():
    good, wrong = sign("text\n", KEY).decode(), sign("texT\n", OTHER).decode()
    both = good + wrong.split("\n\n")[1]
    assert verify(both.encode(), [KEY.verifier]).signers == (KEY.verifier,)
    with pytest.raises(BadSignature, match="other"):
        verify(both.encode(), [KEY.verifier, OTHER.verifier])


def test_a_repeated_signature_counts_once_and_must_hold_too():
    raw = sign("text\n", KEY)
    line = raw.split(b"\n\n")[1]
    assert verify(raw + line, [KEY.verifier]).signers == (KEY.verifier,)
    changed = sign("texT\n", KEY).split(b"\n\n")[1]
    with pytest.raises(BadSignature):
        verify(raw + changed, [KEY.verifier])


@settings(deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="".join(map(chr, range(32)))), max_size=60))
def test_what_is_signed_comes_back(line):
    assert verify(sign(line + "\n", KEY, OTHER), [OTHER.verifier]).text == line + "\n"


def test_no_byte_of_a_note_can_change_unseen():
    raw = cosign(sign("one\ntwo\n\nthree\n", KEY), OTHER, time_unix_s=1_700_000_000)
    known = [KEY.verifier, OTHER.witness]
    want = verify(raw, known)
    for place in range(len(raw)):
        for bit in (1, 2, 32, 128):
            changed = raw[:place] + bytes([raw[place] ^ bit]) + raw[place + 1 :]
            try:
                got = verify(changed, known)
            except (MalformedNote, BadSignature, Unsigned):
                continue
            # A changed name or id makes the signer a stranger: the text still stands, the signer is gone.
            assert got.text == want.text
            assert len(got.signers) < len(want.signers)


@pytest.mark.parametrize(
    "raw",
    [
        TEXT.encode(),
        (TEXT + "\n").encode(),
        (TEXT + "\n" + PETER_LINE)[:-1].encode(),
        b"\x01" + (TEXT + "\n" + PETER_LINE).encode(),
        b"\xff" + (TEXT + "\n" + PETER_LINE).encode(),
        (TEXT + "\r\n" + PETER_LINE).encode(),
        (TEXT + "\n" + PETER_LINE.replace("PeterNeumann", "Bad Name")).encode(),
        (TEXT + "\n" + PETER_LINE.replace("PeterNeumann", "Bad+Name")).encode(),
        (TEXT + "\n" + PETER_LINE.replace("PeterNeumann", "Bad\u2003Name")).encode(),
        (TEXT + "\n" + PETER_LINE + "Unexpected line.\n").encode(),
        (TEXT + "\n" + PETER_LINE.replace("—", "-")).encode(),
        (TEXT + "\n" + PETER_LINE.replace("nAM=", "nAN=")).encode(),
        (TEXT + "\n" + PETER_LINE.replace("nAM=", "nAM")).encode(),
        (TEXT + "\n— PeterNeumann x08gow==\n").encode(),
        (TEXT + "\n" + PETER_LINE * 101).encode(),
        b"x" * (1 << 20) + (TEXT + "\n" + PETER_LINE).encode(),
    ],
)
def test_bytes_that_are_not_a_note_are_refused(raw):
    with pytest.raises(MalformedNote):
        verify(raw, keys(PETER))


def test_a_hundred_signatures_are_still_a_note():
    assert len(parse((TEXT + "\n" + PETER_LINE * 100).encode()).signatures) == 100


@pytest.mark.parametrize("text", ["", "no newline", "tab\t\n"])
def test_a_text_that_can_not_be_a_note_is_not_signed(text):
    with pytest.raises(MalformedNote):
        sign(text, KEY)


@pytest.mark.parametrize("text", [PETER, ENOCH, FOO, ARCHE, REMORA, SMARTIT])
def test_a_verifier_key_is_written_as_it_was_read(text):
    assert parse_verifier(text).text == text


def test_a_signer_key_is_written_as_it_was_read_and_never_shown():
    assert parse_signer(KEY.secret_text) == KEY
    assert KEY.secret_text.startswith("PRIVATE+KEY+log.example+")
    assert "seed" not in repr(KEY)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "name",
        "name+00000000",
        PETER.replace("c74f20a3", "c74f20a4"),
        PETER.replace("c74f20a3", "C74F20A3"),
        PETER.replace("c74f20a3", "74f20a3"),
        PETER.replace("PeterNeumann", "Peter Neumann"),
        PETER.replace("PeterNeumann", ""),
        PETER[:-1],
        PETER.replace("+ARpc", "+AhpC"),
        "rekor.sigstore.dev+12345678+AwEB",
    ],
)
def test_a_wrong_verifier_key_is_refused(text):
    with pytest.raises(MalformedKey):
        parse_verifier(text)


def test_a_wrong_signer_key_is_refused_without_being_repeated():
    for text in (
        KEY.secret_text[:-4],
        KEY.secret_text[1:],
        "x" + KEY.secret_text,
        KEY.secret_text.replace("log", "lag"),
    ):
        with pytest.raises(MalformedKey) as caught:
            parse_signer(text)
        assert text[-20:] not in str(caught.value)


@pytest.mark.parametrize("vector", VECTORS, ids=[each["key"][:8] + each["key"][-2:] for each in VECTORS])
def test_a_key_of_small_order_is_refused_everywhere(vector):
    public = bytes.fromhex(vector["key"])
    with pytest.raises(MalformedKey, match="prime order"):
        check_public(public)
    with pytest.raises(MalformedKey, match="prime order"):
        VerifierKey(name="log.example", public=public)
    with pytest.raises(MalformedKey, match="prime order"):
        parse_verifier(f"log.example+00000000+{b64encode(bytes([1]) + public).decode()}")


def test_the_forgeries_are_real_ones_for_a_lenient_library():
    # Otherwise the refusals above could be of harmless bytes.
    assert all(each["openssl_accepts"] for each in VECTORS)
    assert len({each["key"] for each in VECTORS}) == 14
    for each in VECTORS:  # H(R || A || M) is a multiple of the key's order, so that R = [S]B - [H]A with S = 0
        signature = bytes.fromhex(each["signature"])
        digest = hashlib.sha512(signature[:32] + bytes.fromhex(each["key"]) + each["message"].encode()).digest()
        assert int.from_bytes(digest, "little") % GROUP_ORDER % each["order"] == 0


def test_a_sound_key_is_not_refused():
    assert check_public(KEY.verifier.public) == KEY.verifier.public
    for wrong in (b"", KEY.verifier.public[:-1], b"\x02" + b"\0" * 31):
        with pytest.raises(MalformedKey):
            check_public(wrong)


def test_a_second_form_of_a_good_signature_is_refused():
    note = parse(sign("text\n", KEY))
    value = note.signatures[0].value
    scalar = int.from_bytes(value[32:], "little") + GROUP_ORDER
    other = b64encode(note.signatures[0].key_id + value[:32] + scalar.to_bytes(32, "little")).decode()
    with pytest.raises(BadSignature):
        verify(f"text\n\n— log.example {other}\n".encode(), [KEY.verifier])


def test_a_cosignature_states_its_time_and_nothing_else_passes_for_one():
    raw = cosign(sign("text\n", KEY), OTHER, time_unix_s=1_700_000_000)
    got = verify(raw, [KEY.verifier, OTHER.witness])
    assert got.times == (None, 1_700_000_000)
    assert OTHER.witness.kind == COSIGNATURE
    assert OTHER.witness.key_id != OTHER.verifier.key_id
    assert verify(raw, [KEY.verifier, OTHER.verifier]).signers == (KEY.verifier,)
    later = b64decode(raw.split(b"other.example ")[1])
    later = later[:4] + (1_700_000_001).to_bytes(8, "big") + later[12:]
    with pytest.raises(BadSignature):
        verify(b"text\n\n" + f"— other.example {b64encode(later).decode()}\n".encode(), [OTHER.witness])


def test_a_cosignature_of_a_time_beyond_2_to_the_63_is_refused():
    raw = cosign(sign("text\n", KEY), OTHER, time_unix_s=1 << 63)
    with pytest.raises(BadSignature, match="2\\^63"):
        verify(raw, [OTHER.witness])


def test_two_known_keys_of_one_name_and_id_are_refused(monkeypatch):
    # Ids are 4 bytes: a second key with the same one is found in minutes, so it must not silently take the first one's place.
    twin = VerifierKey(name=KEY.name, public=OTHER.verifier.public)
    assert verify(sign("text\n", KEY), [KEY.verifier, KEY.verifier, twin]).signers == (KEY.verifier,)
    monkeypatch.setattr(VerifierKey, "key_id", property(lambda key: b"same"))
    with pytest.raises(MalformedKey, match="two of the same"):
        verify(sign("text\n", KEY), [KEY.verifier, twin])
