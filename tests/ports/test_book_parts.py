"""Every method of every part of the Book, on SQLite and on PostgreSQL."""

from dataclasses import replace

import pytest
from book_made import KEY, START, account, answer, digest, order, said, task
from sqlalchemy import event

from hakari.adapters.sql.chain import Intent
from hakari.adapters.sql.doorway import Reply
from hakari.adapters.sql.payouts import EpochRow
from hakari.adapters.sql.releases import ReleaseRow
from hakari.adapters.sql.store import Store
from hakari.core.errors import Malformed
from hakari.core.money import Micros
from hakari.pay.chain import ChainEvent
from hakari.pay.lines import Line
from hakari.people.delegation import SessionKey
from hakari.work.records import AnswerRow, AssignedRow, OrderRow

# --- statements ---------------------------------------------------------------------------------------------------------------


def test_a_statement_comes_back_as_it_was_said(store: Store) -> None:
    words = replace(said(1), body={"text": "秤 \u0000 \U0001f600", "whole": 2**53 - 1, "none": None})
    with store.book() as book:
        assert book.statements.add(words, subject="pool 1") is True
        assert book.statements.add(words) is False
    with store.reading() as book:
        assert book.statements.has(words.id)
        assert book.statements.get(words.id) == (words, None)
        assert book.statements.about("use", "pool 1") == [(words, None)]
        assert not book.statements.has(said(2).id)
        assert book.statements.get("unknown") is None
        assert book.statements.about("use", "pool 2") == book.statements.about("order") == []


def test_leaves_are_given_in_order_of_intake_without_a_gap(store: Store) -> None:
    words = [said(n) for n in range(7)]
    with store.book() as book:
        for each in words[:5]:
            book.statements.add(each)
    with store.book() as book:
        assert (book.statements.size(), book.statements.waiting(), book.statements.number(0)) == (0, 5, 0)
        assert book.statements.number(3) == 3
        assert (book.statements.size(), book.statements.waiting()) == (3, 2)
        for each in words[5:]:
            book.statements.add(each)
    with store.book() as book:
        assert book.statements.number(100) == 4
        assert book.statements.number(100) == 0
        assert book.statements.entries(0, 7) == [each.bytes for each in words]
        assert book.statements.entries(2, 4) == [each.bytes for each in words[2:4]]
        assert book.statements.entries(7, 9) == []
        found = book.statements.leaves([words[6].id, words[0].id, "unknown"])
        assert found == {words[6].id: 6, words[0].id: 0}


def test_statements_are_paged_by_kind_and_author(store: Store) -> None:
    words = [said(n % 2, kind="use" if n < 3 else "order", answers=n) for n in range(6)]
    with store.book() as book:
        for each in words:
            book.statements.add(each)
        page = book.statements.page(kind=None, author=None, after=0, limit=4)
        assert [each for _, each, _ in page] == words[:4]
        rest = book.statements.page(kind=None, author=None, after=page[-1][0], limit=4)
        assert [each for _, each, _ in rest] == words[4:]
        by_kind = book.statements.page(kind="order", author=account(1), after=0, limit=9)
        assert [each for _, each, _ in by_kind] == [words[3], words[5]]
        assert book.statements.page(kind="epoch", author=None, after=0, limit=9) == []


def test_a_session_key_is_kept_and_changed(store: Store) -> None:
    key = SessionKey(account=account(1), key=KEY, scopes=("buy", "work"), not_before=1, expires=9, nonce=0)
    later = replace(key, key="cd" * 32, expires=20, revoked=True)
    with store.book() as book:
        assert book.statements.key(KEY) is None
        book.statements.keep_key(key)
        book.statements.keep_key(later)
        book.statements.keep_key(replace(key, nonce=1))
    with store.reading() as book:
        assert book.statements.key(KEY) == replace(key, nonce=1)
        assert book.statements.keys_of(account(1)) == [later, replace(key, nonce=1)]
        assert book.statements.keys_of(account(2)) == []


# --- orders -------------------------------------------------------------------------------------------------------------------


def test_a_pool_has_its_newest_terms(store: Store) -> None:
    with store.book() as book:
        book.orders.keep_pool(2, digest("a"), {"name": "猫"})
        book.orders.keep_pool(1, digest("b"), {"name": "one"})
        book.orders.keep_pool(2, digest("c"), {"name": "犬"})
        found = book.orders.pool(2)
        assert found is not None
        assert (found.statement, found.body) == (digest("c"), {"name": "犬"})
        assert [each.pool for each in book.orders.pools()] == [1, 2]
        assert book.orders.pool(3) is None


def test_an_order_comes_back_with_its_tasks(store: Store) -> None:
    first, second = order(1), order(2, tasks=0)
    tasks = [task(n) for n in range(3)]
    with store.book() as book:
        book.orders.add(first, tasks)
        book.orders.add(second, [])
        assert book.orders.get(first.id) == first
        assert book.orders.get("unknown") is None
        assert book.orders.of_escrow(2) == second
        assert book.orders.of_escrow(3) is None
        assert book.orders.tasks(first.id) == tasks
        assert book.orders.tasks(first.id, [2, 0, 9]) == [tasks[0], tasks[2]]
        assert book.orders.tasks(first.id, []) == book.orders.tasks(second.id) == []
        assert book.orders.publics(first.id) == {0: {"n": 0}, 1: {"n": 1}, 2: {"n": 2}}
        assert book.orders.publics(first.id, [1]) == {1: {"n": 1}}
        page = book.orders.page(after=0, limit=1)
        assert [each for _, each in page] == [first]
        assert [each for _, each in book.orders.page(after=page[0][0], limit=9)] == [second]
        book.orders.mark(first.id, "judged")
        assert book.orders.with_status("judged") == [replace(first, status="judged")]
        assert book.orders.with_status("open") == [second]


def test_answers_are_counted_until_a_task_is_full(store: Store) -> None:
    first = order(1, wanted=2)
    other = order(2)
    with store.book() as book:
        for each in (first, other):
            book.orders.add(each, [task(n) for n in range(3)])
        book.orders.answered(first.id, [0, 2])
        book.orders.answered(first.id, [2])
        book.orders.answered(first.id, [])
        assert [each.answered for each in book.orders.tasks(first.id)] == [1, 0, 2]
        assert book.orders.get(first.id) == replace(first, answered=3)
        assert book.orders.unfilled(first.id) == [0, 1]
        assert book.orders.full(first.id, [0, 1, 2]) == [2]
        assert book.orders.full(first.id, [0, 1]) == []
        assert book.orders.get(other.id) == other
        assert book.orders.unfilled(other.id) == [0, 1, 2]


def test_a_wave_lets_tasks_want_more_and_what_is_not_wanted_is_counted(store: Store) -> None:
    first, other = order(1), order(2)
    with store.book() as book:
        for each in (first, other):
            book.orders.add(each, [task(n) for n in range(3)])
            book.orders.answered(each.id, [0, 1, 2])
        book.orders.answered(first.id, [0, 1])
        assert book.orders.spared(first.id, 5) == 2 * (5 - 2)
        book.orders.want(first.id, {1: 5, 2: 3})
        book.orders.want(first.id, {})
        assert [each.wanted for each in book.orders.tasks(first.id)] == [2, 5, 3]
        assert book.orders.get(first.id) == replace(first, wanted=10, answered=5)
        assert book.orders.spared(first.id, 5) == 3
        assert [each.wanted for each in book.orders.tasks(other.id)] == [2, 2, 2]


def test_assignments_are_kept_in_order_and_take_the_places(store: Store) -> None:
    first, cat, dog = order(1), account(7), account(8)
    with store.book() as book:
        book.orders.add(first, [task(n, wanted=1 + n) for n in range(3)])
        book.orders.assign(first.id, cat, [2, 0], size=5, time=100)
        book.orders.assign(first.id, cat, [1], size=5, time=101)
        book.orders.assign(first.id, cat, [], size=6, time=102)
        assert book.orders.assigned(first.id, cat) == [
            AssignedRow(task=task, size=5, time=time) for task, time in ((2, 100), (0, 100), (1, 101))
        ]
        assert book.orders.assigned(first.id, dog) == []
        assert book.orders.assigned_of(first.id, cat, [0, 1, 9]) == {0: 100, 1: 101}
        assert book.orders.assigned_of(first.id, dog, [0]) == {}
        assert book.orders.wanting(first.id, since=99) == [1, 2]
        book.orders.assign(first.id, dog, [1], size=5, time=102)
        assert book.orders.wanting(first.id, since=99) == [2]


def test_an_assignment_that_is_old_and_unanswered_takes_no_place(store: Store) -> None:
    first, cat, dog = order(1), account(7), account(8)
    statement = said(7, kind="submission", answers=1)
    with store.book() as book:
        book.orders.add(first, [task(n, wanted=1) for n in range(3)])
        book.orders.assign(first.id, cat, [0, 1, 2], size=5, time=100)
        book.answers.add([answer(first, statement, 0, task=1)])
        book.orders.answered(first.id, [1])
        assert book.orders.wanting(first.id, since=99) == []
        assert book.orders.wanting(first.id, since=100) == [0, 2]
        book.orders.assign(first.id, dog, [2], size=6, time=150)
        assert book.orders.wanting(first.id, since=100) == [0]
        book.orders.assign(first.id, cat, [0], size=5, time=160)
        assert [(row.task, row.time) for row in book.orders.assigned(first.id, cat)] == [(1, 100), (2, 100), (0, 160)]
        assert book.orders.wanting(first.id, since=100) == []


# --- answers ------------------------------------------------------------------------------------------------------------------


def _three_answers(store: Store) -> tuple[OrderRow, list[AnswerRow]]:
    """One order; account 1 answered tasks 0 and 1 in one submission that has leaf 0, account 2 answered task 0 and waits."""
    first, one, two = order(1), said(1, kind="submission", answers=2), said(2, kind="submission", answers=1)
    rows = [answer(first, one, 0, task=1), answer(first, one, 1, task=0), answer(first, two, 0, task=0)]
    with store.book() as book:
        book.orders.add(first, [task(n) for n in range(3)])
        book.statements.add(one)
        book.answers.add(rows[:2])
        book.statements.number(10)
        book.statements.add(two)
        book.answers.add(rows[2:])
        book.answers.add([])
    return first, [replace(rows[0], leaf=0), replace(rows[1], leaf=0), rows[2]]


def test_answers_are_told_by_standing_leaf_and_submission(store: Store) -> None:
    first, rows = _three_answers(store)
    with store.reading() as book:
        assert book.answers.standing(first.id, account(1), [0, 1, 2]) == {0, 1}
        assert book.answers.standing(first.id, account(1), [2]) == set()
        assert book.answers.standing(first.id, account(3), [0, 1, 2]) == set()
        assert book.answers.recorded(first.id) == 2
        assert book.answers.unjudged(first.id, 1) == rows[:2]
        assert book.answers.unjudged(first.id, 0) == []
        assert book.answers.of_submission(rows[2].submission) == [rows[2]]
        assert book.answers.of_submission("unknown") == []


def test_verdicts_are_recorded_answer_by_answer(store: Store) -> None:
    first, rows = _three_answers(store)
    verdicts = digest("verdicts")
    judged = [
        replace(rows[0], verdicts=verdicts, accepted=True, score=9000, reason="agrees"),
        replace(rows[1], verdicts=verdicts, accepted=False, score=0, reason="differs"),
    ]
    with store.book() as book:
        book.answers.judge(judged)
        book.answers.judge([])
    with store.reading() as book:
        assert book.answers.judged(first.id) == [judged[1], judged[0]]
        assert book.answers.unjudged(first.id, 9) == []
        assert book.answers.accepted_by_account(verdicts) == {account(1): 1}
        assert book.answers.accepted_by_account(digest("others")) == {}
        assert book.answers.tally(account(1)) == {"waiting": 0, "accepted": 1, "refused": 1}
        assert book.answers.tally(account(2)) == {"waiting": 1, "accepted": 0, "refused": 0}
        assert book.answers.tally(account(3)) == {"waiting": 0, "accepted": 0, "refused": 0}


def test_more_numbers_than_a_database_takes_parameters_can_be_asked_for(store: Store) -> None:
    first, _ = _three_answers(store)
    many = range(70_000)
    with store.reading() as book:
        assert book.answers.standing(first.id, account(1), many) == {0, 1}
        assert [each.n for each in book.orders.tasks(first.id, many)] == [0, 1, 2]
        assert book.orders.full(first.id, many) == []
        assert book.statements.leaves([str(n) for n in many]) == {}


def test_named_tasks_are_found_by_index_in_however_large_an_order(store: Store, url: str) -> None:
    listed, named = "tasks.n IN (SELECT value FROM json_each(?))", []
    if url.startswith("postgresql"):
        listed, named = "tasks.n = ANY (ARRAY(SELECT value::bigint FROM json_array_elements_text", []
    first = order(1)
    with store.book() as book:
        event.listen(book._connection, "before_cursor_execute", lambda *said: named.append(said[2]))
        book.orders.add(first, [task(n) for n in range(3)])
        book.orders.answered(first.id, [1])
        book.orders.full(first.id, [1])
        asked = [each for each in named if listed in each]
        # Nothing may follow the condition, or SQLite does not search for it.
        assert len(asked) == 2
        assert not [each for each in named if "= 1" in each]


# --- chain --------------------------------------------------------------------------------------------------------------------


def _event(block: int, index: int, *, event: str = "Funded", contract: str = "escrow") -> ChainEvent:
    return ChainEvent(
        block=block,
        index=index,
        contract=contract,
        event=event,
        address=account(9),
        tx=digest(f"{block}.{index}"),
        time=START,
        args={"amount": "340282366920938463463374607431768211455", "who": account(1)},
    )


def test_events_are_kept_once_and_told_in_order(store: Store) -> None:
    events = [_event(1, 0), _event(1, 1, event="Refunded"), _event(3, 0, contract="pools")]
    with store.book() as book:
        book.chain.keep([])
        book.chain.keep([events[2], events[0], events[0]])
        book.chain.keep(events)
        book.chain.keep(events)
        assert book.chain.events() == events
        assert book.chain.events(contract="escrow") == events[:2]
        assert book.chain.events(event="Refunded") == [events[1]]
        assert book.chain.events(first=2) == [events[2]]
        assert book.chain.events(last=1) == events[:2]
        assert book.chain.events(contract="anchor") == []


def test_an_intent_stands_once_under_its_name(store: Store) -> None:
    intent = Intent(name="pay 1", signer="operator", contract="payouts", function="propose", args=["1", ["2"], None])
    with store.book() as book:
        assert book.chain.intend(intent) is True
        assert book.chain.intend(replace(intent, function="other")) is False
        assert book.chain.intend(replace(intent, name="pay 2")) is True
        assert book.chain.intent("pay 1") == intent
        assert book.chain.intent("pay 3") is None
        assert [each.name for each in book.chain.intents("waiting", "signed")] == ["pay 1", "pay 2"]
        assert [each.name for each in book.chain.intents("waiting", limit=1)] == ["pay 1"]
        book.chain.change("pay 1", status="signed", nonce=7, raw=b"\x00\xff", tx=digest("tx"), note="sent")
    with store.reading() as book:
        changed = replace(intent, status="signed", nonce=7, raw=b"\x00\xff", tx=digest("tx"), note="sent")
        assert book.chain.intents("signed") == [changed]
        assert book.chain.intents("done") == []


def test_a_mark_holds_a_number(store: Store) -> None:
    with store.book() as book:
        assert book.chain.mark("heard") is None
        book.chain.set_mark("heard", 2**40)
        book.chain.set_mark("heard", 0)
        assert book.chain.mark("heard") == 0
        assert book.chain.mark("Heard") is None


# --- payouts ------------------------------------------------------------------------------------------------------------------


def _epoch(number: int, *, pool: int = 1) -> EpochRow:
    return EpochRow(
        pool=pool, number=number, statement=digest(f"epoch {number}"), body={"n": number}, status="proposed"
    )


def _line(who: int, cause: str, amount: int) -> Line:
    return Line(account=account(who), cause=digest(cause), source=1, amount=Micros(amount), why="reward")


def test_an_accounts_lines_come_in_pages_and_are_summed_by_stage(store: Store) -> None:
    epochs = [(pool, number) for pool in (1, 2, 12) for number in (1, 2, 10)]
    with store.book() as book:
        for pool, number in epochs:
            book.payouts.add(
                _epoch(number, pool=pool), [_line(who, cause, number) for who in (1, 2) for cause in ("a", "b")]
            )
        book.payouts.mark(2, 1, "accepted")
        book.payouts.mark(2, 10, "accepted")
        assert book.payouts.totals(account(1)) == {"accepted": 2 * 11, "proposed": 2 * (13 + 2 + 13)}
        assert book.payouts.totals(account(9)) == {}
        assert book.payouts.pools_of(account(1)) == [1, 2, 12]
        assert book.payouts.pools_of(account(9)) == []
        newest = book.payouts.newest(2)
        assert newest is not None
        assert newest.number == 10
        assert book.payouts.newest(1) is None
        whole = [each[0] for each in book.payouts.page(account(1), after=(0, 0, ""), limit=100)]
        assert whole == sorted((*epoch, digest(cause)) for epoch in epochs for cause in ("a", "b"))
        walked, after = [], (0, 0, "")
        while page := book.payouts.page(account(1), after=after, limit=4):
            walked += [place for place, _, _ in page]
            after = walked[-1]
        assert walked == whole


def test_only_accepted_epochs_are_added_up(store: Store) -> None:
    large = 2**62
    with store.book() as book:
        book.payouts.add(_epoch(1), [_line(1, "a", large), _line(2, "a", 5)])
        book.payouts.add(_epoch(2), [_line(1, "b", large - 1)])
        book.payouts.add(_epoch(1, pool=2), [])
        assert book.payouts.cumulative(1) == {}
        book.payouts.mark(1, 1, "accepted")
        assert book.payouts.cumulative(1) == {account(1): large, account(2): 5}
        book.payouts.mark(1, 2, "accepted")
        assert book.payouts.cumulative(1) == {account(1): 2 * large - 1, account(2): 5}
        # Each fits 64 bits, their sum does not.
        book.payouts.add(_epoch(1, pool=3), [_line(1, cause, 2**63 - 1) for cause in "abc"])
        book.payouts.mark(3, 1, "accepted")
        assert book.payouts.cumulative(3) == {account(1): 3 * (2**63 - 1)}
        assert book.figures.owed(3, 1) == 3 * (2**63 - 1)
        assert book.figures.owed(3, 2) == 0
        book.payouts.drop(3, 1)
        assert book.payouts.cumulative(2) == {}
        assert [(each.pool, each.number, each.status) for each in book.payouts.epochs()] == [
            (1, 1, "accepted"),
            (1, 2, "accepted"),
            (2, 1, "proposed"),
        ]
        assert book.payouts.epochs(2) == [_epoch(1, pool=2)]


def test_a_voided_epoch_frees_its_number_and_causes(store: Store) -> None:
    lines = sorted([_line(2, "a", 5), _line(1, "b", 7), _line(1, "a", 6)], key=lambda each: (each.account, each.cause))
    with store.book() as book:
        book.payouts.add(_epoch(1), lines)
        assert book.payouts.lines(1, 1) == lines
        assert [line for _, line in book.payouts.of_account(account(1))] == lines[:2]
        assert book.payouts.of_account(account(1))[0][0] == _epoch(1)
        book.payouts.drop(1, 1)
        assert book.payouts.lines(1, 1) == book.payouts.epochs() == book.payouts.of_account(account(1)) == []
        book.payouts.add(_epoch(1), lines)


# --- releases and doorway -----------------------------------------------------------------------------------------------------


def test_a_release_stands_with_its_uses(store: Store) -> None:
    first = ReleaseRow(id=digest("r1"), order=digest("o"), pool=1, body={"rows": 3}, offer=None)
    second = replace(first, id=digest("r2"), offer={"price": "5", "purposes": ["AI_TRAINING"], "term_seconds": 60})
    with store.book() as book:
        book.releases.add(first)
        book.releases.add(second)
        book.releases.add_use(use=digest("use"), licence=4, release=second.id, account=account(1))
        assert book.releases.get(second.id) == second
        assert book.releases.get("unknown") is None
        assert book.releases.of_order(first.order) == [first, second]
        assert book.releases.of_order(digest("other")) == []
        page = book.releases.page(after=0, limit=1)
        assert [each for _, each in page] == [first]
        assert [each for _, each in book.releases.page(after=page[0][0], limit=9)] == [second]
        assert book.releases.use(digest("use")) == (4, second.id, account(1))
        assert book.releases.use("unknown") is None


def test_a_nonce_is_spent_once_and_in_time(store: Store) -> None:
    with store.book() as book:
        book.doorway.issue_nonce("once", 100)
        book.doorway.issue_nonce("late", 100)
        assert book.doorway.spend_nonce("once", 99) is True
        assert book.doorway.spend_nonce("once", 99) is False
        assert book.doorway.spend_nonce("late", 100) is False
        assert book.doorway.spend_nonce("never issued", 1) is False


def test_a_session_lives_until_it_is_closed_or_over(store: Store) -> None:
    with store.book() as book:
        book.doorway.open_session(digest("token"), account(1), 100)
        assert book.doorway.session(digest("token"), 99) == account(1)
        assert book.doorway.session(digest("token"), 100) is None
        assert book.doorway.session(digest("other"), 99) is None
        book.doorway.close_session(digest("token"))
        assert book.doorway.session(digest("token"), 99) is None


def test_a_reply_belongs_to_one_account(store: Store) -> None:
    reply = Reply(request=digest("asked"), status=200, body='{"ok": "秤"}')
    with store.book() as book:
        book.doorway.keep_reply("key", account(1), reply, START)
        assert book.doorway.reply("key", account(1)) == reply
        assert book.doorway.reply("key", account(2)) is None


def test_what_is_over_is_forgotten_and_the_rest_stays(store: Store) -> None:
    reply = Reply(request=digest("asked"), status=200, body="{}")
    with store.book() as book:
        for name, time in (("old", 10), ("new", 11)):
            book.doorway.issue_nonce(name, time)
            book.doorway.open_session(digest(name), account(1), time)
            book.doorway.keep_reply(name, account(1), reply, time)
        book.doorway.forget(now=10, replies_before=11)
        assert book.doorway.session(digest("old"), 0) is None
        assert book.doorway.session(digest("new"), 0) == account(1)
        assert book.doorway.spend_nonce("old", 0) is False
        assert book.doorway.spend_nonce("new", 0) is True
        assert book.doorway.reply("old", account(1)) is None
        assert book.doorway.reply("new", account(1)) == reply


def test_a_lease_has_one_holder_at_a_time(store: Store) -> None:
    with store.book() as book:
        assert book.doorway.lease("worker", "a", now=100, seconds=15) is True
        assert book.doorway.lease("worker", "b", now=114, seconds=15) is False
        assert book.doorway.lease("worker", "a", now=114, seconds=15) is True
        assert book.doorway.lease("worker", "b", now=128, seconds=15) is False
        assert book.doorway.lease("worker", "b", now=129, seconds=15) is True
        assert book.doorway.lease("worker", "a", now=129, seconds=15) is False
        assert book.doorway.lease("other", "a", now=129, seconds=15) is True


@pytest.mark.parametrize("text", ["a\0b", "\ud800"])
def test_text_that_no_database_holds_is_refused_or_unknown_but_never_a_crash(store: Store, text: str) -> None:
    lookups = [
        lambda book: book.statements.get(text),
        lambda book: book.statements.key(text),
        lambda book: book.orders.get(text),
        lambda book: book.releases.get(text),
        lambda book: book.releases.use(text),
        lambda book: book.doorway.reply(text, account(1)),
        lambda book: book.answers.of_submission(text),
        lambda book: book.statements.leaves([text]),
        lambda book: book.statements.page(kind=text, author=None, after=0, limit=1),
    ]
    for lookup in lookups:
        with pytest.raises(Malformed), store.reading() as book:
            lookup(book)

    def write() -> None:
        with store.book() as book:
            book.chain.set_mark("before", 1)
            book.doorway.issue_nonce(text, 1)

    with pytest.raises(Malformed):
        write()
    with store.reading() as book:
        assert book.chain.mark("before") is None
