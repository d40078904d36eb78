"""The documentation, rendered on the node: a menu, a search by title, and each page as it stands in `docs/`."""

import re
from collections.abc import Sequence
from functools import lru_cache
from posixpath import dirname, join, normpath
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup

from hakari.app.pages import manual
from hakari.doors.web.shell import PageRoute, page

router = APIRouter(include_in_schema=False, route_class=PageRoute)

# Notes to the tests that run the pages' code.
_NOTE = re.compile(r"^<!--.*?-->\n?", re.MULTILINE | re.DOTALL)
_ELSEWHERE = {"reference/openapi.json": "/v1/openapi.json"}
_READER = MarkdownIt("commonmark", {"html": False}).enable("table")


@router.get("/docs", response_class=HTMLResponse)
def first(request: Request, q: Annotated[str, Query(max_length=100)] = "") -> HTMLResponse:
    """The first page, or what a search found."""
    if q.strip():
        return _shown(request, "docs/found.html", "", text=q, hits=manual.search(q), slug=slug)
    return read(request, "index")


@router.get("/docs/images/{name}")
def picture(name: Annotated[str, Path(max_length=100)]) -> Response:
    """A picture of the documentation."""
    data, kind = manual.image(name)
    headers = {
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox",
        "Cache-Control": "public, max-age=3600",
    }
    return Response(data, media_type=kind, headers=headers)


@router.get("/docs/{path:path}", response_class=HTMLResponse)
def one(request: Request, path: Annotated[str, Path(max_length=200)]) -> Response:
    """A page of the documentation; its file name and a slash at the end lead to it too."""
    plain = path.removesuffix("/").removesuffix(".md")
    if plain != path:
        return RedirectResponse(f"/docs/{plain}", status_code=303)
    return read(request, path)


def read(request: Request, path: str) -> HTMLResponse:
    """Return a page of the documentation."""
    found, text = manual.text(path)
    return _shown(request, "docs/page.html", path, found=found, body=rendered(text, path))


def _shown(request: Request, template: str, path: str, **data: Any) -> HTMLResponse:
    groups = [(group, [each for each in manual.pages() if each.group == group]) for group in ("", *manual.GROUPS)]
    return page(request, template, here="docs", groups=groups, open_page=path, **data)


@lru_cache(maxsize=256)
def rendered(text: str, path: str) -> Markup:
    """Return Markdown as markup: headings have ids, links between files lead to pages, wide parts scroll by keyboard."""
    tokens = _READER.parse(_NOTE.sub("", text))
    _mend(tokens, path)
    return Markup(_READER.renderer.render(tokens, _READER.options, {}))


def slug(heading: str) -> str:
    """Return a heading's id, as Python-Markdown's table of contents makes it: «4.14 chain» → «414-chain»."""
    return re.sub(r"[-\s]+", "-", re.sub(r"[^\w\s-]", "", heading.replace("`", "")).strip().lower())


def _mend(tokens: Sequence[Token], path: str) -> None:
    for at, token in enumerate(tokens):
        if token.type == "heading_open":
            token.attrSet("id", slug(tokens[at + 1].content))
        for inner in token.children or ():
            if inner.type == "link_open":
                inner.attrSet("href", _lead(str(inner.attrGet("href") or ""), path))
            elif inner.type == "image":
                inner.attrSet("src", _lead(str(inner.attrGet("src") or ""), path))
                inner.attrSet("loading", "lazy")


def _lead(target: str, path: str) -> str:
    """Return where a link of a page leads on this node: other hosts and anchors stay, files become pages."""
    if re.match(r"[a-z]+:|#|/", target):
        return target
    file, mark, anchor = target.partition("#")
    whole = normpath(join(dirname(path), file))
    if whole in _ELSEWHERE:
        return _ELSEWHERE[whole]
    return f"/docs/{whole.removesuffix('.md')}{mark}{anchor}"


def _wide_table(*_: Any) -> str:
    return '<div class="scroll" tabindex="0" role="group"><table>'


def _wide_table_end(*_: Any) -> str:
    return "</table></div>"


def _code(_self: Any, tokens: Sequence[Token], at: int, *_: Any) -> str:
    return str(Markup('<pre tabindex="0"><code>{}</code></pre>\n').format(tokens[at].content))


_READER.add_render_rule("table_open", _wide_table)
_READER.add_render_rule("table_close", _wide_table_end)
_READER.add_render_rule("fence", _code)
_READER.add_render_rule("code_block", _code)
