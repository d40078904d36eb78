"""The front page, readable without JavaScript. The web app proper is built on these views."""

from html import escape

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from hakari.app import views
from hakari.core import money
from hakari.doors.api.door import AtNode

router = APIRouter(include_in_schema=False)

_STYLE = (
    "body{font:16px/1.55 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#172023;"
    "background:#F4F6F3}table{border-collapse:collapse;width:100%}td,th{text-align:left;padding:.4rem .6rem;"
    "border-bottom:1px solid #D6DCD7}code{background:#EAEEEA;padding:.1rem .3rem;border-radius:3px;"
    "overflow-wrap:anywhere}a{color:#1B4B7E}"
)
_POLICY = {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'"}


@router.get("/", response_class=HTMLResponse)
def front(node: AtNode) -> HTMLResponse:
    """What this node does now, and how to check it."""
    state = views.node(node)
    orders = views.orders(node, after=0, limit=20)["items"]
    releases = views.releases(node, after=0, limit=20)["items"]
    rows = "".join(
        f"<tr><td>{escape(order['body']['title'])}</td><td>{order['answered']:,} of {order['wanted']:,}</td>"
        f"<td>{money.show(int(order['body']['reward']))}</td><td>{escape(order['status'])}</td>"
        f"<td><a href='/v1/orders/{order['id']}'>{order['id'][:8]}…</a></td></tr>"
        for order in orders
    )
    shelf = "".join(
        f"<tr><td>{escape(release['body']['name'])}</td><td>{release['body']['items']:,}</td>"
        f"<td>{', '.join(money.show(int(offer['price'])) for offer in release['offers']) or '–'}</td>"
        f"<td><a href='/v1/releases/{release['id']}'>{release['id'][:8]}…</a></td></tr>"
        for release in releases
    )
    url = escape(node.settings.url)
    test = "<p>Test money on a local chain.</p>" if node.settings.profile == "local" else ""
    return HTMLResponse(
        "<!doctype html><html lang='en'><meta charset='utf-8'><title>Hakari 秤</title>"
        "<meta name='viewport' content='width=device-width,initial-scale=1'>"
        f"<style>{_STYLE}</style><h1>Hakari 秤</h1>"
        "<p>An open market for AI training data. Every judgement and every payout here can be recomputed by you.</p>"
        f"{test}<h2>Orders</h2><table><tr><th>Order<th>Answers<th>Pay each<th>Status<th>Record</tr>{rows}</table>"
        f"<h2>Data</h2><table><tr><th>Release<th>Rows<th>Price<th>Record</tr>{shelf}</table>"
        f"<h2>Check it</h2><p>The log holds {state['log_size']:,} statements. On your own computer:</p>"
        f"<p><code>hakari verify {url}/public</code></p>"
        "<p><a href='/v1/docs'>API</a> · <a href='/v1/node'>this node</a> · <a href='/log/checkpoint'>checkpoint</a></p>"
        "</html>",
        headers=_POLICY,
    )


@router.get("/v1/docs", response_class=HTMLResponse)
def api(request: Request) -> HTMLResponse:
    """The API as a list, made from its OpenAPI description; no script, nothing from another host."""
    paths = request.app.openapi()["paths"]
    rows = "".join(
        f"<tr><td><code>{method.upper()}</code></td><td><code>{escape(path)}</code></td>"
        f"<td>{escape(str(one.get('description') or one.get('summary', '')))}</td></tr>"
        for path, methods in paths.items()
        for method, one in methods.items()
    )
    return HTMLResponse(
        "<!doctype html><html lang='en'><meta charset='utf-8'><title>Hakari API</title>"
        "<meta name='viewport' content='width=device-width,initial-scale=1'>"
        f"<style>{_STYLE}</style><h1>API v1</h1><p>The full description: <a href='/v1/openapi.json'>OpenAPI</a>.</p>"
        f"<table><tr><th>Method<th>Path<th>What it does</tr>{rows}</table></html>",
        headers=_POLICY,
    )
