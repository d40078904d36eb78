"""What visitors do on many pages, found by the words that the pages say."""

import json
import re
from collections.abc import Callable
from typing import Any

from eth_account import Account as Wallet
from eth_account.messages import encode_defunct, encode_typed_data
from playwright.sync_api import Locator, Page, expect

from hakari.doors.web.languages import catalogue

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def violations(page: Page, axe: str) -> list[str]:
    """Return what the rules find wrong on the page that is open; axe: their script."""
    page.evaluate(axe)
    found = page.evaluate("rules => axe.run(document, {runOnly: rules, resultTypes: ['violations']})", RULES)
    return [f"{each['id']}: {each['nodes'][0]['html'][:200]}" for each in found["violations"]]


def words(language: str, id_: str, **values: object) -> str:
    """Return a sentence of the pages."""
    return catalogue(language)[id_].format(**values)


def named(language: str, id_: str) -> re.Pattern[str]:
    """Return what a button's name begins with; its key may stand behind."""
    return re.compile("^" + re.escape(words(language, id_)))


MOST_TABS = 120
_FOCUS = """each => {
    const at = document.activeElement
    if (at === each) {
        const drawn = [each, each.closest('label, .box'), each.parentElement].some((one) => one && getComputedStyle(one).outlineStyle !== 'none')
        if (!drawn) throw new Error(`nothing shows that ${each.outerHTML.slice(0, 120)} has the focus`)
        return 'here'
    }
    return each.type === 'radio' && at?.type === 'radio' && at.name === each.name ? 'beside' : 'elsewhere'
}"""  # noqa: E501


def by_keys(target: Locator, key: str = "Enter") -> None:
    """Go to something with the Tab key alone and press a key there, as somebody does who uses no mouse; "" presses none.

    The focus must be seen where it arrives.
    """
    expect(target).to_be_visible()
    expect(target).to_be_enabled()
    for _ in range(MOST_TABS):
        at = target.evaluate(_FOCUS)
        if at == "here":
            if key:
                target.press(key)
            return
        # Among choices of which one is taken the arrows lead on, not Tab.
        target.page.keyboard.press("ArrowDown" if at == "beside" else "Tab")
    raise AssertionError(f"{MOST_TABS} presses of Tab do not lead to {target}")


def type_by_keys(target: Locator, text: str) -> None:
    """Go to a field with the Tab key alone and write over what stands there."""
    by_keys(target, "")
    target.press("Control+a")
    target.page.keyboard.type(text)


def by_hand(target: Locator) -> None:
    """Press something with a finger or mouse."""
    target.click()


def to_the_key(page: Page, language: str = "en", *, press: Callable[[Locator], None] = by_hand) -> None:
    """Answer the first two questions of /start."""
    for _ in range(2):
        press(page.get_by_role("button", name=words(language, "i.next"), exact=True))


def join(page: Page, language: str = "en", *, by: str = "i.start.make_here") -> None:
    """Join at /start with the key that the button `by` makes, without a recovery file."""
    to_the_key(page, language)
    page.get_by_role("button", name=words(language, by), exact=True).click()
    expect(page.get_by_role("heading", name=words(language, "i.recovery.title"))).to_be_visible()
    page.get_by_role("button", name=words(language, "i.recovery.later"), exact=True).click()
    expect(page.get_by_role("heading", name=words(language, "i.start.practice"))).to_be_visible()


def account_of(page: Page) -> str:
    """Return the account that this browser keeps."""
    return str(
        page.evaluate(
            """() => new Promise((resolve, reject) => {
                const asked = indexedDB.open('hakari', 1)
                asked.onerror = () => reject(asked.error)
                asked.onsuccess = () => {
                    const got = asked.result.transaction('keys').objectStore('keys').get('account')
                    got.onsuccess = () => resolve(got.result.address)
                }
            })"""
        )
    )


def passkey(page: Page, *, prf: bool) -> None:
    """Put an authenticator into the browser, as a phone or laptop has one."""
    wire = page.context.new_cdp_session(page)
    wire.send("WebAuthn.enable", {"enableUI": False})
    options = {
        "protocol": "ctap2",
        "ctap2Version": "ctap2_1",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
        "hasPrf": prf,
    }
    wire.send("WebAuthn.addVirtualAuthenticator", {"options": options})


_ANNOUNCED = """
    const provider = { request: ({ method, params }) => window.walletAsked(method, params ?? []).then(({ error, result }) => {
        if (error) throw Object.assign(new Error(error.message), error)
        return result
    }) }
    const detail = Object.freeze({ info: { uuid: crypto.randomUUID?.() ?? '1', name: 'Test Wallet', icon: '', rdns: 'example.wallet' }, provider })
    window.addEventListener('eip6963:requestProvider', () => window.dispatchEvent(new CustomEvent('eip6963:announceProvider', { detail })))
"""  # noqa: E501


class WalletInBrowser:
    """Somebody's wallet beside the page (EIP-1193, EIP-6963): it keeps the key and notes what it was asked."""

    def __init__(self, page: Page, secret: bytes, chain_id: int, *, refuses: tuple[str, ...] = ()) -> None:
        self.asked: list[str] = []
        self.refuses = refuses
        self._wallet = Wallet.from_key(secret)
        self._chain = chain_id
        self.account = self._wallet.address.lower()
        page.expose_function("walletAsked", self._answer)
        page.add_init_script(_ANNOUNCED)

    def _answer(self, method: str, params: list[Any]) -> dict[str, Any]:
        self.asked.append(method)
        if method in self.refuses:
            return {"error": {"code": 4001, "message": "User rejected the request."}}
        return {"result": self._do(method, params)}

    def _do(self, method: str, params: list[Any]) -> Any:
        match method:
            case "eth_requestAccounts" | "eth_accounts":
                return [self._wallet.address]
            case "wallet_switchEthereumChain":
                assert int(params[0]["chainId"], 16) == self._chain
                return None
            case "personal_sign":
                return _hex(self._wallet.sign_message(encode_defunct(hexstr=params[0])).signature)
            case "eth_signTypedData_v4":
                return _hex(self._wallet.sign_message(encode_typed_data(full_message=json.loads(params[1]))).signature)
        raise AssertionError(f"the wallet was asked for {method}")


def _hex(signature: bytes) -> str:
    return "0x" + bytes(signature).hex()
