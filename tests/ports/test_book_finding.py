"""What the explorer and the notices look up, on SQLite and on PostgreSQL."""

from book_made import START, account, answer, digest, order, said, task

from hakari.adapters.sql.payouts import EpochRow
from hakari.adapters.sql.releases import ReleaseRow
from hakari.adapters.sql.store import Store
from hakari.core.ids import StatementId
from hakari.core.money import Micros
from hakari.pay.lines import Line
from hakari.work.records import OrderRow


def a_small_history(store: Store) -> tuple[OrderRow, StatementId, StatementId]:
    """An order of account 1, answered by account 2, judged, paid in epoch 1, released, used by account 3."""
    placed = order(1)
    worked, judged, paid = said(2, kind="submission", answers=2), said(5, kind="verdicts"), said(6, kind="epoch")
    made, used = said(7, kind="release"), said(3, kind="use")
    with store.book() as book:
        book.orders.add(placed, [task(n) for n in range(3)])
        for each, subject in (
            (worked, placed.id),
            (judged, placed.id),
            (paid, "1"),
            (made, made.id),
            (used, made.id),
        ):
            book.statements.add(each, subject=subject)
        book.answers.add([answer(placed, worked, n, task=n) for n in range(2)])
        book.statements.number(10)
    with store.book() as book:
        rows = book.answers.of_submission(worked.id)
        changed = [
            type(row)(**{**{name: getattr(row, name) for name in row.__slots__}, **verdict})
            for row, verdict in zip(
                rows,
                (
                    {"verdicts": judged.id, "accepted": True, "score": 9000, "reason": "agrees"},
                    {"verdicts": judged.id, "accepted": False, "score": 10, "reason": "differs_from_consensus"},
                ),
                strict=True,
            )
        ]
        book.answers.judge(changed)
        epoch = EpochRow(pool=1, number=1, statement=paid.id, body={"size": 4}, status="accepted")
        lines = [
            Line(account=account(n), cause=judged.id, source=1, amount=Micros(40_000 * n), why="work") for n in (2, 4)
        ]
        book.payouts.add(epoch, lines)
        book.releases.add(ReleaseRow(id=made.id, order=placed.id, pool=1, body={"name": "R"}, offer=None))
        book.releases.add_use(use=used.id, licence=1, release=made.id, account=account(3))
    return placed, judged.id, made.id


def test_statements_are_found_by_place_id_beginning_author_and_subject(store: Store) -> None:
    placed, judged, _ = a_small_history(store)
    with store.reading() as book:
        newest = book.finding.newest(before=None, limit=2)
        assert [each.leaf for each in newest] == [4, 3]
        assert [each.leaf for each in book.finding.newest(before=3, limit=9)] == [2, 1, 0]
        assert [each.kind for each in book.finding.newest(before=None, limit=9, kind="use")] == ["use"]
        at = book.finding.at(1)
        assert at is not None
        assert at.id == judged
        assert book.finding.at(99) is None
        assert [each.id for each in book.finding.beginning(judged[:8], limit=9)] == [judged]
        assert book.finding.beginning("f" * 64, limit=9) == []
        assert book.finding.authors(account(2)[:10], limit=9) == [account(n) for n in (2, 3, 5, 6, 7)]
        assert [each.author for each in book.finding.by(account(2), before=None, limit=9)] == [account(2)]
        assert [each.id for each in book.finding.about("verdicts", placed.id, limit=9)] == [judged]
        assert (book.finding.count("submission", placed.id), book.finding.count("verdicts", "x")) == (1, 0)
        assert len(book.finding.about_kind("epoch", limit=9)) == 1
        assert book.finding.oldest_waiting() is None
        assert {each.id for each in book.finding.named([judged, digest("x")])} == {judged}


def test_money_is_found_by_cause_epoch_and_account(store: Store) -> None:
    _, judged, _ = a_small_history(store)
    with store.reading() as book:
        assert book.finding.paying(1, judged, 1) == (1, "accepted")
        assert book.finding.paying(1, digest("x"), 1) is None
        assert book.finding.paying(1, judged, 2) is None
        assert book.finding.owed(1, 1) == (2, 240_000, 2)
        assert book.finding.owed(1, 1, cause=judged, account=account(4)) == (1, 160_000, 1)
        assert book.finding.owed(2, 1) == (0, 0, 0)
        assert (book.finding.paid_until(1, 1, account(2)), book.finding.paid_until(1, 0, account(2))) == (80_000, 0)
        assert book.finding.accounts_of(1, 1, after="", limit=1) == [(account(2), 1, 80_000)]
        assert book.finding.accounts_of(1, 1, after=account(2), limit=9) == [(account(4), 1, 160_000)]
        assert [each.amount for each in book.finding.lines_of(1, 1, account(2))] == [80_000]
        assert book.finding.epochs_of(account(2), limit=9) == [(1, 1, "accepted", 80_000)]
        assert book.finding.epoch_numbered(1, limit=9) == [1]
        assert book.payouts.get(1, 1) is not None
        assert book.payouts.get(1, 2) is None


def test_uses_and_refusals_are_found_for_whom_they_concern(store: Store) -> None:
    placed, judged, made = a_small_history(store)
    with store.reading() as book:
        for who in (account(1), account(2)):
            assert [each.account for each in book.finding.uses_of_work(who, limit=9)] == [account(3)]
        assert book.finding.uses_of_work(account(3), limit=9) == []
        assert [each.licence for each in book.finding.uses(licence=1, limit=9)] == [1]
        assert [each.release for each in book.finding.uses(release=made, limit=9)] == [made]
        assert book.finding.uses(account=account(4), limit=9) == []
        assert (book.finding.count_uses(licence=1), book.finding.count_uses(release=digest("x"))) == (1, 0)
        [refusal] = book.finding.refusals(account(2), limit=9)
        assert (refusal.order, refusal.verdicts, refusal.count) == (placed.id, judged, 1)
        assert (refusal.reason, refusal.time) == ("differs_from_consensus", START + 5)
        assert book.finding.refusals(account(1), limit=9) == []
        assert book.finding.orders_of(account(1), limit=9) == [placed.id]
        assert book.finding.releases_of(placed.id, limit=9) == [made]
        tally = book.figures.of_account(account(2))
        assert (tally.accepted, tally.refused, tally.waiting) == (1, 1, 0)


def test_notes_are_kept_due_and_forgotten(store: Store) -> None:
    with store.book() as book:
        assert book.notes.get("push:a") == {}
        book.notes.put("push:a", {"n": 1}, due=10)
        book.notes.put("push:b", {"n": 2}, due=20)
        book.notes.put("wishes:a", {"n": 3})
    with store.book() as book:
        assert book.notes.due("push:", now=9, limit=9) == []
        assert book.notes.due("push:", now=10, limit=9) == ["push:a"]
        assert book.notes.due("push:", now=99, limit=1) == ["push:a"]
        book.notes.put("push:a", {"n": 4}, due=30)
        assert book.notes.get("push:a") == {"n": 4}
        book.notes.put("push:b", {})
        assert book.notes.due("push:", now=99, limit=9) == ["push:a"]


def test_leases_and_intents_are_looked_up(store: Store) -> None:
    with store.book() as book:
        assert book.doorway.leased("worker") is None
        assert book.doorway.lease("worker", "me", now=100, seconds=15)
        assert book.doorway.leased("worker") == 115
        assert book.chain.intents_about("reserve:x") == []
