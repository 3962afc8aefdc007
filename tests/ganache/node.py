"""A Ganache of one's own, spoken to as if it were the sandbox's Anvil."""

import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from web3 import HTTPProvider, Web3
from web3.types import RPCEndpoint, RPCResponse

from scripts.build_cache import ROOT
from scripts.sandbox.market import TRADER_KEY
from scripts.sandbox.node import SENDER_KEY, free_port

GANACHE = ROOT / "node_modules" / ".bin" / "ganache"
START_SECONDS = 60
ETHER = 10**18


class GanacheProvider(HTTPProvider):
    """Ganache has other names for what a test node can do."""

    def make_request(self, method: RPCEndpoint, params: Any) -> RPCResponse:
        if method == "anvil_impersonateAccount":
            # The wallet has the traders' key.
            return {"jsonrpc": "2.0", "id": 1, "result": True}
        if method == "anvil_setBalance":
            method = RPCEndpoint("evm_setAccountBalance")
        return super().make_request(method, params)


@contextmanager
def running_ganache() -> Iterator[Web3]:
    """Rules of Shanghai, which is as far as Ganache goes; no limit to a contract's size."""
    port = free_port()
    command = [str(GANACHE), "--server.port", str(port), "--chain.hardfork", "shanghai"]
    command += ["--chain.allowUnlimitedContractSize", "--miner.blockGasLimit", "60000000", "--logging.quiet"]
    for key in (SENDER_KEY, "0x" + TRADER_KEY.to_bytes().hex()):
        command += ["--wallet.accounts", f"{key},{10**6 * ETHER}"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    try:
        w3 = Web3(GanacheProvider(f"http://127.0.0.1:{port}", {"timeout": 60}))
        deadline = time.monotonic() + START_SECONDS
        while not w3.is_connected():
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError("ganache did not start")
            time.sleep(0.1)
        yield w3
    finally:
        process.terminate()
        process.wait()
