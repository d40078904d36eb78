"""Which language a text is in, by its script and its commonest words: a test of a declaration, not a way to find rare languages.

It says one of LANGUAGES, or «und» where it can't tell: fewer than 20 letters, a script or a language that is not on the list, or two
languages close to each other. Mixed texts are the language of most of their words. Limits: related languages that share their
commonest words (Norwegian, Danish; Portuguese, Galician) are told apart badly and come out as «und» or as the listed neighbour; code,
names and numbers count as no language. Integers only; nothing is learned, so the same text is the same language for ever.
"""

import re
from collections.abc import Mapping
from typing import Final

LEAST_LETTERS: Final = 20
UNKNOWN: Final = "und"

_SCRIPTS: Final[Mapping[str, tuple[tuple[int, int], ...]]] = {
    "latin": ((0x41, 0x5A), (0x61, 0x7A), (0xC0, 0x24F), (0x1E00, 0x1EFF)),
    "cyrillic": ((0x400, 0x52F),),
    "greek": ((0x370, 0x3FF), (0x1F00, 0x1FFF)),
    "arabic": ((0x600, 0x6FF), (0x750, 0x77F)),
    "hebrew": ((0x590, 0x5FF),),
    "devanagari": ((0x900, 0x97F),),
    "thai": ((0xE00, 0xE7F),),
    "hangul": ((0x1100, 0x11FF), (0xAC00, 0xD7AF)),
    "kana": ((0x3041, 0x30FF), (0x31F0, 0x31FF)),
    "han": ((0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xF900, 0xFAFF)),
}

# The commonest short words, as any grammar lists them.
_LATIN: Final = """
de der die das und nicht ist ich mit sich auf ein eine dem den von zu im für auch wird sind
en the and of to is that it was for with as his they this have from are not be at which you were
es el los las del que y en una por con para se su al lo como más pero sus este es está muy
fr le les des et est que dans pour qui une pas sur au avec ce il sont du nous vous mais ou cette
id yang dan di itu dengan untuk tidak ini dari dalam akan pada juga saya ke karena ada mereka
it il che di è per non una sono con del della gli si ho ma come anche più nel alla dei questo
nl de het een en van ik te dat die niet zijn op aan met voor er maar om hem dan ook wordt
pl nie się na to jest że do jak co ale po tak za od ich przez tym jego czy był są dla
pt o os as do da em um uma que não para com mais por dos foi ao ele das sua seu ou são você
sv och att det som är jag på av för med den inte ett han har till hon var men om så dig
tr bir ve bu için çok ne ama da daha gibi ile var kadar değil olarak sonra mi her olan o
vi và của là không có người cho một trong được với này những các đã để cũng khi đó tôi
"""
_CYRILLIC: Final = """
bg на да се не от за са по това като със ще съм беше той си му един при ли но или
ru и в не на что он с это как по но его из у я же за она так мы был бы они от или
uk і в не на що він з це як та але його із у я ж за вона так ми був би вони від або є
"""


def _common(listed: str) -> dict[str, frozenset[str]]:
    lines = [line.split() for line in listed.strip().split("\n")]
    return {name: frozenset(words) for name, *words in lines}


_WORDS: Final[Mapping[str, Mapping[str, frozenset[str]]]] = {"cyrillic": _common(_CYRILLIC), "latin": _common(_LATIN)}

_BY_SCRIPT: Final = {
    "arabic": "ar",
    "devanagari": "hi",
    "greek": "el",
    "hangul": "ko",
    "hebrew": "he",
    "thai": "th",
}

LANGUAGES: Final = tuple(
    sorted({*_BY_SCRIPT.values(), "ja", "zh", *(name for words in _WORDS.values() for name in words)})
)
"""Codes that a unit can declare (ISO 639-1)."""

_WORD: Final = re.compile(r"[^\W\d_]+")


def language(text: str) -> str:
    """Return the language of a text, or «und»."""
    letters = _letters(text[: 2**20])
    total = sum(letters.values())
    if total < LEAST_LETTERS:
        return UNKNOWN
    eastern = letters["han"] + letters["kana"]
    if 2 * eastern > total:
        # Japanese can't be written without kana for long; Chinese has none but in names.
        return "ja" if 20 * letters["kana"] > eastern else "zh"
    script = max(letters, key=lambda name: letters[name])
    if 2 * letters[script] <= total:
        return UNKNOWN
    known = _WORDS.get(script)
    return _BY_SCRIPT.get(script, UNKNOWN) if known is None else _by_words(text, known)


def _letters(text: str) -> dict[str, int]:
    counts = dict.fromkeys(_SCRIPTS, 0)
    seen: dict[str, int] = {}
    for letter in text:
        seen[letter] = seen.get(letter, 0) + 1
    for letter, count in seen.items():
        if not letter.isalpha():
            continue
        for script, spans in _SCRIPTS.items():
            if any(low <= ord(letter) <= high for low, high in spans):
                counts[script] += count
                break
    return counts


def _by_words(text: str, known: Mapping[str, frozenset[str]]) -> str:
    words = [word.casefold() for word in _WORD.findall(text[: 2**18])]
    hits = {name: sum(word in common for word in words) for name, common in known.items()}
    first, second = sorted(hits.values(), reverse=True)[:2]
    # At least one word in twelve must be common, and a fifth more of them than the next language has.
    if 12 * first < len(words) or first < 2 or 5 * first < 6 * second:
        return UNKNOWN
    return max(sorted(hits), key=lambda name: hits[name])
