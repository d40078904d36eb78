"""The way out when the operator is silent: an outsider waits, proposes, is explained and taken over."""

from pathlib import Path

from stage import Stage, label_order, operating, staged, until
from world import WORKERS, mismatches, secret

from hakari.adapters.net import FolderFiles
from hakari.app import promises, views, watcher, watching

AHEAD_S = 120


def eyes_of(stage: Stage, words: list[watcher.Word]) -> watcher.Watch:
    return watcher.Watch(
        files=FolderFiles(stage.market.public),
        chain=stage.node.chain,
        contracts=stage.node.contracts,
        secret=secret("watcher"),
        limit=10**12,
        claims=True,
        proposes=True,
        log_id=promises.log_id(stage.node),
        tell=words.append,
    )


def outsider_notes(stage: Stage, *, rpc: bool) -> list[str]:
    report = stage.market.verify(rpc=rpc)
    assert mismatches(report) == []
    return [note for note in report.notes if "not the operator" in note]


def test_an_outsider_s_epoch_waits_for_a_dead_operator_and_is_explained_by_verify_and_taken_over(
    tmp_path: Path,
) -> None:
    with staged(tmp_path, ahead_s=AHEAD_S) as stage:
        node, market, pool, words = stage.node, stage.market, 1, list[watcher.Word]()
        with node.store.reading() as book:
            said = max(statement.time for statement, _ in book.statements.about("verdicts"))
        stage.rich(secret("watcher"))
        eyes = eyes_of(stage, words)
        # The contract lets anyone propose; the watcher gives the operator its full time from when the work became due.
        stage.pass_time(stage.ask("payouts", "DEAD"))
        assert stage.ask("payouts", "open_to_all", pool)
        assert watching.look(eyes)  # what the first epoch paid is claimed
        assert not watching.look(eyes)
        assert len(stage.events("Proposed")) == 1
        stage.pass_time(said + stage.ask("payouts", "DEAD") - node.chain.time() + 1)
        assert watching.look(eyes)
        stage.pass_time(stage.ask("payouts", "WINDOW") + 1)
        assert watching.look(eyes)
        assert [word.kind for word in words if word.kind == "could_not"] == []
        assert len(stage.events("Accepted")) == 2
        proposed = stage.events("Proposed")[-1].args["proposer"]
        assert proposed == eyes.account
        # The operator said nothing of it: only the chain shows it.
        assert outsider_notes(stage, rpc=False) == []
        [note] = outsider_notes(stage, rpc=True)
        assert eyes.account in note
        claimed = {name: int(views.account(node, market.account(name))["earnings"]["claimed"]) for name in WORKERS}
        with operating(node):
            market.quiet()
            assert [note.split(" (")[0] for note in outsider_notes(stage, rpc=False)] == [note.split(" (")[0]]
            for name in WORKERS:
                money = views.account(node, market.account(name))["earnings"]
                assert (money["in_window"], money["claimable"]) == ("0", "0")
                assert int(money["claimed"]) > claimed[name]
            third = label_order(market, "another buyer")
            market.work_all({"label": third})
            market.judged({"label": third})
            until("the third epoch", lambda: len(stage.events("Accepted")) == 3, lambda: stage.pass_time(1))
            market.quiet()
        assert outsider_notes(stage, rpc=False) != []
