"""What a log is called: by its node's own key, by the settings, and never otherwise afterwards."""

import warnings
from pathlib import Path

from hakari.app import Node, open_node
from hakari.config import Settings


def opened(folder: Path, **settings: str) -> Node:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return open_node(Settings(dir=folder, **settings))  # type: ignore[arg-type]


def origin(folder: Path, **settings: str) -> tuple[str, str]:
    node = opened(folder, **settings)
    try:
        with node.store.reading() as book:
            said = book.statements.about("node")[-1][0].body
        assert node.signer.name == said["log"]["origin"]  # type: ignore[index, call-overload]
        return node.signer.name, str(said["name"])
    finally:
        node.close()


def test_two_nodes_without_a_name_are_not_called_alike_and_each_stays_what_it_is(tmp_path: Path) -> None:
    first, second = origin(tmp_path / "a"), origin(tmp_path / "b")
    assert first[0] != second[0]
    assert first == (f"{first[1]}/log", first[1])
    assert first[1].startswith("hakari-")
    assert origin(tmp_path / "a") == first
    # A name that comes later is what the node is called; its log stays the one it was.
    assert origin(tmp_path / "a", name="scales") == (first[0], "scales")
    assert origin(tmp_path / "a") == first


def test_a_name_in_the_settings_is_the_new_logs(tmp_path: Path) -> None:
    assert origin(tmp_path / "a", name="hakari") == ("hakari/log", "hakari")
    assert origin(tmp_path / "a") == ("hakari/log", "hakari")
