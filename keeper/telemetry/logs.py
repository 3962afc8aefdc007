"""Structured logs on stderr: JSON for machines, lines for people. No secret gets past the last step."""

import json
import logging
import re
import sys
from collections.abc import Callable, Iterable
from typing import Literal, TextIO

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

Format = Literal["auto", "json", "pretty"]

# Replacing shorter ones would garble every line.
SHORTEST_SECRET = 4
HIDDEN = "***"
HEX_KEY = re.compile(r"0x[0-9a-f]{64}")
# Libraries that talk: theirs are logged from this level on.
QUIET = ("web3", "urllib3", "websockets", "aiohttp", "asyncio")


class Redactor:
    """Strikes secrets out of finished lines, whether in a field, in a text or in a traceback."""

    def __init__(self, secrets: Iterable[str]) -> None:
        forms: set[str] = set()
        for secret in secrets:
            if len(secret) < SHORTEST_SECRET:
                continue
            if HEX_KEY.fullmatch(secret):
                # Libraries print keys with and without the prefix.
                forms.add(secret.removeprefix("0x"))
            # Plain, and as repr, JSON or both escape it.
            for form in (secret, repr(secret)[1:-1]):
                forms |= {form, json.dumps(form)[1:-1], json.dumps(form, ensure_ascii=False)[1:-1]}
        longest_first = sorted(forms, key=len, reverse=True)
        pattern = "|".join(re.escape(form) for form in longest_first)
        self._pattern = re.compile(pattern, re.IGNORECASE) if pattern else None

    def __call__(self, line: str) -> str:
        return self._pattern.sub(HIDDEN, line) if self._pattern else line


def configure(
    log_format: Format, level: str, secrets: Iterable[str] = (), stream: TextIO | None = None
) -> None:
    """Set up structlog and the standard library's loggers; may be called again."""
    out = stream if stream is not None else sys.stderr
    pretty = log_format == "pretty" or (log_format == "auto" and out.isatty())
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper("%Y-%m-%d %H:%M:%S" if pretty else "iso", utc=True),
        structlog.processors.StackInfoRenderer(),
    ]
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            *(_for_people(out) if pretty else _for_machines()),
            _last(Redactor(secrets)),
        ],
    )
    handler = logging.StreamHandler(out)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )


def _for_machines() -> list[Processor]:
    # Without local variables: they hold keys and whole books.
    traceback = structlog.tracebacks.ExceptionDictTransformer(show_locals=False)
    return [
        structlog.processors.ExceptionRenderer(traceback),
        structlog.processors.JSONRenderer(default=str, ensure_ascii=False),
    ]


def _for_people(out: TextIO) -> list[Processor]:
    return [
        structlog.dev.ConsoleRenderer(
            colors=out.isatty(),
            exception_formatter=structlog.dev.plain_traceback,
            pad_event_to=20,
            # As the caller wrote them: what it is about comes first.
            sort_keys=False,
        )
    ]


def _last(redact: Redactor) -> Callable[[WrappedLogger, str, EventDict], str]:
    def strike_out(_logger: WrappedLogger, _name: str, line: EventDict) -> str:
        return redact(str(line))

    return strike_out
