"""Every kind of answer, given as people give it: taps on a phone, mouse and keys at a desk. What was sent is read at the node."""

import io
import json
import math
import struct
import wave
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect
from town import DESK, PHONE, Town, shot, visitor
from visitors import account_of, join, named, words

TEXT = "😀 太郎は東京に住んでいます。"
NAMES = (
    '<View><Text name="t" value="$text"/><Header value="Mark people and places"/>'
    '<Labels name="names" toName="t"><Label value="Person" alias="PER"/><Label value="Place" alias="LOC"/></Labels></View>'
)
PICTURE = (
    '<View><Image name="p" value="$photo"/><RectangleLabels name="boxes" toName="p"><Label value="boat"/>'
    '<Label value="house"/></RectangleLabels></View>'
)
OUTLINE = '<View><Image name="p" value="$photo"/><PolygonLabels name="o" toName="p"><Label value="sky"/></PolygonLabels></View>'
SOUND = (
    '<View><Audio name="a" value="$sound"/><Labels name="parts" toName="a"><Label value="speech"/><Label value="music"/>'
    "</Labels></View>"
)
SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="400" height="300"><rect width="400" height="300" fill="#9cc"/>'
    '<rect x="100" y="60" width="200" height="150" fill="#753"/></svg>'
)


def tone(seconds: float = 4.0) -> bytes:
    """A recording: silence, then a tone."""
    data = io.BytesIO()
    with wave.open(data, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(8000)
        for n in range(int(8000 * seconds)):
            out.writeframesraw(struct.pack("<h", int(9000 * math.sin(n / 4)) if n > 16_000 else 0))
    return data.getvalue()


@contextmanager
def at_work(
    chromium: Browser, market: Town, size: dict[str, int], language: str = "en", *, theme: str = "light"
) -> Iterator[Page]:
    """Somebody with a key, in a browser that can load the buyers' files."""
    with visitor(chromium, market, size=size, language=language, color_scheme=theme) as page:
        # What buyers upload is served from here one day; the page's own code is not touched.
        page.route("**/files/*.svg", lambda route: route.fulfill(body=SVG, content_type="image/svg+xml"))
        page.route("**/files/*.wav", lambda route: route.fulfill(body=tone(), content_type="audio/wav"))
        page.goto("/start")
        join(page, language)
        yield page


@pytest.fixture(scope="module")
def phone(chromium: Browser, market: Town) -> Iterator[Page]:
    with at_work(chromium, market, PHONE, "ja") as page:
        yield page


@pytest.fixture(scope="module")
def desk(chromium: Browser, market: Town) -> Iterator[Page]:
    with at_work(chromium, market, DESK) as page:
        yield page


def sent(page: Page, market: Town, order: str, language: str = "en") -> Any:
    """Send what is on the desk, leave, and return the one answer that the node holds."""
    page.get_by_role("button", name=named(language, "i.work.send")).click()
    page.get_by_role("button", name=named(language, "i.work.stop")).click()
    market.wait("the answer", lambda: market.answers(order))
    [answer] = [each for (who, _), each in market.answers(order).items() if who == account_of(page)]
    return answer


def box_of(page: Page) -> dict[str, float]:
    expect(page.locator(".p-picture img")).to_be_visible()
    expect(page.locator(".p-picture img")).to_have_js_property("naturalWidth", 400)
    found = page.locator(".p-picture svg").bounding_box()
    assert found is not None
    return dict(found)


def place(box: dict[str, float], x: float, y: float) -> tuple[float, float]:
    return box["x"] + box["width"] * x, box["y"] + box["height"] * y


def test_names_in_japanese_are_marked_by_two_taps_and_adjusted_by_a_letter(phone: Page, market: Town) -> None:
    order = market.place(NAMES, [{"text": TEXT}])
    phone.goto(f"/tasks/{order}")
    word = phone.locator(".s-word")
    word.filter(has_text="太郎").tap()
    word.filter(has_text="太郎").tap()
    phone.get_by_role("button", name="Place", exact=True).filter(has_text="Place").tap()
    # The label of the region in hand was changed; back, and the place by its own taps.
    phone.get_by_role("button", name="Person", exact=True).tap()
    phone.locator(".m-list button").first.tap()
    phone.get_by_role("button", name="Place", exact=True).tap()
    word.filter(has_text="東京").tap()
    word.filter(has_text="に").first.tap()
    phone.get_by_role("button", name=words("ja", "i.mark.end_back")).tap()
    shot(phone, "workspace-spans-ja")
    phone.reload()
    expect(phone.locator(".m-list button")).to_have_count(2)
    answer = sent(phone, market, order, "ja")
    cut = [(TEXT[each["start"] : each["end"]], each["label"]) for each in answer["names"]]
    assert cut == [("太郎", "PER"), ("東京", "LOC")]


def test_a_box_is_two_taps_or_one_stroke_of_a_finger(phone: Page, market: Town) -> None:
    order = market.place(PICTURE, [{"photo": "/files/a.svg"}])
    phone.goto(f"/tasks/{order}")
    box = box_of(phone)
    wire = phone.context.new_cdp_session(phone)

    def touch(kind: str, *fingers: tuple[float, float]) -> None:
        points = [{"x": x, "y": y, "id": n} for n, (x, y) in enumerate(fingers)]
        wire.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    def pinch(*apart: float) -> float:
        """Put two fingers on the picture, so far from its middle, and move them; returns how wide it is now."""
        at = [[place(box, 0.5 - each, 0.5), place(box, 0.5 + each, 0.5)] for each in apart]
        touch("touchStart", at[0][0])
        for n, fingers in enumerate(at):
            touch("touchMove" if n else "touchStart", *fingers)
        touch("touchEnd")
        return box_of(phone)["width"]

    # Two fingers make the picture larger about the place that they hold, and draw nothing.
    assert abs(pinch(0.1, 0.15, 0.2) - 2 * box["width"]) < 1
    scrolled = phone.locator(".p-frame").evaluate("each => each.scrollLeft + each.clientWidth / 2")
    assert abs(scrolled - box["width"]) < 5
    shot(phone, "workspace-zoom-phone")
    assert pinch(0.4, 0.2, 0.1) == box["width"]
    expect(phone.locator(".p-corner, .p-shape")).to_have_count(0)
    assert box_of(phone) == box
    for corner in ((0.25, 0.2), (0.75, 0.7)):
        phone.touchscreen.tap(*place(box, *corner))
    phone.get_by_role("button", name=words("ja", "i.mark.new_box")).tap()
    phone.get_by_role("button", name="house", exact=True).tap()
    touch("touchStart", place(box, 0.1, 0.8))
    for step in (0.15, 0.2, 0.3, 0.4):
        touch("touchMove", place(box, step, 0.8 + step / 4))
    touch("touchEnd")
    shot(phone, "workspace-boxes-phone")
    answer = sent(phone, market, order, "ja")
    house, boat = answer["boxes"]
    assert (boat["label"], house["label"]) == ("boat", "house")
    for got, want in zip(
        [boat[name] for name in ("x", "y", "width", "height")], (25_000, 20_000, 50_000, 50_000), strict=True
    ):
        assert abs(got - want) < 1000, boat
    assert abs(house["x"] - 10_000) < 1000
    assert abs(house["width"] - 30_000) < 1000


def test_a_box_is_drawn_with_a_mouse_nudged_by_keys_and_typed_in_numbers(desk: Page, market: Town) -> None:
    order = market.place(PICTURE, [{"photo": "/files/a.svg"}])
    desk.goto(f"/tasks/{order}")
    box = box_of(desk)
    desk.mouse.move(*place(box, 0.5, 0.5))
    # A wheel alone scrolls; with Ctrl it makes the picture larger, as the keys do.
    desk.keyboard.down("Control")
    desk.mouse.wheel(0, -100)
    desk.keyboard.up("Control")
    expect(desk.locator(".p-picture")).not_to_have_attribute("style", "width: 100%;")
    desk.keyboard.press("-")
    expect(desk.locator(".p-picture")).to_have_attribute("style", "width: 100%;")
    assert box_of(desk) == box
    desk.mouse.down()
    desk.mouse.move(*place(box, 0.6, 0.6), steps=3)
    desk.mouse.up()
    before = desk.get_by_label(words("en", "i.mark.x")).input_value()
    desk.keyboard.press("Shift+ArrowLeft")
    after = desk.get_by_label(words("en", "i.mark.x"))
    assert float(after.input_value()) < float(before)
    desk.get_by_label(words("en", "i.mark.width")).fill("12.5")
    desk.get_by_label(words("en", "i.mark.width")).press("Tab")
    shot(desk, "workspace-boxes-desk")
    [made] = sent(desk, market, order)["boxes"]
    assert made["width"] == 12_500
    assert made["x"] < 50_000


def test_an_outline_is_closed_at_its_first_corner(phone: Page, market: Town) -> None:
    order = market.place(OUTLINE, [{"photo": "/files/a.svg"}])
    phone.goto(f"/tasks/{order}")
    box = box_of(phone)
    for corner in ((0.2, 0.2), (0.8, 0.25), (0.5, 0.75), (0.2, 0.2)):
        phone.touchscreen.tap(*place(box, *corner))
    shot(phone, "workspace-outline")
    [made] = sent(phone, market, order, "ja")["o"]
    assert len(made["points"]) == 3
    assert abs(made["points"][0][0] - 20_000) < 1000


def test_a_sound_is_marked_by_buttons_and_by_keys(desk: Page, market: Town) -> None:
    order = market.place(SOUND, [{"sound": "/files/a.wav"}])
    desk.goto(f"/tasks/{order}")
    expect(desk.get_by_text("/ 0:04.0")).to_be_visible()
    desk.get_by_role("button", name="+2 s").click()
    desk.get_by_role("button", name=words("en", "i.mark.in")).click()
    desk.get_by_role("button", name="+2 s").click()
    desk.get_by_role("button", name=words("en", "i.mark.out")).click()
    desk.keyboard.press("2")
    shot(desk, "workspace-sound")
    [made] = sent(desk, market, order)["parts"]
    assert made == {"start": 2000, "end": 4000, "label": "music"}


MIXED = """<View><Chat name="c" value="$talk"/>
<Header value="What is it about?"/><Taxonomy name="kind" toName="c" leafsOnly="true"><Choice value="food"><Choice value="soup"/>
<Choice value="bread"/></Choice><Choice value="other"/></Taxonomy>
<Header value="Best first"/><List name="l" value="$items"/><Ranker name="order" toName="l"/>
<Header value="Why?"/><TextArea name="why" toName="c" placeholder="In a few words"/></View>"""
MIXED_ITEM = {
    "talk": [
        {"role": "user", "content": "How was the soup?"},
        {"role": "assistant", "content": "<img src=x onerror=alert(1)><script>alert(1)</script>"},
    ],
    "items": [{"id": "a", "title": "First"}, {"id": "b", "body": "Second, with words."}, {"id": "c", "title": "Third"}],
}


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_a_tree_an_order_and_words_and_nothing_of_a_task_runs(
    phone: Page, desk: Page, market: Town, size: dict[str, int]
) -> None:
    page, language = (phone, "ja") if size is PHONE else (desk, "en")
    order = market.place(MIXED, [MIXED_ITEM])
    alerts: list[str] = []
    page.on("dialog", lambda dialog: (alerts.append(dialog.message), dialog.dismiss()))
    page.goto(f"/tasks/{order}")
    expect(page.get_by_text("<script>alert(1)</script>")).to_be_visible()
    assert page.locator(".w-shown img, .w-shown script").count() == 0
    page.get_by_text("food", exact=True).click()
    page.get_by_role("checkbox", name="soup").click()
    page.get_by_role("button", name=words(language, "i.order.up", what="Third")).click()
    page.get_by_label(words(language, "i.order.place", what="First")).select_option(index=2)
    field = page.get_by_role("textbox")
    field.fill("  とても熱い。\n")
    shot(page, f"workspace-mixed-{language}")
    page.reload()
    expect(page.get_by_role("textbox")).to_have_value("とても熱い。")
    answer = sent(page, market, order, language)
    assert answer == {"kind": [["food", "soup"]], "order": ["c", "b", "a"], "why": "とても熱い。"}
    assert alerts == []


CHOICE = (
    '<View><Text name="t" value="$text"/><Choices name="mood" toName="t"><Choice value="bad"/><Choice value="good"/>'
    "</Choices></View>"
)


def test_everything_works_by_keys_alone_with_undo_skip_and_cannot_tell(desk: Page, market: Town) -> None:
    order = market.place(CHOICE, [{"text": f"Text number {n}."} for n in range(4)])
    desk.goto(f"/tasks/{order}")
    texts = desk.locator(".w-thing")
    expect(texts).to_be_visible()
    first = texts.inner_text()
    desk.keyboard.press("2")
    desk.keyboard.press("Enter")
    expect(texts).not_to_have_text(first)
    desk.keyboard.press("z")
    expect(texts).to_have_text(first)
    expect(desk.get_by_role("button", name="good", exact=True)).to_have_attribute("aria-pressed", "true")
    desk.keyboard.press("1")
    desk.keyboard.press("Enter")
    expect(texts).not_to_have_text(first)
    second = texts.inner_text()
    desk.keyboard.press("s")
    expect(texts).not_to_have_text(second)
    third = texts.inner_text()
    desk.keyboard.press("0")
    expect(texts).not_to_have_text(third)
    desk.keyboard.press("?")
    expect(desk.get_by_role("dialog")).to_be_visible()
    # Another key for what has one; a key that is taken is refused, and off is off.
    desk.get_by_role("button", name=words("en", "i.key.change", use=words("en", "i.work.wrong"), key="F")).click()
    desk.keyboard.press("z")
    expect(desk.get_by_role("alert")).to_contain_text(words("en", "i.work.undo"))
    desk.keyboard.press("x")
    shot(desk, "workspace-keys")
    letters = desk.get_by_label(words("en", "i.key.on"))
    letters.uncheck()
    desk.keyboard.press("Escape")
    expect(desk.locator("dialog")).to_have_count(0)
    for off in ("x", "?", "1"):
        desk.keyboard.press(off)
    expect(desk.locator("dialog, [aria-pressed=true]")).to_have_count(0)
    desk.get_by_role("button", name=words("en", "i.work.keys"), exact=True).click()
    letters.check()
    desk.keyboard.press("Escape")
    desk.reload()
    expect(texts).not_to_have_text(third)
    desk.keyboard.press("f")
    expect(desk.locator("dialog")).to_have_count(0)
    desk.keyboard.press("x")
    expect(desk.get_by_role("dialog")).to_contain_text(words("en", "i.wrong.harm"))
    desk.keyboard.press("Escape")
    desk.get_by_role("button", name=named("en", "i.work.stop")).click()
    market.wait("the answers", lambda: len(market.answers(order)) == 2)
    assert sorted(json.dumps(each) for each in market.answers(order).values()) == [
        '{"cannot_tell": true}',
        '{"mood": "bad"}',
    ]


def test_a_cut_in_the_net_loses_nothing_even_over_a_reload_of_the_answers(
    chromium: Browser, market: Town, desk: Page
) -> None:
    order = market.place(CHOICE, [{"text": f"Offline number {n}."} for n in range(3)])
    desk.goto(f"/tasks/{order}")
    texts = desk.locator(".w-thing")
    expect(texts).to_be_visible()
    first = texts.inner_text()
    desk.keyboard.press("2")
    desk.keyboard.press("Enter")
    expect(texts).not_to_have_text(first)
    desk.context.set_offline(True)
    second = texts.inner_text()
    desk.keyboard.press("2")
    desk.keyboard.press("Enter")
    expect(texts).not_to_have_text(second)
    expect(desk.get_by_text(words("en", "i.work.offline", count=2))).to_be_visible(timeout=15_000)
    shot(desk, "workspace-offline")
    assert market.answers(order) == {}
    desk.keyboard.press("2")
    desk.context.set_offline(False)
    market.wait("the answers that were kept", lambda: len(market.answers(order)) == 2)
    # What was chosen and not yet sent is a draft, and stays one over a reload.
    desk.reload()
    expect(desk.get_by_role("button", name="good", exact=True)).to_have_attribute("aria-pressed", "true")
