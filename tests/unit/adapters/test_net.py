"""Public files behind a web server that says «not so fast»."""

import httpx
import pytest

from hakari.adapters.net import SourceUnavailable, WebFiles


def test_a_file_is_asked_for_again_when_the_server_says():
    slept: list[float] = []
    answers = [httpx.Response(200, content=b"{}")]
    answers += [httpx.Response(429, headers={"Retry-After": each}) for each in ("2", "soon", "600")]
    answers.append(httpx.Response(200, content=b"checkpoint"))
    left = iter(answers)
    http = httpx.Client(transport=httpx.MockTransport(lambda _: next(left)))
    files = WebFiles("http://node.example", http=http, sleep=slept.append)
    assert b"".join(files.chunks("log/checkpoint") or ()) == b"checkpoint"
    assert slept == [2, 1, 60]


@pytest.mark.parametrize(("code", "times"), [(429, 100), (503, 5)])
def test_a_server_that_never_gives_is_not_waited_for_for_ever(code: int, times: int):
    slept: list[float] = []
    http = httpx.Client(transport=httpx.MockTransport(lambda _: httpx.Response(code)))
    with pytest.raises(SourceUnavailable, match=f"answered {code} .* {times} times"):
        WebFiles("http://node.example", http=http, sleep=slept.append)
    assert len(slept) == times - 1


def test_a_server_that_could_not_answer_once_or_broke_off_is_asked_again():
    answers: list[httpx.Response | Exception] = [httpx.Response(200, content=b"{}")]
    answers += [httpx.Response(503), httpx.ReadError("broken off"), httpx.Response(200, content=b"checkpoint")]
    left = iter(answers)

    def answer(_: httpx.Request) -> httpx.Response:
        given = next(left)
        if isinstance(given, Exception):
            raise given
        return given

    slept: list[float] = []
    files = WebFiles(
        "http://node.example", http=httpx.Client(transport=httpx.MockTransport(answer)), sleep=slept.append
    )
    assert b"".join(files.chunks("log/checkpoint") or ()) == b"checkpoint"
    assert slept == [1, 1]


def test_a_server_that_is_not_there_is_not_waited_for():
    def nobody(_: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused")

    slept: list[float] = []
    with pytest.raises(SourceUnavailable, match="did not answer"):
        WebFiles("http://node.example", http=httpx.Client(transport=httpx.MockTransport(nobody)), sleep=slept.append)
    assert slept == []
