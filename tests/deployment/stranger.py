"""A plain Anvil with a testnet's chain id and a block a second, and a stranger who deploys to it with Ape."""

import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eth_account import Account
from eth_typing import HexStr
from web3 import HTTPProvider, Web3

from scripts.build_cache import ROOT

CHAIN_ID = 11_155_111
KEY = "0x" + "ab" * 32
ADDRESS: str = Account.from_key(KEY).address
PASSPHRASE = "a stranger's words"
SECONDS = 60


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def plain_anvil() -> Iterator[int]:
    """The port of a chain without unlocked accounts on which only the stranger has coins."""
    port = free_port()
    options = ["--chain-id", str(CHAIN_ID), "--block-time", "1", "--accounts", "0", "--silent"]
    process = subprocess.Popen(["anvil", "--port", str(port), *options])
    try:
        w3 = Web3(HTTPProvider(f"http://127.0.0.1:{port}"))
        deadline = time.monotonic() + SECONDS
        while not w3.is_connected():
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError("anvil did not start; is it on PATH?")
            time.sleep(0.05)
        w3.provider.make_request("anvil_setBalance", [ADDRESS, hex(10**20)])  # type: ignore[arg-type]
        yield port
    finally:
        process.terminate()
        process.wait()


@contextmanager
def cut_after(port: int, sends: int) -> Iterator[int]:
    """A forwarded port that goes dead for good at the `sends`-th transaction, which still arrives."""
    seen = 0
    dead = threading.Event()
    pipes: list[socket.socket] = []
    listener = socket.create_server(("127.0.0.1", 0))

    def forward(source: socket.socket, target: socket.socket, count: bool) -> None:
        nonlocal seen
        try:
            while data := source.recv(65_536):
                seen += data.count(b"eth_sendRawTransaction") if count else 0
                if dead.is_set():
                    break
                target.sendall(data)
                if seen >= sends and count and data.rstrip().endswith(b"}"):
                    dead.set()
        except OSError:
            pass
        if dead.is_set():
            listener.close()
            for pipe in pipes:
                # Unlike `close`, wakes whoever reads.
                with suppress(OSError):
                    pipe.shutdown(socket.SHUT_RDWR)

    def serve() -> None:
        while not dead.is_set():
            try:
                client, _ = listener.accept()
                node = socket.create_connection(("127.0.0.1", port))
            except OSError:
                return
            pipes.extend((client, node))
            for pair in ((client, node, True), (node, client, False)):
                threading.Thread(target=forward, args=pair, daemon=True).start()

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield listener.getsockname()[1]
    finally:
        dead.set()
        listener.close()


@dataclass
class Stranger:
    """Runs the scripts in a folder of its own, as processes."""

    folder: Path
    port: int

    def __post_init__(self) -> None:
        accounts = self.folder / "ape" / "accounts"
        accounts.mkdir(parents=True)
        keyfile = Account.encrypt(HexStr(KEY), PASSPHRASE, kdf="pbkdf2", iterations=1_000)
        (accounts / "stranger.json").write_text(json.dumps(keyfile))
        # A testnet's parameters with first prices, so that markets can be listed without a keeper.
        local = (ROOT / "scripts/params/local.yaml").read_text()
        self.params.write_text(local.replace("chain_id: 31337", f"chain_id: {CHAIN_ID}"))

    @property
    def params(self) -> Path:
        return self.folder / "params.yaml"

    @property
    def record(self) -> Path:
        return self.folder / "deployments" / "sepolia.json"

    def recorded(self) -> dict[str, Any]:
        content: dict[str, Any] = json.loads(self.record.read_text())
        return content

    def start(self, script: str, *options: str, port: int | None = None) -> subprocess.Popen[str]:
        network = f"ethereum:sepolia:http://127.0.0.1:{port or self.port}"
        files = ["--params", str(self.params), "--record", str(self.record)]
        environment = {
            **os.environ,
            "APE_DATA_FOLDER": str(self.folder / "ape"),
            "PLIMSOLL_PASSPHRASE": PASSPHRASE,
            "PLIMSOLL_SIGNER_KEYS": KEY,
        }
        ape = str(Path(sys.executable).parent / "ape")
        return subprocess.Popen(
            [ape, "run", script, "--network", network, *files, *options],
            cwd=ROOT,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def run(self, script: str, *options: str, port: int | None = None) -> tuple[int, str]:
        """Exit code and everything it said; never a secret among it."""
        process = self.start(script, *options, port=port)
        output, _ = process.communicate(timeout=SECONDS)
        assert PASSPHRASE not in output
        assert KEY[2:] not in output
        return process.returncode, output
