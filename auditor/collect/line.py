"""The line to one device: a connection with a deadline, and the name that the server gives itself."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from auditor.collect.credentials import Credentials
from auditor.collect.failures import first_protocol, no_ssh, of_connect, other_service
from auditor.collect.host_keys import KnownHosts, default_store, host_name
from auditor.collect.jumps import JumpHosts
from auditor.collect.options import SessionOptions
from auditor.collect.ssh_config import Place, SshConfig
from auditor.collect.terminal import printable

_BANNER = 4000  # bytes in which the server has to name itself
_LEAST = 0.05  # seconds for one address
_REST = 0.02  # seconds between looks at a name that came in pieces


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A TCP connection to an SSH server. `banner` is its name for itself, `known` judges its key.

    The first prompt has to be there by `login_by`, and all has to be over by `deadline`.
    """

    host: str
    place: Place
    known: KnownHosts
    options: SessionOptions
    sock: socket.socket
    banner: str
    login_by: float
    deadline: float


@contextmanager
def connect(host: str, options: SessionOptions, jumps: JumpHosts) -> Iterator[Line]:
    """Connect and wait until the server has named itself; nothing is sent. The deadline closes the connection."""
    deadline = time.monotonic() + options.total_timeout
    place = SshConfig(options.ssh_config).place(host, port=options.port, jumps=options.jumps)
    sock = _connected(place, options, jumps, deadline)
    login_by = min(time.monotonic() + options.login_timeout, deadline)
    with sock, hung_up_at(deadline, sock):
        yield Line(
            host=host,
            place=place,
            known=KnownHosts(
                options.known_hosts or default_store(),
                host_name(place.key_name, place.port),
                accept_new=options.accept_new_host_keys,
            ),
            options=options,
            sock=sock,
            banner=_banner(sock, host, place.port, login_by),
            login_by=login_by,
            deadline=deadline,
        )


def jump_hosts(options: SessionOptions, credentials: Credentials) -> JumpHosts:
    """Return the connections to hosts in between, none open yet; they end with the `with` block."""
    return JumpHosts(options, dial=_dial, password=credentials.jump_password, use_agent=credentials.use_agent)


def _connected(place: Place, options: SessionOptions, jumps: JumpHosts, deadline: float) -> socket.socket:
    """Return the connection; the way over other hosts may take the time of a log-in for each."""
    limit = options.connect_timeout + len(place.jumps) * (options.connect_timeout + options.login_timeout)
    try:
        return jumps.socket_to(place, min(time.monotonic() + limit, deadline))
    except (OSError, ValueError) as error:  # some names cannot even be asked for
        cause = error if isinstance(error, OSError) else socket.gaierror(str(error))
        raise of_connect(cause, place.name, place.port) from error


def _dial(host: str, port: int, end: float) -> socket.socket:
    """Return a connection to the first address that answers; none of them may use up the time of the others."""
    reason: OSError = TimeoutError()
    addresses = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    for index, (family, kind, protocol, _name, address) in enumerate(addresses):
        sock = socket.socket(family, kind, protocol)
        try:
            sock.settimeout(max((end - time.monotonic()) / (len(addresses) - index), _LEAST))
            sock.connect(address)
        except OSError as error:
            sock.close()
            reason = error
        else:
            return sock
    raise reason


@contextmanager
def hung_up_at(end: float, sock: socket.socket) -> Iterator[None]:
    """Close the connection when the time has come, whatever waits for it then."""
    watchdog = threading.Timer(max(end - time.monotonic(), 0), _hang_up, (sock,))
    watchdog.daemon = True
    watchdog.start()
    try:
        yield
    finally:
        watchdog.cancel()
        watchdog.join()


def _hang_up(sock: socket.socket) -> None:
    with suppress(OSError):
        sock.shutdown(socket.SHUT_RDWR)


def _banner(sock: socket.socket, host: str, port: int, end: float) -> str:
    """Return the line by which the server names itself, and leave it for the SSH library to read."""
    said = ""
    with suppress(OSError):
        while (left := end - time.monotonic()) > 0:
            sock.settimeout(left)
            seen = sock.recv(_BANNER, socket.MSG_PEEK).decode("utf-8", "replace")
            for line in seen.splitlines(keepends=True):
                if line.startswith("SSH-") and line.endswith("\n"):
                    if line.startswith("SSH-1.") and not line.startswith("SSH-1.99"):
                        raise first_protocol(host)
                    return line.strip()
            if not seen or len(seen) >= _BANNER:
                break
            said = seen
            time.sleep(_REST)
    raise other_service(host, port, printable(said)) if said.strip() else no_ssh(host, port)
