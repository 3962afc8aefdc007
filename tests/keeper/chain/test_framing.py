"""Messages and answers."""

import json
from unittest.mock import Mock

import aiohttp
import pytest

from keeper.chain.errors import Lying, Transient
from keeper.chain.framing import encoded, matched, parsed, public_name, told
from tests.helpers.recursion import usual_recursion


def test_encoded__one_call__is_no_array() -> None:
    assert json.loads(encoded([("eth_chainId", [])], [4])) == {
        "jsonrpc": "2.0",
        "id": 4,
        "method": "eth_chainId",
        "params": [],
    }
    assert [r["id"] for r in json.loads(encoded([("a", []), ("b", [1])], [4, 5]))] == [4, 5]


def test_matched__answers_in_another_order__are_sorted() -> None:
    answers = [{"id": 2, "result": "b"}, {"id": 1, "result": "a"}]
    assert [a["result"] for a in matched(answers, [1, 2])] == ["a", "b"]


@pytest.mark.parametrize(
    "answer",
    [
        [{"id": 1, "result": 0}],
        [{"id": 1, "result": 0}, {"id": 3, "result": 0}],
        [{"id": 1, "result": 0}, {"id": 1, "result": 0}],
        [{"id": 1, "result": 0}, {"id": 2}],
        [{"id": 1, "result": 0}, {"id": 2, "result": 0, "error": {"code": 1}}],
        [{"id": 1, "result": 0}, "2"],
        [{"id": 1, "result": 0}, {"id": [2], "result": 0}],
        [{"id": 1, "result": 0}, {"id": {}, "result": 0}],
        None,
    ],
)
def test_matched__an_answer_missing_or_foreign__is_a_lie(answer: object) -> None:
    with pytest.raises(Lying):
        matched(answer, [1, 2])


def test_matched__one_error_for_all__is_transient() -> None:
    with pytest.raises(Transient, match="refused an array"):
        matched({"id": None, "error": {"code": -32600, "message": "no batches"}}, [1, 2])


def test_parsed__not_json__is_a_lie() -> None:
    with pytest.raises(Lying, match="not JSON"):
        parsed("<html>")


def test_parsed__deeper_than_any_answer__is_a_lie() -> None:
    with usual_recursion(), pytest.raises(Lying, match="not JSON"):
        parsed("[" * 200_000)


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://mainnet.example/v3/secret", "https://mainnet.example/..."),
        ("wss://me:secret@host.example:8546/?key=secret", "wss://host.example:8546/..."),
        ("http://127.0.0.1:8545", "http://127.0.0.1:8545"),
        ("/run/geth.ipc", "/run/geth.ipc"),
    ],
)
def test_public_name__any_url__shows_no_secret(url: str, name: str) -> None:
    assert public_name(url) == name


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (aiohttp.InvalidURL("https://host.example/v3/secret"), "..."),
        (OSError("no route for /v3/secret?key=hidden"), "no route for /...?..."),
        (
            aiohttp.WSServerHandshakeError(Mock(real_url="https://host.example/v3/secret"), (), status=403),
            "HTTP 403",
        ),
        (ConnectionResetError(), "ConnectionResetError"),
    ],
)
def test_told__an_error_that_quotes_the_url__shows_no_secret(error: Exception, text: str) -> None:
    found = told(error, "https://host.example/v3/secret?key=hidden")
    assert text in found
    assert "secret" not in found
    assert "hidden" not in found
