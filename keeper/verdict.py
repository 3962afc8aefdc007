"""What one check of `plimsoll keeper --check` found."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Check:
    """`verdict`: ok, warn or FAIL."""

    what: str
    verdict: str
    text: str
    # The daemon does not start with it.
    stops: bool = False

    @property
    def is_bad(self) -> bool:
        return self.verdict == "FAIL"


def ok(what: str, text: str) -> Check:
    return Check(what, "ok", text)


def warn(what: str, text: str) -> Check:
    return Check(what, "warn", text)


def fail(what: str, text: str, *, stops: bool = False) -> Check:
    return Check(what, "FAIL", text, stops)
