"""Settings: read from the environment once, refused when wrong."""

import importlib.util
from pathlib import Path

import pytest

from hakari.config import ENVIRONMENT_ONLY, Settings, read
from hakari.core.errors import Malformed


def tools() -> dict[str, str]:
    """TOOLS of the suite's own conftest.py, by its path: other folders have files of that name."""
    spec = importlib.util.spec_from_file_location("suite_conftest", Path(__file__).parents[1] / "conftest.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.TOOLS


def test_without_a_word_a_node_is_local() -> None:
    settings = read({})
    assert settings == Settings()
    assert settings.url == "http://127.0.0.1:8080"
    assert settings.domain == "127.0.0.1:8080"


def test_the_environment_is_read_and_the_command_line_stands_over_it() -> None:
    environ = {
        "HAKARI_PORT": "9000",
        "HAKARI_DIR": "/data",
        "HAKARI_NAME": "scales",
        "PATH": "/bin",
        "HAKARI_RATE": "007",
    }
    settings = read(environ, port=9001, host=None)
    assert (settings.port, settings.dir, settings.name) == (9001, Path("/data"), "scales")
    assert (settings.rate, settings.host) == (7, "127.0.0.1")


def test_the_public_address_is_the_one_that_people_use() -> None:
    settings = read({"HAKARI_PUBLIC_URL": "https://hakari.example/"})
    assert (settings.url, settings.domain) == ("https://hakari.example", "hakari.example")


def test_an_unknown_name_is_refused_with_the_known_ones() -> None:
    with pytest.raises(Malformed, match=r"HAKARI_PROT is no setting.*HAKARI_PORT"):
        read({"HAKARI_PROT": "1"})


def test_the_tests_own_names_are_let_pass_and_are_no_settings() -> None:

    assert {name.removeprefix("HAKARI_").lower() for name in tools()} == ENVIRONMENT_ONLY
    assert read({name: "anything" for name in tools()}) == Settings()
    assert not ENVIRONMENT_ONLY & set(Settings.__dataclass_fields__)


KEY = "0123456789abcdef" * 4


@pytest.mark.parametrize(
    ("name", "good", "wrong"),
    [
        ("PORT", ["1", "65535"], ["0", "65536", "", "80a", " 80", "1_000", "-1", "8" * 30, "٣"]),
        ("TICK_MS", ["1", "60000"], ["0", "60001"]),
        ("INCLUDE_S", ["1", "86400"], ["0", "86401"]),
        ("RATE", ["0", "400"], ["-1", "1000001", "1.5"]),
        ("BODY_MIB", ["1", "1024"], ["0", "1025"]),
        ("CHAIN_ID", ["1", str(2**53 - 1)], ["0", str(2**53)]),
        ("PROFILE", ["local", "real"], ["", "Real", "test"]),
        ("NAME", ["hakari", "hakari.example/a-b_c", "x" * 64], ["a b", "a+b", "a\nb", "秤", "x" * 65]),
        ("DIR", ["/data", "."], [""]),
        (
            "PUBLIC_URL",
            ["", "https://a.example", "http://a:1/x/"],
            ["a.example", "ftp://a", "https://", "https://a/?q", "https://a/#f"],
        ),
        ("CHAIN_URL", ["", "https://rpc.example/key", "http://127.0.0.1:8545"], ["rpc.example", "ws://rpc.example"]),
        ("CHAIN_KEY", ["", KEY, f"0x{KEY.upper()}"], [KEY[1:], f"{KEY}0", "g" * 64, "0x"]),
    ],
)
def test_a_value_is_taken_or_refused_by_name(name: str, good: list[str], wrong: list[str]) -> None:
    for value in good:
        read({f"HAKARI_{name}": value})
    for value in wrong:
        with pytest.raises(Malformed, match=f"^HAKARI_{name} must be|^HAKARI_{name} must begin"):
            read({f"HAKARI_{name}": value})


def test_a_wrong_value_from_the_command_line_is_refused_as_well() -> None:
    with pytest.raises(Malformed, match="HAKARI_PORT"):
        read({}, port=70_000)


def test_secrets_are_neither_shown_nor_repeated() -> None:
    secrets = {
        "HAKARI_PASSPHRASE": "open sesame",
        "HAKARI_DATABASE_URL": "postgresql://me:hunter2@127.0.0.1/x",
        "HAKARI_CHAIN_KEY": KEY,
        "HAKARI_CHAIN_URL": "https://rpc.example/v2/token",
    }
    shown = repr(read(secrets))
    assert not [secret for secret in secrets.values() if secret in shown]
    with pytest.raises(Malformed) as refused:
        read(secrets | {"HAKARI_CHAIN_KEY": KEY[2:]})
    assert KEY[2:] not in refused.value.message
