"""Public files as a stranger finds them: a folder, or any web server."""

import time
import weakref
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx

from hakari.adapters.blobs.faults import NEXT
from hakari.core.errors import HakariError

_PIECE = 2**20
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
        self._base = base if self._get(f"{base}/node.json") is not None else f"{base}/public"

    def chunks(self, path: str) -> Iterator[bytes] | None:
        """Return the file's bytes in pieces, or None."""
        answer = self._get(f"{self._base}/{path}")
        return None if answer is None else iter([answer])

    def paths(self) -> None:
        """Return None: there is no list."""
        return

    def _get(self, url: str) -> bytes | None:
        answer, asked = self._asked(url), 1
        while (most := _PATIENCE.get(answer.status_code)) is not None:
            if asked == most:
                raise SourceUnavailable(f"{url} answered {answer.status_code} {answer.reason_phrase} {most} times")
            told = answer.headers.get("Retry-After", "")
            self._sleep(min(int(told), 60) if told.isdigit() else 1)
            answer, asked = self._asked(url), asked + 1
        if answer.status_code == httpx.codes.NOT_FOUND.value:
            return None
        if not answer.is_success:
            raise SourceUnavailable(f"{url} answered {answer.status_code}")
        return answer.content

    def _asked(self, url: str) -> httpx.Response:
        try:
            return self._http.get(url)
        except (httpx.ReadError, httpx.RemoteProtocolError):
            # It broke off in the middle: as good as a server that can't answer now.
            return httpx.Response(httpx.codes.SERVICE_UNAVAILABLE)
        except httpx.HTTPError as error:
            raise SourceUnavailable(f"{url} did not answer: {error}") from error


def open_source(source: str) -> FolderFiles | WebFiles:
    """Return the public files at a folder or an http(s) URL. Raises SourceUnavailable."""
    return WebFiles(source) if source.startswith(("http://", "https://")) else FolderFiles(Path(source))


def _read(place: Path) -> Iterator[bytes]:
    with place.open("rb") as file:
        while piece := file.read(_PIECE):
            yield piece
