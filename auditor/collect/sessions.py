"""The way to one device: a connection with a deadline, the name that the server gives itself, one log-in."""

from __future__ import annotations

import select
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from auditor.collect.credentials import Credentials
from auditor.collect.failures import no_ssh, of_connect, of_login, other_service, time_is_up
from auditor.collect.options import SessionOptions
from auditor.collect.terminal import printable
from auditor.model.errors import AuditorError
from auditor.profiles.schema import Session

if TYPE_CHECKING:
    from auditor.collect.dialogue import DeviceSession

_BANNER = 4000  # bytes in which the server has to name itself
_REST = 0.02  # seconds between looks at a name that came in pieces
_UNKNOWN_VENDOR = Session(prompt=r"[^\r\n]*(?:[>#$%\]]|option:) ?$")  # until its prompt tells who it is


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A TCP connection to an SSH server. `banner` is its name for itself, `deadline` when all has to be over."""

    host: str
    options: SessionOptions
    sock: socket.socket
    banner: str
    deadline: float


@contextmanager
def connect(host: str, options: SessionOptions) -> Iterator[Line]:
    """Connect and wait until the server has named itself; nothing is sent. The deadline closes the connection."""
    deadline = time.monotonic() + options.total_timeout
    limit = min(options.connect_timeout, options.total_timeout)
    try:
        sock = socket.create_connection((host, options.port), timeout=limit)
    except (OSError, UnicodeError) as error:
        cause = error if isinstance(error, OSError) else socket.gaierror(str(error))
        raise of_connect(cause, host, options.port) from error
    with sock:
        watchdog = threading.Timer(max(deadline - time.monotonic(), 0), _hang_up, (sock,))
        watchdog.daemon = True
        watchdog.start()
        try:
            banner = _banner(sock, host, options)
            yield Line(host=host, options=options, sock=sock, banner=banner, deadline=deadline)
        finally:
            watchdog.cancel()
            watchdog.join()


def _hang_up(sock: socket.socket) -> None:
    with suppress(OSError):
        sock.shutdown(socket.SHUT_RDWR)


def _banner(sock: socket.socket, host: str, options: SessionOptions) -> str:
    """Return the line by which the server names itself, and leave it for the SSH library to read."""
    end = time.monotonic() + options.login_timeout
    said = ""
    with suppress(OSError):
        while (left := end - time.monotonic()) > 0 and select.select([sock], [], [], left)[0]:
            seen = sock.recv(_BANNER, socket.MSG_PEEK).decode("utf-8", "replace")
            for line in seen.splitlines(keepends=True):
                if line.startswith("SSH-") and line.endswith("\n"):
                    return line.strip()
            if not seen or len(seen) >= _BANNER:
                break
            said = seen
            time.sleep(_REST)
    raise other_service(host, options.port, printable(said)) if said.strip() else no_ssh(host, options.port)


@contextmanager
def open_session(line: Line, *, credentials: Credentials, profile: Session | None) -> Iterator[DeviceSession]:
    """Check the host key, log in once and learn the prompt; the session ends with the block or its deadline."""
    from auditor.collect.connection import Shell
    from auditor.collect.dialogue import DeviceSession

    spec = profile or _UNKNOWN_VENDOR
    login = credentials.user + spec.login.suffix
    shell = Shell(
        host=line.host,
        credentials=replace(credentials, user=login),
        options=line.options,
        sock=line.sock,
        size=(spec.width, spec.height),
        deadline=line.deadline,
    )
    try:
        try:
            shell.open_shell()
        except AuditorError:
            raise
        except Exception as error:
            if time.monotonic() >= line.deadline:
                raise time_is_up(line.host, line.options.total_timeout) from error
            raise of_login(error, line.host, line.options.port, login) from error
        session = DeviceSession(shell, line, spec)
        session.learn_prompt()
        yield session
        session.leave()
    finally:
        shell.disconnect()
