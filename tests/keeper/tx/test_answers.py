"""What nodes say to a sent transaction, and what receipts they give."""

import pytest

from keeper.chain.errors import Lying, RpcError, Transient
from keeper.tx.broadcast import Answer, meaning
from keeper.tx.tracking import receipt_of

HASH, BLOCK = "0x" + "ab" * 32, "0x" + "cd" * 32


@pytest.mark.parametrize(
    ("message", "answer"),
    [
        ("already known", Answer.ACCEPTED),
        ("transaction already imported", Answer.ACCEPTED),
        ("AlreadyKnown", Answer.ACCEPTED),
        ("nonce too low", Answer.NONCE_USED),
        ("nonce too low: next nonce 5, tx nonce 4", Answer.NONCE_USED),
        ("OldNonce", Answer.NONCE_USED),
        ("replacement transaction underpriced", Answer.UNDERPRICED),
        ("transaction underpriced: gas tip cap 0, minimum needed 1", Answer.UNDERPRICED),
        ("insufficient funds for gas * price + value", Answer.NO_FUNDS),
        ("max fee per gas less than block base fee", Answer.UNKNOWN),
        ("txpool is full", Answer.UNKNOWN),
        ("intrinsic gas too low", Answer.REFUSED),
    ],
)
def test_meaning__words_of_known_nodes__are_understood(message: str, answer: Answer) -> None:
    assert meaning(RpcError(-32000, message)) == (answer, message)


def test_meaning__no_answer__may_have_arrived() -> None:
    assert meaning(Transient("did not answer")) == (Answer.UNKNOWN, "did not answer")
    assert meaning(HASH) == (Answer.ACCEPTED, "")


def receipt(**changes: object) -> dict[str, object]:
    honest = {
        "transactionHash": HASH,
        "blockHash": BLOCK,
        "blockNumber": "0x10",
        "status": "0x1",
        "gasUsed": "0x5208",
    }
    return {**honest, **changes}


def test_receipt_of__mined__has_its_place_and_status() -> None:
    found = receipt_of(receipt(status="0x0"), HASH)
    assert found is not None
    assert (found.block_number, found.block_hash, found.succeeded, found.gas_used) == (
        16,
        BLOCK,
        False,
        21_000,
    )


def test_receipt_of__not_mined__is_none() -> None:
    assert receipt_of(None, HASH) is None
    assert receipt_of(receipt(blockHash=None, blockNumber=None), HASH) is None


@pytest.mark.parametrize(
    "raw", [receipt(transactionHash=BLOCK), receipt(status="0x2"), receipt(status=None), "mined"]
)
def test_receipt_of__what_cannot_be_true__is_a_lie(raw: object) -> None:
    with pytest.raises(Lying):
        receipt_of(raw, HASH)
