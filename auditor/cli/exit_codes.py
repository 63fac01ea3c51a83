"""Exit codes of every command, as the command line promises them."""

from __future__ import annotations

import enum

from auditor.model.audit import Verdict
from auditor.model.errors import AuditorError, ConfigurationError


class ExitCode(enum.IntEnum):
    """What a script may rely on."""

    PASSED = 0
    FAILED = 1
    WRONG_USAGE = 2
    NOT_AUDITED = 3
    UNKNOWN = 4
    INTERRUPTED = 130  # as shells count a Ctrl-C


_VERDICTS = {
    Verdict.PASS: ExitCode.PASSED,
    Verdict.FAIL: ExitCode.FAILED,
    Verdict.UNKNOWN: ExitCode.UNKNOWN,
}


def of_verdict(verdict: Verdict) -> ExitCode:
    """Return the code of an audit that came to its end."""
    return _VERDICTS[verdict]


def of_error(error: AuditorError) -> ExitCode:
    """Return the code of an audit that did not: the user's mistake, or the device's."""
    return ExitCode.WRONG_USAGE if isinstance(error, ConfigurationError) else ExitCode.NOT_AUDITED
