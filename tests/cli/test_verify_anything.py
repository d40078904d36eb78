"""`hakari verify` of what is no node's public folder: one clear sentence, the right exit code, no traceback, bounded memory."""

import sys
import tracemalloc
from pathlib import Path

import httpx
import pytest

from hakari.adapters import net
from hakari.adapters.net import SourceUnavailable, WebFiles
from hakari.app import checking
from hakari.doors.cli import main as cli
from hakari.verify.ports import TooLarge, read


def verified(source: object, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    monkeypatch.setattr(sys, "argv", ["hakari", "verify", str(source)])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    return int(str(ended.value.code)), capsys.readouterr().err


def web(answer, *, url: str = "http://node.example") -> WebFiles:
    http = httpx.Client(transport=httpx.MockTransport(answer), follow_redirects=True)
    return WebFiles(url, http=http, sleep=lambda _: None)


def test_a_folder_without_a_log_is_no_node_s(tmp_path, monkeypatch, capsys):
    (tmp_path / "node.json").mkdir()
    code, said = verified(tmp_path, monkeypatch, capsys)
    assert code == 2
    assert "must hold a node's public files, got neither node.json nor log/checkpoint there" in said


@pytest.mark.parametrize(
    "source", ["", "/nowhere/at/all", __file__, "http://", "http://[::1", "http://a b/", "ftp://x"]
)
def test_what_is_no_place_is_refused(source, monkeypatch, capsys):
    code, said = verified(source, monkeypatch, capsys)
    assert code == 2
    assert said.startswith("source_unavailable: ")


@pytest.mark.parametrize("data", [b"", b"{}", b"<!doctype html><html>hello</html>", b"\xff\xfe" * 99, b"[" * 99_999])
def test_bytes_that_are_no_node_are_named_and_nothing_else_is_said(data, tmp_path, monkeypatch, capsys):
    (tmp_path / "node.json").write_bytes(data)
    code, said = verified(tmp_path, monkeypatch, capsys)
    assert code == 1
    assert "No log that could be read" in said
    assert "does not match log: node.json" in said
    assert "1 thing does not hold." in said
    assert "not visible here" not in said


def test_what_a_stranger_writes_is_shown_as_it_is_and_styles_nothing(tmp_path, monkeypatch, capsys):
    (tmp_path / "node.json").write_text('{"[/red]":1}')
    code, said = verified(tmp_path, monkeypatch, capsys)
    assert code == 1
    assert "[/red]" in said


@pytest.mark.parametrize("code", [302, 307])
def test_a_circle_of_redirects_ends(code):
    with pytest.raises(SourceUnavailable, match="redirects"):
        web(lambda asked: httpx.Response(code, headers={"Location": str(asked.url)}))


@pytest.mark.parametrize("place", ["http://[::1", "ftp://node.example/", "file:///etc/passwd"])
def test_a_redirect_to_nowhere_is_no_answer(place):
    with pytest.raises(SourceUnavailable):
        web(lambda _: httpx.Response(302, headers={"Location": place}))


def test_an_answer_without_end_is_read_as_far_as_its_place_allows(monkeypatch):
    def endless():
        while True:
            yield bytes(1 << 16)

    files = web(lambda _: httpx.Response(200, content=endless()))
    tracemalloc.start()
    with pytest.raises(TooLarge):
        read(files, "node.json", 1 << 16)
    assert tracemalloc.get_traced_memory()[1] < 1 << 24
    tracemalloc.stop()
    monkeypatch.setattr(net, "_LARGEST", 1 << 22)
    with pytest.raises(SourceUnavailable, match="at most 4194304 bytes"):
        for _ in files.chunks("evidence/x") or ():
            pass


def test_an_answer_that_breaks_off_goes_on_where_it_was():
    data, asked = bytes(range(256)) * 10_000, []

    def broken():
        yield data[:1_500_000]
        raise httpx.ReadError("broken off")

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.path)
        # the beginning, all of it from the first piece on, and that again
        return httpx.Response(200, content=broken() if len(asked) == 3 else data)

    files = web(answer)
    assert b"".join(files.chunks("log/tile/0/000") or ()) == data
    assert len(asked) == 4


def test_a_file_that_may_not_be_read_is_said(tmp_path, monkeypatch):
    (tmp_path / "node.json").write_text("{}")

    def refuse(*_, **__):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(SourceUnavailable, match="can't be read: Permission denied"):
        checking.check(str(tmp_path))
