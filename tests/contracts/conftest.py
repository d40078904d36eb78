"""Fixtures of the contract tests: one deployment for the session, undone after each test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from evm_chain import Reverted
from money_world import World


@pytest.fixture(scope="session")
def deployed() -> World:
    return World()


@pytest.fixture
def world(deployed: World) -> Iterator[World]:
    kept = dict(vars(deployed))
    with deployed.chain.undone():
        yield deployed
    vars(deployed).clear()
    vars(deployed).update(kept)


class Refuses:
    """Context: the call inside must revert with exactly this short string."""

    def __init__(self, reason: str) -> None:
        self.reason = reason

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> bool:
        if error is None:
            raise AssertionError(f"expected a revert with {self.reason!r}, but the call went through")
        if not isinstance(error, Reverted):
            return False
        assert error.reason == self.reason, f"expected {self.reason!r}, got {error.reason!r}"
        return True


@pytest.fixture(scope="session")
def refuses() -> type[Refuses]:
    return Refuses
