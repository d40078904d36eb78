"""A chain that is not local, with a token that was there before us: the contracts are deployed around it in real time."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from vyper import compile_code

from hakari.adapters.evm.chain import Chain, EmbeddedProvider, Reverted
from hakari.adapters.evm.contracts import ForeignCode, deploy
from hakari.adapters.evm.embedded import EmbeddedChain
from hakari.core.ids import Account
from hakari.people.wallets import address_of

PUBLIC_CHAIN = 8453
SECRET = bytes([7]) * 32
OTHER = bytes([8]) * 32
TOKEN = Path(__file__).parents[1] / "contracts" / "vyper" / "odd_token.vy"


@pytest.fixture
def chain(tmp_path: Path) -> Iterator[Chain]:
    rich = dict.fromkeys((address_of(SECRET), address_of(OTHER)), 10**24)
    embedded = EmbeddedChain.open(tmp_path / "chain.sqlite", chain_id=PUBLIC_CHAIN, funded=rich)
    yield Chain(EmbeddedProvider(embedded), embedded)
    embedded.close()


def a_token(chain: Chain) -> Account:
    code = bytes.fromhex(compile_code(TOKEN.read_text(), output_formats=["bytecode"])["bytecode"][2:])
    six_decimals = (6).to_bytes(32, "big")
    signed = chain.sign(OTHER, to=None, data=code + six_decimals, nonce=chain.nonce(address_of(OTHER)))
    chain.send(signed.raw)
    receipt = chain.receipt(signed.hash)
    assert receipt is not None
    assert receipt.created is not None
    return receipt.created


def test_contracts_are_deployed_around_a_token_that_stands_already(chain: Chain) -> None:
    token = a_token(chain)
    made = deploy(chain, SECRET, profile="real", token=token)
    assert made.payment_token == token
    assert chain.call(made, "escrow", "TOKEN", []) == token
    assert chain.call(made, "payouts", "WINDOW", []) == 3 * 86_400
    assert deploy(chain, SECRET, profile="real", token=token, from_block=made.from_block) == made


def test_without_a_token_a_public_chain_is_refused(chain: Chain) -> None:
    with pytest.raises(Reverted):
        deploy(chain, SECRET, profile="real")


def test_a_token_that_is_not_there_and_another_token_than_before_are_refused(chain: Chain) -> None:
    with pytest.raises(ForeignCode, match="HAKARI_PAYMENT_TOKEN"):
        deploy(chain, SECRET, profile="real", token=Account("0x" + "99" * 20))
    deploy(chain, SECRET, profile="real", token=a_token(chain))
    with pytest.raises(ForeignCode, match="TOKEN"):
        deploy(chain, SECRET, profile="real", token=a_token(chain))
