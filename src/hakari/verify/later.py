"""What the chain did after the log's last words about it: a dead operator restates nothing, and outsiders propose all the same."""

from collections.abc import Iterable
from typing import cast

from hakari.core.canonical import Json
from hakari.core.errors import HakariError
from hakari.verify.chain import events
from hakari.verify.docket import Docket
from hakari.verify.dues import dues
from hakari.verify.epochs import PoolBook, accept, check_claims, check_proposal, statements
from hakari.verify.ports import ChainView
from hakari.verify.replay import Replay


def check_later(docket: Docket, view: ChainView, books: Iterable[PoolBook]) -> None:
    """Hold the epochs and claims of later blocks against the log. Folds those blocks into the docket's replay: nothing may follow.

    What was pending because the log does not restate its event yet is pending no more. An epoch of a size that the folder does not
    have yet is only noted, and so are those after it.
    """
    replay, ledger = docket.replay, docket.log.ledger
    chain = cast(dict[str, Json], ledger.node["chain"])
    if replay is None or chain["chain_id"] != view.chain_id():
        return
    last = ledger.chains[-1].number("to") if ledger.chains else cast(int, chain["from_block"]) - 1
    head = view.head()
    with docket.findings.section("epochs"):
        before = _Before(replay)
        if head > last:
            if not _folded(docket, view, replay, last + 1, head):
                return
            for book in books:
                _pool(docket, replay, book, before)
    _await_no_more(docket)


def _await_no_more(docket: Docket) -> None:
    """Hold what rests on events that the log does not restate yet against those that the RPC showed."""
    pending, docket.pending, docket.last_word = docket.pending, [], True
    for each in pending:
        each.again()


class _Before:
    """How far the chain was when the log last spoke of it."""

    def __init__(self, replay: Replay) -> None:
        self.proposals = len(replay.proposals)
        self.claims = len(replay.claims)
        self.accepted = {pool: len(epochs) for pool, epochs in replay.accepted.items()}


def _folded(docket: Docket, view: ChainView, replay: Replay, first: int, last: int) -> bool:
    try:
        for event in events(view, docket.log.ledger.node, first, last):
            replay.take(event)
    except HakariError as error:
        where = f"blocks {first} to {last}"
        docket.findings.wrong(where, "event", expected="one that its contract emits", got=error.message)
        return False
    return True


def _pool(docket: Docket, replay: Replay, book: PoolBook, before: _Before) -> None:
    spent, book.dues = book.dues.spent, dues(docket, replay, book.number)
    book.dues.spent = spent
    accepted, said = replay.accepted.get(book.number, []), statements(docket, book.number)
    fresh = [each for each in replay.proposals[before.proposals :] if each.pool == book.number]
    for number in range(before.accepted.get(book.number, 0) + 1, len(accepted) + 2):
        for proposal in fresh:
            if proposal.epoch != number or proposal.status == "voided":
                continue
            beyond = proposal.size > docket.log.ledger.size
            if beyond or (not docket.outsider(proposal) and number not in said):
                docket.findings.notes.append(
                    f"Epoch {number} of pool {book.number} ({proposal.where}) is of a later log than this folder: fetch it again."
                )
                return
            check_proposal(docket, book, proposal, said.get(number, []))
        if number <= len(accepted):
            accept(docket, book, accepted[number - 1])
    check_claims(docket, book, replay.claims[before.claims :])
