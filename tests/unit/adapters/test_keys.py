"""Keys at rest: made once, kept private, opened by their passphrase alone."""

import json
import multiprocessing
import shutil
import stat
import threading
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from hakari.adapters.keys import DamagedKey, Keys, UnsafePassphrase, WrongPassphrase, change_passphrase, open_keys
from hakari.core.errors import Malformed


def test_a_secret_is_made_once_and_found_again(tmp_path: Path) -> None:
    folder = tmp_path / "node" / "keys"
    keys = Keys(folder, "open sesame")
    secret, other = keys.secret("log"), keys.secret("operator")
    assert len(secret) == 32
    assert secret != other
    assert keys.secret("log") == Keys(folder, "open sesame").secret("log") == secret
    assert {path.name for path in folder.iterdir()} == {"log.json", "operator.json"}


def test_a_key_s_file_is_ours_alone_and_does_not_show_the_secret(tmp_path: Path) -> None:
    folder = tmp_path / "keys"
    secret = Keys(folder, "open sesame").secret("log")
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE((folder / "log.json").stat().st_mode) == 0o600
    text = (folder / "log.json").read_text()
    assert secret.hex() not in text
    assert "sesame" not in text


def test_another_passphrase_opens_and_replaces_nothing(tmp_path: Path) -> None:
    secret = Keys(tmp_path, "open sesame").secret("log")
    thief = Keys(tmp_path, "open sesame ")
    thief.stage("log")
    with pytest.raises(WrongPassphrase, match="HAKARI_PASSPHRASE"):
        thief.secret("log")
    with pytest.raises(WrongPassphrase):
        thief.promote("log")
    assert {path.name for path in tmp_path.iterdir()} == {"log.json", "log.next.json"}
    assert Keys(tmp_path, "open sesame").secret("log") == secret


def _changed(text: str, **parts: object) -> str:
    return json.dumps(json.loads(text) | parts)


@pytest.mark.parametrize(
    "damage",
    [
        lambda text: "",
        lambda text: "[]",
        lambda text: "{}",
        lambda text: text[: len(text) // 2],
        lambda text: _changed(text, salt="zz"),
        lambda text: _changed(text, salt="00"),
        lambda text: _changed(text, salt=5),
        lambda text: _changed(text, box="00" * 10),
    ],
)
def test_a_damaged_file_is_named_and_never_made_anew(tmp_path: Path, damage: object) -> None:
    assert callable(damage)
    Keys(tmp_path, "p").secret("log")
    path = tmp_path / "log.json"
    path.write_text(damage(path.read_text()))
    before = path.read_bytes()
    with pytest.raises(DamagedKey, match=r"log\.json"):
        Keys(tmp_path, "p").secret("log")
    assert path.read_bytes() == before


def test_a_changed_box_does_not_open(tmp_path: Path) -> None:
    Keys(tmp_path, "p").secret("log")
    path = tmp_path / "log.json"
    box = json.loads(path.read_text())["box"]
    path.write_text(_changed(path.read_text(), box=box[:-2] + ("00" if box[-2:] != "00" else "01")))
    with pytest.raises(WrongPassphrase):
        Keys(tmp_path, "p").secret("log")


def test_a_staged_secret_waits_until_it_is_promoted(tmp_path: Path) -> None:
    keys = Keys(tmp_path, "p")
    old = keys.secret("session")
    assert keys.staged("session") is None
    new = keys.stage("session")
    assert keys.stage("session") == keys.staged("session") == Keys(tmp_path, "p").staged("session") == new != old
    assert keys.secret("session") == old
    keys.promote("session")
    assert keys.secret("session") == Keys(tmp_path, "p").secret("session") == new
    assert keys.staged("session") is None


def test_a_promoted_secret_leaves_every_old_one_behind(tmp_path: Path) -> None:
    keys = Keys(tmp_path, "p")
    first = keys.secret("session")
    (tmp_path / "session.1.json").write_bytes((tmp_path / "session.json").read_bytes())
    second = keys.stage("session")
    keys.promote("session")
    keys.stage("session")
    keys.promote("session")
    assert [Keys(tmp_path, "p").secret(f"session.{n}") for n in (0, 1, 2)] == [first, first, second]
    assert len(list(tmp_path.iterdir())) == 4


def test_what_was_never_staged_is_not_promoted(tmp_path: Path) -> None:
    keys = Keys(tmp_path, "p")
    secret = keys.secret("session")
    with pytest.raises(FileNotFoundError):
        keys.promote("session")
    assert Keys(tmp_path, "p").secret("session") == secret
    assert [path.name for path in tmp_path.iterdir()] == ["session.json"]


def test_a_secret_from_outside_stays_in_memory(tmp_path: Path) -> None:
    keys = Keys(tmp_path / "keys", "p")
    keys.use("operator", b"\x07" * 32)
    assert keys.secret("operator") == b"\x07" * 32
    assert not (tmp_path / "keys").exists()


def test_threads_that_ask_first_at_once_get_one_secret(tmp_path: Path) -> None:
    keys, found = Keys(tmp_path, "p"), []
    threads = [threading.Thread(target=lambda: found.append(keys.secret("log"))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 4
    assert len(set(found)) == 1


def _ask(folder: Path, gate: object, answers: object) -> None:
    gate.wait()  # type: ignore[attr-defined]
    with warnings.catch_warnings(action="ignore"):
        answers.put(open_keys(folder, None).secret("log"))  # type: ignore[attr-defined]


def test_processes_that_start_at_once_get_one_passphrase_and_one_secret(tmp_path: Path) -> None:
    fork = multiprocessing.get_context("fork")
    gate, answers = fork.Barrier(3), fork.Queue()
    started = [fork.Process(target=_ask, args=(tmp_path, gate, answers)) for _ in range(3)]
    for process in started:
        process.start()
    found = {answers.get(timeout=30) for _ in started}
    for process in started:
        process.join(30)
    assert len(found) == 1
    assert {path.name for path in tmp_path.iterdir()} == {"log.json", "passphrase"}


def test_without_a_passphrase_one_is_kept_beside_the_keys_and_we_are_warned(tmp_path: Path) -> None:
    for given in (None, ""):
        with pytest.warns(UnsafePassphrase, match="HAKARI_PASSPHRASE"):
            keys = open_keys(tmp_path / "keys", given)
        secret = keys.secret("log")
    kept = tmp_path / "keys" / "passphrase"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert len(kept.read_text()) >= 32
    # An editor's line end is no part of it.
    kept.write_text(kept.read_text() + "\n")
    with pytest.warns(UnsafePassphrase):
        assert open_keys(tmp_path / "keys", None).secret("log") == secret


def test_with_a_passphrase_nobody_is_warned_and_none_is_kept(tmp_path: Path) -> None:
    open_keys(tmp_path, "open sesame").secret("log")
    assert [path.name for path in tmp_path.iterdir()] == ["log.json"]


def names(folder: Path) -> dict[str, bytes]:
    """The secrets of a folder with a current key, a former and a staged one."""
    keys = open_keys(folder, OLD)
    found = {name: keys.secret(name) for name in ("log", "operator")}
    keys.stage("log")
    keys.promote("log")
    return {**found, "log": keys.secret("log"), "log.0": found["log"], "operator.next": keys.stage("operator")}


OLD, NEW = "the old one", "the new one"


def opened_with(folder: Path, passphrase: str, wanted: Mapping[str, bytes]) -> bool:
    keys = open_keys(folder, passphrase)
    try:
        return {name: keys.secret(name) for name in wanted} == wanted
    except WrongPassphrase:
        return False


def test_a_new_passphrase_opens_every_key_and_the_old_one_none(tmp_path: Path) -> None:
    wanted = names(tmp_path)
    assert change_passphrase(tmp_path, OLD, NEW) == len(wanted) == 4
    assert opened_with(tmp_path, NEW, wanted)
    for name in wanted:
        with pytest.raises(WrongPassphrase):
            open_keys(tmp_path, OLD).secret(name)
    assert {path.stat().st_mode & 0o777 for path in tmp_path.glob("*.json")} == {0o600}


@pytest.mark.parametrize(("old", "new", "error"), [("wrong", NEW, WrongPassphrase), (OLD, "", Malformed)])
def test_a_change_of_passphrase_that_is_refused_changes_nothing(
    tmp_path: Path, old: str, new: str, error: type[Exception]
) -> None:
    wanted = names(tmp_path)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    with pytest.raises(error):
        change_passphrase(tmp_path, old, new)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before
    assert opened_with(tmp_path, OLD, wanted)


def test_a_change_of_passphrase_is_whole_or_not_at_all_wherever_it_is_cut_off(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        pass

    left, sides = [0], list[str]()
    template = tmp_path / "template"
    wanted = {
        "log": open_keys(template, OLD).secret("log"),
        "operator.next": open_keys(template, OLD).stage("operator"),
    }
    for step in range(100):
        folder = tmp_path / str(step)
        shutil.copytree(template, folder)
        with monkeypatch.context() as patch:
            for name in ("rename", "replace", "unlink", "rmdir"):
                whole = getattr(Path, name)

                def struck(this: Path, *args: object, whole: Any = whole, **more: object) -> object:
                    if left[0] == 0:
                        raise Killed
                    left[0] -= 1
                    return whole(this, *args, **more)

                patch.setattr(Path, name, struck)
            left[0] = step
            try:
                change_passphrase(folder, OLD, NEW)
                done = True
            except Killed:
                done = False
        [side] = [each for each in (OLD, NEW) if opened_with(folder, each, wanted)]
        sides.append(side)
        if done:
            break
    assert sides.count(OLD) >= 2
    assert sides.count(NEW) >= 4
    assert sorted(sides, reverse=True) == sides


def test_a_passphrase_that_lay_beside_the_keys_is_gone_after_the_change(tmp_path: Path) -> None:
    with pytest.warns(UnsafePassphrase):
        secret = open_keys(tmp_path, None).secret("log")
    assert change_passphrase(tmp_path, None, NEW) == 1
    assert not (tmp_path / "passphrase").exists()
    assert open_keys(tmp_path, NEW).secret("log") == secret
