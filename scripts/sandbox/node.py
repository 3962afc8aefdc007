"""An Anvil of one's own."""

import json
import socket
import subprocess
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from web3 import Web3
from web3.providers import IPCProvider

from scripts.sandbox import children

START_SECONDS = 20
CHAIN_ID = 31_337
# Anvil's first funded account.
SENDER_KEY = "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass(frozen=True)
class Anvil:
    """A running chain. `rpc` speaks to it directly, past every proxy."""

    port: int
    ipc: str
    process: "subprocess.Popen[bytes]"

    @property
    def http(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def ws(self) -> str:
        return f"ws://127.0.0.1:{self.port}"

    def w3(self, timeout: float = 120) -> Web3:
        return Web3(IPCProvider(self.ipc, timeout=int(timeout)))

    def rpc(self, method: str, *params: object) -> Any:
        answer = post(self.http, {"jsonrpc": "2.0", "id": 1, "method": method, "params": list(params)})
        if "error" in answer:
            raise RuntimeError(f"{method}: {answer['error']}")
        return answer["result"]

    def rpc_many(self, calls: Sequence[tuple[str, Sequence[object]]]) -> list[Any]:
        """Several in one message, answered in their order."""
        messages = [
            {"jsonrpc": "2.0", "id": number, "method": method, "params": list(params)}
            for number, (method, params) in enumerate(calls)
        ]
        answers = sorted(post(self.http, messages), key=lambda answer: int(answer["id"])) if messages else []
        for (method, _), answer in zip(calls, answers, strict=True):
            if "error" in answer:
                raise RuntimeError(f"{method}: {answer['error']}")
        return [answer["result"] for answer in answers]

    def mine(self, count: int = 1) -> None:
        self.rpc("anvil_mine", hex(count))

    def height(self) -> int:
        return int(self.rpc("eth_blockNumber"), 16)


def post(url: str, message: Any, timeout: float = 60) -> Any:
    request = urllib.request.Request(  # noqa: S310 - loopback
        url, json.dumps(message).encode(), {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=timeout) as response:  # noqa: S310 - loopback
        return json.loads(response.read())


@contextmanager
def running_anvil(*options: str, block_time: float | None = None, port: int | None = None) -> Iterator[Anvil]:
    """Anvil on a port of its own, with HTTP, WebSocket and IPC; gone afterwards.

    Without `block_time` (seconds) it mines a block per transaction; `--no-mining` is an option of its own.
    """
    with tempfile.TemporaryDirectory() as folder:
        ipc = str(Path(folder) / "anvil.ipc")
        # States older than 500 blocks go to files; by default into the user's home, and they stay there.
        options += ("--cache-path", folder)
        if block_time is not None:
            options += ("--block-time", f"{block_time:g}")
        anvil = _start(ipc, options, port)
        try:
            yield anvil
        finally:
            _end(anvil.process)


def _start(ipc: str, options: tuple[str, ...], port: int | None) -> Anvil:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        chosen = port or free_port()
        command = ["anvil", "--port", str(chosen), "--ipc", ipc, "--silent", "--hardfork", "prague", *options]
        process = children.start(command)
        anvil = Anvil(chosen, ipc, process)
        try:
            # Another process may take the free port first: then Anvil ends, and the next one is tried.
            while process.poll() is None and time.monotonic() < deadline:
                if _answers(anvil):
                    return anvil
                time.sleep(0.05)
        except BaseException:
            _end(process)
            raise
        _end(process)
    raise RuntimeError("anvil did not start; is it on PATH? (`make test` sees to it)")


def _answers(anvil: Anvil) -> bool:
    try:
        with socket.socket(socket.AF_UNIX) as probe:
            probe.connect(anvil.ipc)
        anvil.rpc("eth_chainId")
    except (OSError, RuntimeError):
        return False
    return True


def _end(process: "subprocess.Popen[bytes]") -> None:
    process.terminate()
    process.wait()
