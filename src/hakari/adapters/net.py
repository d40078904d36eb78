"""Public files as a stranger finds them: a folder, or any web server."""

import time
import weakref
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx

from hakari.adapters.blobs.faults import NEXT
from hakari.core.errors import HakariError

_PIECE = 2**20
_LARGEST = 2**36
"""Bytes of one file: who sends more than that does not mean to end."""
_BROKEN = 5
"""How often an answer may break off in its middle."""
_PATIENCE = {429: 100, 502: 5, 503: 5, 504: 5}
"""How often a server may say «too many requests» for one file, or that it can't answer now: a node that restarts."""


class SourceUnavailable(HakariError):
    """The place of the public files did not answer."""

    code = "source_unavailable"
    status = 503


class FolderFiles:
    """A folder of public files."""

    def __init__(self, root: Path) -> None:
        if not root.is_dir():
            raise SourceUnavailable(f"source must be a folder or an http(s) URL, got {str(root)!r}")
        self._root = root

    def chunks(self, path: str) -> Iterator[bytes] | None:
        """Return the file's bytes in pieces, or None."""
        place = self._root.joinpath(*path.split("/"))
        if not place.is_file() or not place.resolve().is_relative_to(self._root.resolve()):
            return None
        return _read(place)

    def paths(self) -> Iterator[str]:
        """Yield every name."""
        for place in self._root.rglob("*"):
            # Where the folder is a mount of its own, a node's unfinished files lie in it for a moment.
            if (not place.is_dir() or place.is_symlink()) and not place.name.startswith(NEXT):
                yield place.relative_to(self._root).as_posix()


class WebFiles:
    """Public files below a URL. A web server can't be asked what else it holds."""

    def __init__(
        self, url: str, *, http: httpx.Client | None = None, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self._http = http or httpx.Client(timeout=60, follow_redirects=True)
        self._sleep = sleep
        weakref.finalize(self, self._http.close)
        base = url.rstrip("/")
        # A node's front address serves as well as that of its public files.
        self._base = base if self._chunks(f"{base}/node.json") is not None else f"{base}/public"

    def chunks(self, path: str) -> Iterator[bytes] | None:
        """Return the file's bytes in pieces, or None. One piece is held, however long the answer is."""
        return self._chunks(f"{self._base}/{path}")

    def paths(self) -> None:
        """Return None: there is no list."""
        return

    def _chunks(self, url: str) -> Iterator[bytes] | None:
        try:
            first = next(self._pieces(url), b"")
        except _Missing:
            return None
        # What is longer is asked for again when it is read: nobody has to close what was only looked at.
        return iter([first]) if len(first) < _PIECE else self._pieces(url)

    def _pieces(self, url: str) -> Iterator[bytes]:
        """Yield an answer's bytes; what breaks off is asked for again, and what was yielded left out. Raises _Missing."""
        done = broken = 0
        while True:
            answer, seen = self._open(url), 0
            try:
                for piece in answer.iter_bytes(_PIECE):
                    seen += len(piece)
                    if seen > _LARGEST:
                        raise SourceUnavailable(f"{url} must be at most {_LARGEST} bytes, got more")
                    if seen > done:
                        yield piece[max(0, len(piece) - (seen - done)) :]
                        done = seen
                return
            except (httpx.ReadError, httpx.RemoteProtocolError) as error:
                broken += 1
                if broken == _BROKEN:
                    raise SourceUnavailable(f"{url} broke off {broken} times: {error}") from error
                self._sleep(1)
            except httpx.HTTPError as error:
                raise SourceUnavailable(f"{url} can't be read: {error}") from error
            finally:
                answer.close()

    def _open(self, url: str) -> httpx.Response:
        answer, asked = self._asked(url), 1
        while (most := _PATIENCE.get(answer.status_code)) is not None:
            answer.close()
            if asked == most:
                raise SourceUnavailable(f"{url} answered {answer.status_code} {answer.reason_phrase} {most} times")
            told = answer.headers.get("Retry-After", "")
            self._sleep(min(int(told), 60) if told.isdigit() else 1)
            answer, asked = self._asked(url), asked + 1
        if answer.is_success:
            return answer
        answer.close()
        if answer.status_code == httpx.codes.NOT_FOUND.value:
            raise _Missing
        raise SourceUnavailable(f"{url} answered {answer.status_code}")

    def _asked(self, url: str) -> httpx.Response:
        try:
            return self._http.send(self._http.build_request("GET", url), stream=True)
        except (httpx.ReadError, httpx.RemoteProtocolError):
            # It broke off in the middle: as good as a server that can't answer now.
            return httpx.Response(httpx.codes.SERVICE_UNAVAILABLE)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise SourceUnavailable(f"{url} did not answer: {error}") from error


class _Missing(Exception):
    """There is no such file."""


def open_source(source: str) -> FolderFiles | WebFiles:
    """Return the public files at a folder or an http(s) URL. Raises SourceUnavailable."""
    if not source:
        raise SourceUnavailable("source must be a folder or an http(s) URL, got nothing")
    return WebFiles(source) if source.startswith(("http://", "https://")) else FolderFiles(Path(source))


def _read(place: Path) -> Iterator[bytes]:
    try:
        with place.open("rb") as file:
            while piece := file.read(_PIECE):
                yield piece
    except OSError as error:
        raise SourceUnavailable(f"{place} can't be read: {error.strerror}") from error
