"""A licence's terms in ODRL 2.2, the W3C's language for rights, so that programs can read what a card says in words.

Source: W3C Recommendations «ODRL Information Model 2.2» and «ODRL Vocabulary & Expression 2.2» (2018).
"""

from collections.abc import Sequence
from datetime import timedelta

from hakari.core import money
from hakari.core.canonical import Json


def offer(
    *,
    uid: str,
    target: str,
    assigner: str,
    price: int,
    unit: str,
    purposes: Sequence[str],
    vocabulary: str,
    term_s: int,
) -> dict[str, Json]:
    """Return one offer as an ODRL Offer: use for these purposes and no other, for a price, for a time (0: for ever).

    uid, target, vocabulary: addresses of the offer, the release and the list of purposes. price: micro-units.
    """
    constraints: list[Json] = [
        {"leftOperand": "purpose", "operator": "isAnyOf", "rightOperand": [f"{vocabulary}#{name}" for name in purposes]}
    ]
    if term_s:
        constraints.append(
            {
                "leftOperand": "elapsedTime",
                "operator": "lteq",
                "rightOperand": {"@type": "xsd:duration", "@value": f"P{timedelta(seconds=term_s).days}D"},
            }
        )
    pay: dict[str, Json] = {
        "action": "compensate",
        "constraint": [
            {
                "leftOperand": "payAmount",
                "operator": "eq",
                "rightOperand": money.show(price).replace(",", ""),
                "unit": unit,
            }
        ],
    }
    permission: dict[str, Json] = {"action": "use", "constraint": constraints, "target": target}
    if price:
        permission["duty"] = [pay]
    made: dict[str, Json] = {
        "@context": "http://www.w3.org/ns/odrl.jsonld",
        "@type": "Offer",
        "assigner": assigner,
        "permission": [permission],
        "uid": uid,
    }
    if "redistribution" not in purposes:
        made["prohibition"] = [{"action": "distribute", "target": target}]
    return made
