"""Set up the process before any test runs, however it was started: `make test`, `pytest` or `ape test`."""

import os
import tempfile
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from hypothesis import HealthCheck, settings

from scripts.build_cache import drop_if_stale
from scripts.sandbox.tools import use_locked_tools

ROOT = Path(__file__).resolve().parent

# Ape and titanoboa take the working directory for the project.
os.chdir(ROOT)
# Before Ape's plugin reads the build.
drop_if_stale()
# Ape takes the first `vyper` and `anvil` on PATH.
use_locked_tools()
# Ape caches contract types and node processes in the user's home by default.
os.environ.setdefault("APE_DATA_FOLDER", str(ROOT / "build" / "ape"))

settings.register_profile(
    "default",
    max_examples=25,
    stateful_step_count=20,
    deadline=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile("ci", settings.get_profile("default"), derandomize=True, max_examples=50)
settings.register_profile("deep", settings.get_profile("default"), max_examples=1_000, stateful_step_count=60)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))


def pytest_configure(config: pytest.Config) -> None:
    if config.pluginmanager.hasplugin("ape_test"):
        _skip_traces_of_reverts()
        _keep_old_states_out_of_the_home_folder()


def _skip_traces_of_reverts() -> None:
    """Keep ape-foundry from tracing and printing every revert, expected or not (100 ms each).

    PLIMSOLL_TRACE=1 brings the traces back; `receipt.show_trace()` works either way.
    """
    if os.environ.get("PLIMSOLL_TRACE"):
        return
    from ape.exceptions import ContractLogicError, TransactionError
    from ape_ethereum.trace import Trace
    from ape_foundry.provider import FoundryProvider

    original = FoundryProvider._handle_execution_reverted

    def quiet(
        self: FoundryProvider, exception: Exception, revert_message: str | None = None, **kwargs: Any
    ) -> Exception:
        kwargs["set_ape_traceback"] = False
        reason = (revert_message or "").removeprefix("revert: ")
        if reason and not reason.startswith("0x") and reason != TransactionError.DEFAULT_MESSAGE:
            return ContractLogicError(base_err=exception, revert_message=reason, **kwargs)
        # Without a reason the original still names Vyper's own checks (overflow, bounds, reentrancy).
        with mock.patch.object(Trace, "show"):
            return original(self, exception, revert_message=revert_message, **kwargs)

    FoundryProvider._handle_execution_reverted = quiet


def _keep_old_states_out_of_the_home_folder() -> None:
    """Anvil puts states older than 500 blocks into files: by default there, and there they stay."""
    from ape_foundry.provider import FoundryProvider

    folder = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
    original = FoundryProvider.build_command

    def command(self: FoundryProvider) -> list[str]:
        return [*original(self), "--cache-path", folder.name]

    FoundryProvider.build_command = command
