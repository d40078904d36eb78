"""What a page may cost whoever opens it: bytes, movement, room, other hosts; measured in the browser that shows it."""

from playwright.sync_api import Page, Response, expect

SCRIPT_BYTES = {False: 100_000, True: 225_000}
"""Script of a page as sent (nothing is packed): where no island is needed, and where somebody works, signs or pays."""
PAGE_BYTES = {False: 150_000, True: 320_000}
"""The same for all that a page needs, on a first visit."""
SHIFT = 0.1
"""Layout shift of the whole page until its islands stand: the «good» of Web Vitals."""
NARROW = {"width": 320, "height": 640}
"""The screen on which nothing may run off the side (WCAG 1.4.10)."""
TARGET_PX = 24
"""The least width and height of what is pressed (WCAG 2.5.8); words within a sentence are left out, as there."""

_SEEN = """async html => {
    const heard = (type) => new Promise((resolve) => new PerformanceObserver((list) => resolve(list.getEntries())).observe({ type, buffered: true }))
    const kept = (type) => {
        const watch = new PerformanceObserver(() => {})
        watch.observe({ type, buffered: true })
        return watch.takeRecords()
    }
    const largest = (await heard('largest-contentful-paint')).at(-1).element
    const files = performance.getEntriesByType('resource')
    const bytes = (some) => some.reduce((sum, each) => sum + each.encodedBodySize, 0)
    const scripts = files.filter((each) => new URL(each.name).pathname.endsWith('.js'))
    const said = (element) => `${element.localName} ${element.textContent.trim()}`
    const sent = new DOMParser().parseFromString(html, 'text/html')
    return {
        island: document.querySelector('[data-island]') !== null,
        script: bytes(scripts),
        page: bytes([...files, performance.getEntriesByType('navigation')[0]]),
        held: scripts.filter((each) => each.renderBlockingStatus === 'blocking').map((each) => each.name),
        shift: kept('layout-shift').reduce((sum, each) => sum + each.value, 0),
        largest: largest && said(largest).slice(0, 60),
        sent: largest !== null && [...sent.querySelectorAll(largest.localName)].some((each) => said(each) === said(largest)),
    }
}"""  # noqa: E501

_ROOM = """least => {
    const pressed = [...document.querySelectorAll('a[href], button, input, select, textarea, summary')]
    const small = pressed.filter((each) => each.checkVisibility({ visibilityProperty: true }) && getComputedStyle(each).display !== 'inline').filter((each) => {
        const { width, height } = (each.closest('label') ?? each).getBoundingClientRect()
        return width > 1 && (width < least || height < least)
    })
    const wide = document.documentElement.scrollWidth - innerWidth
    return [...small.map((each) => `too small to press: ${each.outerHTML.slice(0, 120)}`), ...(wide > 0 ? [`${wide} px too wide`] : [])]
}"""  # noqa: E501


def first_visits(page: Page, home: str) -> list[str]:
    """Keep no file from page to page, as if each were the first visit; returns the list in which requests beyond `home` gather."""
    wire = page.context.new_cdp_session(page)
    wire.send("Network.enable")
    wire.send("Network.setCacheDisabled", {"cacheDisabled": True})
    elsewhere: list[str] = []
    here = (home, "data:", "blob:")
    page.on("request", lambda asked: elsewhere.append(asked.url) if not asked.url.startswith(here) else None)
    return elsewhere


def cost(page: Page, answer: Response) -> list[str]:
    """Return what of the page that is open goes beyond its budget; its islands stand afterwards."""
    expect(page.locator("[data-island]:not([data-ready])")).to_have_count(0)
    seen = page.evaluate(_SEEN, answer.text())
    over = [f"script: {seen['script']} bytes"] if seen["script"] > SCRIPT_BYTES[seen["island"]] else []
    over += [f"page: {seen['page']} bytes"] if seen["page"] > PAGE_BYTES[seen["island"]] else []
    over += [f"moved by {seen['shift']:.3f}"] if seen["shift"] >= SHIFT else []
    over += [f"waits for {script}" for script in seen["held"]]
    if not seen["island"] and not seen["sent"]:
        over.append(f"what is seen first came by script: {seen['largest']}")
    return over


def room(page: Page) -> list[str]:
    """Return what runs off the side of the page that is open, and what is too small to press."""
    return list(page.evaluate(_ROOM, TARGET_PX))
