"""A private Anvil for one measurement, spoken to over IPC."""

import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from web3 import Web3
from web3.providers import IPCProvider

START_SECONDS = 20


@contextmanager
def anvil(*options: str) -> Iterator[Web3]:
    """A chain of its own that is gone afterwards."""
    with tempfile.TemporaryDirectory() as folder:
        socket = Path(folder) / "anvil.ipc"
        command = ["anvil", "--ipc", str(socket), "--port", "0", "--silent", "--hardfork", "prague", *options]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        try:
            w3 = Web3(IPCProvider(socket, timeout=120))
            deadline = time.monotonic() + START_SECONDS
            while not (socket.exists() and w3.is_connected()):
                if process.poll() is not None or time.monotonic() > deadline:
                    raise RuntimeError("anvil did not start; is it on PATH? (`make bench` sees to it)")
                time.sleep(0.05)
            yield w3
        finally:
            process.terminate()
            process.wait()
