"""Common questions as labelling configurations: for who has a question and no configuration."""

import re
from collections.abc import Mapping, Sequence
from xml.sax.saxutils import quoteattr

from hakari.core.canonical import Json
from hakari.core.errors import Malformed
from hakari.sources.label.controls import Choices, LabelConfig, Pairwise, Rating, TextArea

QUESTIONS = ("choose", "several", "rate", "compare")
ANSWER = "answer"
MOST_OPTIONS = 50


def variable(column: str, taken: Sequence[str] = ()) -> str:
    """Return a column's name as a configuration may write it: letters, digits and _, beginning with none that is `taken`."""
    name = re.sub(r"\W+", "_", column, flags=re.ASCII).strip("_").lower() or "field"
    if name == ANSWER or name in taken:
        name = next(f"{name}_{n}" for n in range(2, 10_000) if f"{name}_{n}" not in taken)
    return name


def config(question: str, *, asked: str, shown: Mapping[str, str], options: Sequence[str] = (), most: int = 5) -> str:
    """Return a configuration that asks `asked` about what is shown.

    question: one of QUESTIONS; compare needs exactly two shown. shown: variable → Text, Image or Audio, in order. options: what can be
    chosen, two at least. most: stars of a rating. Raises Malformed.
    """
    if question not in QUESTIONS:
        raise Malformed(f"question must be one of {list(QUESTIONS)}, got {question[:40]!r}", pointer="/question")
    if not shown:
        raise Malformed("at least one column must be shown to workers, got none", pointer="/shown")
    names = list(shown)
    objects = [f"<{kind} name={quoteattr(name)} value={quoteattr(f'${name}')}/>" for name, kind in shown.items()]
    return (
        "<View>"
        + f"<Header value={quoteattr(asked)}/>"
        + "".join(objects)
        + _control(question, names, options, most)
        + "</View>"
    )


def _control(question: str, names: Sequence[str], options: Sequence[str], most: int) -> str:
    if question == "compare":
        if len(names) != 2:
            raise Malformed(f"a comparison needs exactly two columns to be shown, got {len(names)}", pointer="/shown")
        return f'<Pairwise name="{ANSWER}" toName="{names[0]},{names[1]}"/>'
    if question == "rate":
        if not 2 <= most <= 10:
            raise Malformed(f"stars must be 2 to 10, got {most}", pointer="/most")
        return f'<Rating name="{ANSWER}" toName="{names[0]}" maxRating="{most}" required="true"/>'
    given = list(dict.fromkeys(each.strip() for each in options if each.strip()))
    if not 2 <= len(given) <= MOST_OPTIONS:
        raise Malformed(f"options must be 2 to {MOST_OPTIONS} different ones, got {len(given)}", pointer="/options")
    choice = "single" if question == "choose" else "multiple"
    body = "".join(f"<Choice value={quoteattr(each)}/>" for each in given)
    return f'<Choices name="{ANSWER}" toName="{names[0]}" choice="{choice}" required="true">{body}</Choices>'


def answer(config: LabelConfig, text: str, *, row: int) -> dict[str, Json]:
    """Return the answer that a table's text means under a configuration of one question. Raises Malformed naming the row.

    A choice is its word, several are parted by «|», stars are a number, a pair's side is left or right.
    """
    if len(config.controls) != 1:
        raise Malformed(f"right answers in a column are for one question, got {len(config.controls)}", pointer="/exam")
    control, said = config.controls[0], text.strip()
    value: Json = said
    if isinstance(control, Choices):
        words = {each.value: each.label for each in control.choices} | {each: each for each in control.labels}
        given = [part.strip() for part in said.split("|")] if control.multiple else [said]
        if any(each not in words for each in given):
            raise Malformed(
                f"row {row}: right answer must be of {sorted(words)[:20]}, got {said[:80]!r}", pointer="/exam"
            )
        labels = {words[each] for each in given}
        value = [each for each in control.labels if each in labels] if control.multiple else words[said]
    elif isinstance(control, Rating):
        value = int(said) if said.isascii() and said.isdigit() and len(said) < 4 else said
    elif not isinstance(control, Pairwise | TextArea):
        raise Malformed(
            "right answers in a column are for choices, stars, pairs and texts; others are placed by a program",
            pointer="/exam",
        )
    return {control.name: value}
