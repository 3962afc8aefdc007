"""What survives: the journal's file."""

import os
import sqlite3
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from keeper.tx.fees import Fee
from keeper.tx.intents import CONFIRMED, MINED, Attempt, Intent
from keeper.tx.journal import Journal, JournalError, history
from keeper.types import TxRequest

SENDER = "0x" + "Ab" * 20


def intent(nonce: int, tx_hash: str = "") -> Intent:
    request = TxRequest(("liquidate", 7, 2), "0x" + "11" * 20, "0xabcd", 0, "takes 7 over")
    attempt = Attempt(tx_hash or f"0xhash{nonce}", "0xraw", Fee(2**70, 3), False, 40)
    return Intent(nonce, request, 300_000, 40, [attempt], waiting_since=40)


def opened(tmp_path: Path, chain_id: int = 7) -> Journal:
    return Journal(tmp_path / "journal.db", chain_id, SENDER)


def test_unsettled__after_a_restart__is_what_was_recorded(tmp_path: Path) -> None:
    journal = opened(tmp_path)
    first, second = intent(4), intent(5)
    first.request = TxRequest(("liquidate", 7, 2), "0x" + "11" * 20, "0xabcd", 300_000, "takes 7 over")
    second.request = first.request
    journal.record([second, first])
    second.attempts.append(Attempt("0xagain", "0xraw2", Fee(9, 8), True, 44))
    second.waiting_since = 44
    journal.add_attempts([second])
    journal.close()
    journal = opened(tmp_path)
    assert journal.unsettled() == [first, second]
    journal.close()


def test_update__settled__is_not_taken_up_again(tmp_path: Path) -> None:
    journal = opened(tmp_path)
    done, mined = intent(4), intent(5)
    journal.record([done, mined])
    done.status = CONFIRMED
    mined.status, mined.tx_hash, mined.block_number, mined.block_hash = MINED, "0xhash5", 41, "0xblock"
    mined.gas_used = 123
    journal.update([done, mined])
    [found] = journal.unsettled()
    assert found.last.raw == "0xraw"
    assert [i.last.raw for i in history(tmp_path / "journal.db")] == ["0xraw", ""]
    assert (found.nonce, found.status, found.block_hash, found.gas_used) == (5, MINED, "0xblock", 123)
    journal.close()


def test_unsettled__of_another_sender__is_not_ours(tmp_path: Path) -> None:
    journal = opened(tmp_path)
    journal.record([intent(4)])
    journal.close()
    other = Journal(tmp_path / "journal.db", 7, "0x" + "cd" * 20)
    assert other.unsettled() == []
    other.close()


def test_record__one_cannot_be_written__none_is(tmp_path: Path) -> None:
    journal = opened(tmp_path)
    broken = intent(5)
    broken.gas = "much"  # type: ignore[assignment]
    broken.request = None  # type: ignore[assignment]
    with pytest.raises(AttributeError):
        journal.record([intent(4), broken])
    assert journal.unsettled() == []
    journal.close()


def test_record__killed_right_after__is_on_disk(tmp_path: Path) -> None:
    script = (
        "import os, signal, sys; from pathlib import Path; from tests.keeper.tx.test_journal import *;"
        "opened(Path(sys.argv[1])).record([intent(4)]); os.kill(os.getpid(), signal.SIGKILL)"
    )
    run = subprocess.run([sys.executable, "-c", script, str(tmp_path)], check=False)
    assert run.returncode == -9
    journal = opened(tmp_path)
    assert [i.nonce for i in journal.unsettled()] == [4]
    journal.close()


def test_journal__opened_twice__is_refused(tmp_path: Path) -> None:
    journal = opened(tmp_path)
    with pytest.raises(JournalError, match=r"another keeper is using .*journal\.db: stop it"):
        opened(tmp_path)
    journal.close()
    opened(tmp_path).close()


def test_journal__of_another_chain__is_refused(tmp_path: Path) -> None:
    opened(tmp_path).close()
    with pytest.raises(JournalError, match=r"has chain_id 7, this keeper 8: give each keeper a folder"):
        opened(tmp_path, chain_id=8)


def test_journal__no_database__is_refused(tmp_path: Path) -> None:
    (tmp_path / "journal.db").write_text(
        "this is not a database, but long enough to look like a file of one" * 20
    )
    with pytest.raises(
        JournalError, match=r"cannot be opened \(file is not a database\): restore or move it"
    ):
        opened(tmp_path)


@pytest.mark.skipif(os.geteuid() == 0, reason="root writes everywhere")
def test_journal__folder_is_read_only__is_refused(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(JournalError, match="cannot be written: Permission denied"):
        opened(tmp_path)


def test_journal__folder_is_missing__is_refused(tmp_path: Path) -> None:
    with pytest.raises(JournalError, match="cannot be written: No such file or directory"):
        opened(tmp_path / "nowhere")


def test_history__beside_a_running_keeper__newest_first(tmp_path: Path) -> None:
    journal = opened(tmp_path)
    journal.record([intent(n) for n in range(4)])
    assert [i.nonce for i in history(tmp_path / "journal.db", limit=3)] == [3, 2, 1]
    journal.close()


def test_open__file_of_the_schema_without_value__is_upgraded_and_keeps_what_it_holds(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    journal = opened(tmp_path)
    journal.record([intent(1)])
    journal.close()
    with sqlite3.connect(path) as db:
        db.execute("ALTER TABLE intents DROP COLUMN value")
        db.execute("UPDATE meta SET value = 1 WHERE key = 'schema'")
    db.close()
    journal = opened(tmp_path)
    paid = intent(2)
    paid.request = replace(paid.request, value=10**20)
    journal.record([paid])
    assert [i.request.value for i in journal.unsettled()] == [0, 10**20]
    journal.close()


def test_history__no_journal__says_so(tmp_path: Path) -> None:
    with pytest.raises(JournalError, match="cannot be read: unable to open database file"):
        history(tmp_path / "journal.db")
