"""One configuration with every control that is no choice among classes, data for it, and answers in and out of canonical form."""

from typing import Any

CONFIG = """<View>
  <Text name="t" value="$text"/><Image name="p" value="$photo"/><Audio name="s" value="$sound"/>
  <List name="l" value="$items" title="Results"/><Chat name="c" value="$talk"/>
  <Paragraphs name="d" value="$lines" layout="dialogue" nameKey="who" textKey="said"/>
  <Labels name="names" toName="t"><Label value="Person" alias="PER" hotkey="1"/><Label value="Place" background="red"/></Labels>
  <RectangleLabels name="boxes" toName="p" canRotate="false"><Label value="car"/><Label value="cat"/></RectangleLabels>
  <PolygonLabels name="outlines" toName="p" pointSize="small"><Label value="sky"/></PolygonLabels>
  <Labels name="parts" toName="s"><Label value="speech"/><Label value="music"/></Labels>
  <Taxonomy name="kind" toName="t" leafsOnly="true" maxUsages="2">
    <Choice value="animal"><Choice value="cat"/><Choice value="dog"/></Choice><Choice value="plant" alias="flora"/>
  </Taxonomy>
  <TextArea name="said" toName="s" transcription="true" rows="2"/><TextArea name="why" toName="t" placeholder="Why?"/>
  <Ranker name="order" toName="l"/>
</View>"""
DATA: dict[str, Any] = {
    "text": "😀東京の田中さん、Ada 👩‍👩‍👧 went.",
    "photo": "https://example.org/a.jpg",
    "sound": "/files/a.ogg",
    "items": [{"id": "a", "title": "A", "body": "First."}, {"id": "b"}, {"id": "c"}],
    "talk": [{"role": "user", "content": "こんにちは"}, {"role": "assistant", "content": "はい。"}],
    "lines": [{"who": "Ada", "said": "Hello."}],
}
# Code points: the emoji is one, the family five.
TANAKA = {"start": 4, "end": 6, "label": "PER"}
TOKYO = {"start": 1, "end": 3, "label": "Place"}
FAMILY = {"start": 13, "end": 18, "label": "Place"}

CANONICAL: dict[str, tuple[Any, Any]] = {
    "names": ([FAMILY, TANAKA, TOKYO], [TOKYO, TANAKA, FAMILY]),
    "boxes": (
        [
            {"x": 5, "y": 1, "width": 9, "height": 9, "label": "car"},
            {"x": 0, "y": 99_999, "width": 100_000, "height": 1, "label": "cat"},
        ],
        [
            {"x": 0, "y": 99_999, "width": 100_000, "height": 1, "label": "cat"},
            {"x": 5, "y": 1, "width": 9, "height": 9, "label": "car"},
        ],
    ),
    "outlines": (
        [{"points": [[50, 50], [90, 10], [10, 10]], "label": "sky"}],
        [{"points": [[10, 10], [50, 50], [90, 10]], "label": "sky"}],
    ),
    "parts": ([{"start": 400, "end": 1275, "label": "music"}], [{"start": 400, "end": 1275, "label": "music"}]),
    "kind": ([["flora"], ["animal", "dog"]], [["animal", "dog"], ["flora"]]),
    "said": (" \u3000はい。\r\nどうも \n", "はい。\nどうも"),
    "why": ("\u00a0because\t", "because"),
    "order": (["c", "a", "b"], ["c", "a", "b"]),
}
"""Control → what somebody says, and its one form."""

REFUSED: dict[str, list[tuple[Any, str]]] = {
    "names": [
        ("x", "/names"),
        ([{**TOKYO, "end": 1}], "/names/0/end"),
        ([{**TOKYO, "end": 26}], "/names/0/end"),
        ([{**TOKYO, "start": -1}], "/names/0/start"),
        ([{**TOKYO, "start": True}], "/names/0/start"),
        ([{**TOKYO, "end": 3.0}], "/names/0/end"),
        ([{**TOKYO, "label": "Person"}], "/names/0/label"),
        ([{**TOKYO, "text": "東京"}], "/names/0"),
        ([TOKYO, TANAKA, TOKYO], "/names"),
        ([TOKYO] * 201, "/names"),
    ],
    "boxes": [
        ([{"x": 1, "y": 1, "width": 0, "height": 1, "label": "car"}], "/boxes/0/width"),
        ([{"x": 99_999, "y": 1, "width": 2, "height": 1, "label": "car"}], "/boxes/0/width"),
        ([{"x": 1, "y": 1, "width": 1, "height": 1}], "/boxes/0"),
        ([None], "/boxes/0"),
    ],
    "outlines": [
        ([{"points": [[1, 1], [2, 2]], "label": "sky"}], "/outlines/0/points"),
        ([{"points": [[1, 1], [2, 2], [1, 1]], "label": "sky"}], "/outlines/0/points"),
        ([{"points": [[1, 1], [2, 2], [1, 100_001]], "label": "sky"}], "/outlines/0/points/2/1"),
        ([{"points": [[1, 1], [2, 2], [1]], "label": "sky"}], "/outlines/0/points/2"),
    ],
    "parts": [([{"start": 0, "end": 86_400_001, "label": "music"}], "/parts/0/end")],
    "kind": [
        ([], "/kind"),
        ([["animal"]], "/kind/0"),
        ([["animal", "cow"]], "/kind/0"),
        (["flora"], "/kind/0"),
        ([["plant"]], "/kind/0"),
        ([["flora"], ["flora"]], "/kind/1"),
        ([["flora"], ["animal", "cat"], ["animal", "dog"]], "/kind"),
    ],
    "said": [("", "/said"), (" \u3000", "/said"), ("a\x00", "/said"), ("a" * 4001, "/said"), (["a"], "/said")],
    "order": [
        (["a", "b"], "/order"),
        (["a", "b", "d"], "/order/2"),
        (["a", "b", "b"], "/order/2"),
        ("abc", "/order"),
        ([1, 2, 3], "/order/0"),
    ],
}
