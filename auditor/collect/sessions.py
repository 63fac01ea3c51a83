"""One log-in on a line: the session that comes of it, or what ended it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from auditor.collect.credentials import Credentials
from auditor.collect.dialogue import DeviceSession
from auditor.collect.failures import login_late, of_login, time_is_up
from auditor.collect.line import Line, hung_up_at
from auditor.model.errors import AuditorError, CollectionError, UsageError
from auditor.model.text import _
from auditor.profiles.schema import Session

if TYPE_CHECKING:
    from auditor.collect.connection import Shell
    from auditor.collect.old_shell import OldShell

# Until its prompt tells who it is: a line, or a bare `>` below the line that says where one is.
UNKNOWN_VENDOR = Session(
    prompt=r"(?m:^(?:[^@\s]+@[^\r\n]*:/[^\r\n]*\n> ?|[^\r\n]*(?:[>#$%\]]|option:) ?)\Z)", prompt_lines=2
)


@contextmanager
def open_session(line: Line, *, credentials: Credentials, profile: Session | None) -> Iterator[DeviceSession]:
    """Check the host key, log in once and learn the prompt; the session ends with the block or its deadline."""
    spec = profile or UNKNOWN_VENDOR
    login = credentials.user + spec.login.suffix
    shell = _shell(line, replace(credentials, user=login), (spec.width, spec.height))
    try:
        try:
            with hung_up_at(line.login_by, line.sock):
                shell.open_shell()
        except AuditorError:
            raise
        except Exception as error:
            raise _login_error(error, line, login) from error
        session = DeviceSession(shell, line, spec, credentials.secrets)
        session.learn_prompt()
        yield session
        session.leave()
    finally:
        shell.disconnect()


def _shell(line: Line, credentials: Credentials, size: tuple[int, int]) -> Shell | OldShell:
    if not line.options.old_cryptography:
        from auditor.collect.connection import Shell

        return Shell(line, credentials, size=size)
    try:
        from auditor.collect.old_shell import OldShell
    except ImportError as error:
        raise UsageError(
            _("--old-cryptography needs the package asyncssh, which is not installed."),
            advice=_("Install auditor with it: pip install 'auditor[old-ssh]'"),
        ) from error
    return OldShell(line, credentials, size=size)


def _login_error(error: Exception, line: Line, login: str) -> CollectionError:
    """Return what ended the log-in: a limit of time, or what the connection says."""
    now = time.monotonic()
    if now >= line.deadline:
        return time_is_up(line.host, line.options.total_timeout)
    if now >= line.login_by:
        return login_late(line.host)
    return of_login(error, line.host, line.place.port, login)
