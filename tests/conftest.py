"""What every test shares: clean settings, fixed examples, and an honest list of what did not run."""

import os
import sys
from pathlib import Path

import pytest
from hypothesis import settings

# The fixtures of a module beside this file, whatever pytest's import mode is.
sys.path.insert(0, str(Path(__file__).parent))
pytest_plugins = ["postgres"]

TOOLS = {
    "HAKARI_AXE",
    "HAKARI_CHROMIUM",
    "HAKARI_GO",
    "HAKARI_GOPATH",
    "HAKARI_NODE",
    "HAKARI_NOTHING_LEFT_OUT",
    "HAKARI_PG_BIN",
}
"""Where the tests' programs are; set by `make test`, no settings of a node."""

# A node's settings in the developer's shell must not reach the nodes under test.
for name in [name for name in os.environ if name.startswith("HAKARI_") and name not in TOOLS]:
    del os.environ[name]
# The dataset library asks its hub at import and at load; tests have no network.
os.environ |= {"HF_HUB_OFFLINE": "1", "HF_DATASETS_OFFLINE": "1", "HF_HUB_DISABLE_TELEMETRY": "1", "DO_NOT_TRACK": "1"}

# The same examples in every run, on every machine: a red test stays red until it is mended. New ones are sought by `make soak`.
settings.register_profile("fixed", derandomize=True, deadline=None, database=None, print_blob=True)
settings.register_profile("soak", deadline=None, max_examples=2000, print_blob=True)
settings.load_profile("fixed")


def pytest_configure(config: pytest.Config) -> None:
    """Leaves the long runs to `make soak`, unless somebody asks for marks of their own."""
    if not config.option.markexpr:
        config.option.markexpr = "not soak"


def left_out(config: pytest.Config) -> dict[str, set[str]]:
    """Reason → the tests (or files) that were skipped for it; with xdist each worker tells of a skipped file, so it is a set."""
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    found: dict[str, set[str]] = {}
    for report in reporter.stats.get("skipped", []) if reporter else []:
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        found.setdefault(reason.removeprefix("Skipped: "), set()).add(report.nodeid)
    return found


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Makes a run that left something out a failed one, where HAKARI_NOTHING_LEFT_OUT=1 says that all must run."""
    if os.environ.get("HAKARI_NOTHING_LEFT_OUT") == "1" and exitstatus == 0 and left_out(session.config):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Lists what did not run, and why."""
    skipped = left_out(config)
    if not skipped:
        return
    terminalreporter.section("what did not run")
    for reason, tests in sorted(skipped.items()):
        terminalreporter.line(f"{reason}: {len(tests)} tests, among them {min(tests)}")
    if os.environ.get("HAKARI_NOTHING_LEFT_OUT") == "1":
        terminalreporter.line("HAKARI_NOTHING_LEFT_OUT=1: this run counts as failed", red=True)
