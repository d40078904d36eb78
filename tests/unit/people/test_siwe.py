import pytest
from eth_account.messages import encode_defunct
from hypothesis import given
from hypothesis import strategies as st

from hakari.core.errors import Malformed
from hakari.people import siwe
from hakari.people.signing import WrongSignature
from hakari.people.siwe import SignIn, WrongSignIn

from .made import START, Person

ANN = Person(1)
PLACE = {
    "domain": "hakari.example",
    "uri": "https://hakari.example/sign-in",
    "chain_id": 31337,
    "nonce": "abcdefgh12345678",
}

# The example of EIP-4361 itself.
EXAMPLE = """service.org wants you to sign in with your Ethereum account:
0xC02aaA39b223FE8D0A0e5C4F27eAD9083C756Cc2

I accept the ServiceOrg Terms of Service: https://service.org/tos

URI: https://service.org/login
Version: 1
Chain ID: 1
Nonce: 32891756
Issued At: 2021-09-30T16:25:24Z
Resources:
- ipfs://bafybeiemxf5abjwjbikoz4mc3a3dla6ual3jsgpdr4cjr3oz3evfyavhwq/
- https://example.com/my-web2-claim.json"""


def message(**changed: object) -> SignIn:
    return SignIn(**{"account": ANN.account, "issued_at": START, **PLACE, **changed})


def signed(text: str, person: Person = ANN) -> str:
    return "0x" + bytes(person.wallet.sign_message(encode_defunct(text=text)).signature).hex()


def test_the_example_of_the_standard_is_read_and_written_back():
    read = siwe.parse(EXAMPLE)
    assert read.account == "0xc02aaa39b223fe8d0a0e5c4f27ead9083c756cc2"
    assert (read.domain, read.nonce, read.chain_id, len(read.resources)) == ("service.org", "32891756", 1, 2)
    assert read.text == EXAMPLE


def test_a_sign_in_as_asked_names_its_account():
    text = message(statement="Sign in to Hakari.", expiration_time=START + 300).text
    assert siwe.check(text, signed(text), now=START + 10, **PLACE) == ANN.account


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("domain", "evil.example"),
        ("uri", "https://hakari.example/other"),
        ("chain_id", 1),
        ("nonce", "another1another1"),
    ],
)
def test_a_sign_in_for_another_place_is_refused(name: str, value: object):
    text = message(**{name: value}).text
    with pytest.raises(WrongSignIn) as raised:
        siwe.check(text, signed(text), now=START, **PLACE)
    assert raised.value.pointer == f"/{name}"


@pytest.mark.parametrize(
    ("changed", "now"),
    [
        ({"expiration_time": START + 60}, START + 60),
        ({"not_before": START + 60}, START + 59),
        ({"issued_at": START + 1000}, START),
        ({"scheme": "http"}, START),
    ],
)
def test_a_sign_in_at_another_time_or_over_another_scheme_is_refused(changed: dict[str, object], now: int):
    text = message(**changed).text
    with pytest.raises(WrongSignIn):
        siwe.check(text, signed(text), now=now, **PLACE)


def test_a_sign_in_signed_by_somebody_else_is_refused():
    text = message().text
    with pytest.raises(WrongSignature):
        siwe.check(text, signed(text, Person(2)), now=START, **PLACE)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("0xC02a", "0xc02a"),
        ("Version: 1", "Version: 2"),
        ("Nonce: 32891756", "Nonce: 3289175"),
        ("Nonce: 32891756", "Nonce: 3289 1756"),
        ("2021-09-30T16:25:24Z", "2021-09-31T16:25:24Z"),
        ("2021-09-30T16:25:24Z", "2021-09-30 16:25:24Z"),
        ("URI: https://service.org/login", "URI: not a uri"),
        ("Chain ID: 1", "Chain ID: one"),
        ("service.org wants", " wants"),
        ("\n\nURI", "\nURI"),
        ("Resources:", "Request Id: 1\nResources:"),
        ("- https", "https"),
        ("I accept", "I accept\nthis:"),
        ("I accept", "利用規約"),
    ],
)
def test_a_message_off_the_grammar_is_refused(old: str, new: str):
    assert old in EXAMPLE
    with pytest.raises(Malformed):
        siwe.parse(EXAMPLE.replace(old, new, 1))


@pytest.mark.parametrize("ending", ["\n", " ", "\nmore"])
def test_nothing_may_follow_a_message(ending: str):
    with pytest.raises(Malformed):
        siwe.parse(EXAMPLE + ending)


@pytest.mark.parametrize(
    "changed",
    [
        {"statement": "two\nlines"},
        {"statement": ""},
        {"nonce": "short"},
        {"request_id": "a\nResources:"},
        {"resources": ("x y",)},
        {"domain": "a b"},
        {"uri": "https://a\nVersion: 2"},
    ],
)
def test_a_field_that_would_change_the_message_is_not_written(changed: dict[str, object]):
    with pytest.raises(Malformed):
        _ = message(**changed).text


@given(
    request=st.none() | st.from_regex(r"[A-Za-z0-9:@=.-]{0,20}", fullmatch=True),
    statement=st.none() | st.from_regex(r"[A-Za-z0-9 :/?#.,!-]{1,60}", fullmatch=True),
    resources=st.none() | st.lists(st.sampled_from(["https://a.example/b?c=d#e", "ipfs://x"]), max_size=3),
    expiry=st.none() | st.integers(0, 2**35),
)
def test_what_is_written_is_read_back(request, statement, resources, expiry):
    made = message(
        request_id=request,
        statement=statement,
        resources=None if resources is None else tuple(resources),
        expiration_time=expiry,
    )
    assert siwe.parse(made.text) == made


@given(st.text(max_size=300))
def test_any_text_is_read_or_refused(text: str):
    with pytest.raises(Malformed):
        siwe.parse(text)
