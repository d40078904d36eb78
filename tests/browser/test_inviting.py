"""An invitation followed on a phone: what it gives to whom is said before joining, and said once."""

from pathlib import Path

from playwright.sync_api import Browser, expect
from town import shot, town, visitor
from visitors import account_of, join, to_the_key, words
from world import secret, terms

from hakari.app import pools
from hakari.people.wallets import address_of


def test_an_invitation_is_followed_by_who_has_not_joined_yet(chromium: Browser, tmp_path: Path) -> None:
    with town(tmp_path) as market:
        asked = {**terms(market.node), "invites": {"bps": 500, "seconds": 90 * 86_400}}
        roles = {"arbiter": address_of(secret("arbiter")), "court": address_of(secret("court"))}
        pools.open_pool(market.node, name="Friends", terms=asked, **roles)

        def friends() -> list[int]:
            found = market.person("reader").get("/v1/pools")["items"]
            return [each["pool"] for each in found if each["name"] == "Friends"]

        market.wait("the pool", friends)
        [number] = friends()
        with visitor(chromium, market) as host, visitor(chromium, market, language="ja") as guest:
            host.goto("/start")
            join(host)
            by = account_of(host)
            host.goto(f"/p/{number}")
            link = host.get_by_label(words("en", "i.invite.link"))
            expect(link).to_have_value(f"{market.url}/p/{number}?by={by}#invite")

            guest.goto(link.input_value())
            expect(guest.locator("#invite")).to_contain_text("5%")
            guest.get_by_role("button", name=words("ja", "i.invite.accept"), exact=True).click()
            guest.get_by_role("link", name=words("ja", "i.work.join"), exact=True).click()
            to_the_key(guest, "ja")
            guest.get_by_role("button", name=words("ja", "i.start.make_here"), exact=True).click()
            guest.get_by_role("button", name=words("ja", "i.recovery.later"), exact=True).click()
            guest.get_by_role("link", name=words("ja", "i.start.go_on"), exact=True).click()
            guest.get_by_role("button", name=words("ja", "i.invite.accept"), exact=True).click()
            expect(guest.get_by_text(words("ja", "i.invite.done"))).to_be_visible()
            shot(guest, "invitation")
            [said] = market.person("reader").get("/v1/statements", kind="invitation")["items"]
            assert said["statement"]["body"] == {"by": by, "pool": number}
            assert said["statement"]["author"] == account_of(guest)
            guest.goto("/earnings")
            expect(guest.get_by_text("招待した人に渡ります")).to_be_visible()
