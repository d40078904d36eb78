"""The languages of the pages: which one a request wants, and what a sentence says in it.

One catalogue: locales/<language>/*.json, flat ids, sentences with {placeholders}. `id.one` is the English singular of `id`, taken where
`count` is 1; between backticks stands code. Everything else in a sentence is text and is escaped.
"""

import json
import re
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from string import Formatter

from markupsafe import Markup, escape

LANGUAGES: Mapping[str, str] = {"en": "English", "ja": "日本語", "zh": "中文"}
"""Every language by its tag, and what it calls itself."""

PLACE = Path(__file__).with_name("locales")
_CODE = re.compile(r"`([^`]+)`")
_RANGE = re.compile(r"([a-z]{2,3})(?:-[a-z0-9]{1,8})*(?:\s*;\s*q=([01](?:\.[0-9]{0,3})?))?", re.IGNORECASE)


def wanted(*, cookie: str | None, header: str | None) -> str:
    """Return the language of a request: the chosen one, else the best that Accept-Language names, else English."""
    if cookie in LANGUAGES:
        return str(cookie)
    best, quality = "en", 0.0
    for part in (header or "")[:1000].split(","):
        found = _RANGE.fullmatch(part.strip())
        if found is None:
            continue
        tag, asked = found[1].lower(), float(found[2] or 1)
        if tag in LANGUAGES and asked > quality:
            best, quality = tag, asked
    return best


def catalogue(language: str) -> Mapping[str, str]:
    """Return every sentence of a language by its id. Raises ValueError where two files hold the same id."""
    return _catalogue(language)


@lru_cache(maxsize=len(LANGUAGES))
def _catalogue(language: str) -> dict[str, str]:
    merged: dict[str, str] = {}
    for file in sorted((PLACE / language).glob("*.json")):
        part: dict[str, str] = json.loads(file.read_text(encoding="utf-8"))
        twice = sorted(set(part) & set(merged))
        if twice:
            raise ValueError(f"an id stands in one file, got {twice} also in {file.name}")
        merged |= part
    return merged


def placeholders(sentence: str) -> set[str]:
    """Return the names in a sentence's braces."""
    return {name for _, name, _, _ in Formatter().parse(sentence) if name}


class Speaker:
    """Says sentences in one language: speaker("market.rows", count=3)."""

    def __init__(self, language: str) -> None:
        self.language = language
        self._sentences = catalogue(language)

    def __call__(self, id_: str, **values: object) -> Markup:
        """Return a sentence with its values escaped. Raises KeyError for an id or a placeholder that is not there."""
        sentence = self._sentences[id_]
        if values.get("count") in (1, "1") and f"{id_}.one" in self._sentences:
            sentence = self._sentences[f"{id_}.one"]
        text = _CODE.sub(r"<code>\1</code>", str(escape(sentence)))
        return Markup(text).format(**values)

    def has(self, id_: str) -> bool:
        """Tell whether there is such a sentence."""
        return id_ in self._sentences
