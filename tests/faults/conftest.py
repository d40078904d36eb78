"""What the tests of faults share: the tiny market of tests/flows."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "flows"))
