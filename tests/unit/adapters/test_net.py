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


def test_a_server_that_never_gives_is_not_waited_for_for_ever():
    slept: list[float] = []
    http = httpx.Client(transport=httpx.MockTransport(lambda _: httpx.Response(429)))
    with pytest.raises(SourceUnavailable, match="too many requests"):
        WebFiles("http://node.example", http=http, sleep=slept.append)
    assert len(slept) == 100
