"""The page of events against the shipped ABIs: every event, every argument, nothing else."""

import json
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs/reference/events.md"
ARTEFACTS = ROOT / "src/hakari/adapters/evm/artefacts"


def test_every_event_and_argument_of_the_contracts_is_on_the_page() -> None:
    said = {
        (contract, event): re.findall(r"`(\w+)` ", args)
        for contract, event, args in re.findall(r"^\| (\w+) \| `(\w+)` \| (.*) \|$", PAGE.read_text(), re.MULTILINE)
    }
    true = {
        (path.stem, item["name"]): [each["name"] for each in item["inputs"]]
        for path in ARTEFACTS.glob("*.json")
        if path.stem != "payment_token"
        for item in json.loads(path.read_text())["abi"]
        if item["type"] == "event"
    }
    assert said == true
