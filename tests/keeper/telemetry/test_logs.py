"""Logs: one JSON object a line, and no secret in any of them."""

import io
import json
import logging
import re
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from keeper.telemetry.logs import Redactor, configure

KEY = "0x" + "ab" * 32
PASSPHRASE = 'open "sesame" ä'


@pytest.fixture
def log_lines() -> Iterator[io.StringIO]:
    """What is logged, and the loggers as they were afterwards."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    stream = io.StringIO()
    configure("json", "info", [KEY, PASSPHRASE], stream)
    yield stream
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


def parsed(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_configure__json__event_level_time_and_fields(log_lines: io.StringIO) -> None:
    structlog.get_logger().info("liquidated", account=7, size=10**30)
    (line,) = parsed(log_lines)
    assert line.pop("timestamp").endswith("Z")
    assert line == {"event": "liquidated", "level": "info", "account": 7, "size": 10**30}


def test_configure__below_the_level__silent(log_lines: io.StringIO) -> None:
    structlog.get_logger().debug("noise")
    logging.getLogger("web3").info("noise")
    assert log_lines.getvalue() == ""


@pytest.mark.parametrize(
    "secret", [KEY, KEY.upper().replace("0X", "0x"), KEY.removeprefix("0x"), PASSPHRASE, [PASSPHRASE]]
)
def test_redaction__field__struck_out(log_lines: io.StringIO, secret: object) -> None:
    structlog.get_logger().info("signing", what=secret)
    text = log_lines.getvalue()
    assert "***" in text
    assert "ab" * 32 not in text.lower()
    assert "sesame" not in text


def test_redaction__traceback__struck_out_and_without_locals(log_lines: io.StringIO) -> None:
    def fail(local_name: str) -> None:
        raise ValueError(f"cannot use {KEY} as {len(local_name)}")

    try:
        fail("a local value")
    except ValueError:
        structlog.get_logger().exception("failed")
    text = log_lines.getvalue()
    assert "cannot use ***" in text
    assert "a local value" not in text.replace('fail(\\"a local value\\")', "")
    assert parsed(log_lines)[0]["exception"][0]["exc_type"] == "ValueError"


def test_redaction__librarys_own_logger__struck_out(log_lines: io.StringIO) -> None:
    logging.getLogger("web3.providers").warning("POST https://node/%s failed", KEY)
    (line,) = parsed(log_lines)
    assert line["event"] == "POST https://node/*** failed"
    assert line["level"] == "warning"


def test_redactor__nothing_to_hide__line_unchanged() -> None:
    assert Redactor(["", "abc"])("abcdef") == "abcdef"


def test_redactor__one_secret_in_another__the_longer_goes_first() -> None:
    assert Redactor(["sesame", "sesame-street"])("x sesame-street y") == "x *** y"


def test_configure__pretty__a_line_for_people(log_lines: io.StringIO) -> None:
    configure("pretty", "info", [KEY], log_lines)
    structlog.get_logger().warning("stuck", what="a flag", nonce=4, key=KEY)
    text = log_lines.getvalue()
    assert re.fullmatch(
        r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d \[warning  \] stuck +what='a flag' nonce=4 key=\*\*\*\n", text
    )
