"""What a draw of audits by weight looks at beside an order's work: what its pool's settlements and verdicts say of the accounts."""

from collections.abc import Collection, Mapping

from hakari.core.ids import Account
from hakari.pay.settlements import Standing
from hakari.work.aim import Given, Parts, Past
from hakari.work.panels import Kin
from hakari.work.quality import Quality


def parts(
    given: Mapping[Account, Given],
    *,
    declared: Quality,
    standing: Standing,
    kin: Kin,
    linked: Collection[Account] = frozenset(),
) -> Parts:
    """Return a draw's inputs. standing, kin: of the order's pool, both as leaves below the draw's size left them. linked: accounts that
    money ties to another one with answers in the order (work/funding.py)."""
    skill = declared.min_skill_bps, declared.alpha_bps
    return Parts(
        given=given,
        past={account: _past(account, skill, standing, kin, account in linked) for account in given},
        min_skill_bps=declared.min_skill_bps,
    )


def _past(account: Account, skill: tuple[int, int], standing: Standing, kin: Kin, linked: bool) -> Past:
    right, wrong = standing.audited(account, skill)
    return Past(
        judged=standing.career(account).judged, right=right, wrong=wrong, kin=bool(kin.get(account)), linked=linked
    )
