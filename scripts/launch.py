"""What `.venv/bin/plimsoll` runs, from whatever folder.

Loading everything takes a second or more: a Ctrl-C in it ends the program without a traceback.
"""

import signal
import sys
from pathlib import Path


def main() -> None:
    # Otherwise whoever started it has it ignored.
    is_usual = signal.getsignal(signal.SIGINT) is signal.default_int_handler
    if is_usual:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    # Instead of this file's folder.
    sys.path[0] = str(Path(__file__).resolve().parent.parent)
    from keeper.cli.__main__ import main as run

    if is_usual:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    run()


if __name__ == "__main__":
    main()
