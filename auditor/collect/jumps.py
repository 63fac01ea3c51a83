"""Hosts to jump over: one connection to each, shared by all that lies behind it."""

from __future__ import annotations

import getpass
import socket
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import replace
from types import TracebackType
from typing import Self

import paramiko

from auditor.collect.authentication import OneAuthentication
from auditor.collect.credentials import Credentials
from auditor.collect.failures import of_connect, of_login
from auditor.collect.host_keys import KnownHosts, default_store, host_name
from auditor.collect.options import SessionOptions
from auditor.collect.ssh_config import Place
from auditor.collect.transport import Negotiation
from auditor.model.errors import AuditorError, HostUnreachable, OldCryptography
from auditor.model.text import _

_PIECE = 65536
_LEAST = 0.1  # seconds
Dial = Callable[[str, int, float], socket.socket]


class JumpHosts:
    """The connections to the hosts in between; they end with the `with` block.

    Args:
        options: time limits and host key policy, as for the target.
        dial: opens a TCP connection to address and port until a moment of the monotonic clock.
        password: the jump hosts' own; a target's is never given to them.
        use_agent: whether the agent's keys are tried there.
    """

    def __init__(
        self, options: SessionOptions, *, dial: Dial, password: str | None = None, use_agent: bool = True
    ) -> None:
        self._options = options
        self._dial = dial
        self._password = password
        self._use_agent = use_agent
        self._open: dict[tuple[Place, ...], paramiko.SSHClient] = {}
        self._stack = ExitStack()
        self._lock = threading.RLock()  # the way to a host may lead over another one

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def socket_to(self, place: Place, end: float) -> socket.socket:
        """Return a connection to a place, through the hosts in between if there are any; `OSError` if it fails."""
        if not place.jumps:
            return self._dial(place.address, place.port, end)
        with self._lock:  # the second target waits until the first has logged in, then shares its connection
            client = self._client(place.jumps, end)
        transport = client.get_transport()
        if transport is None:
            raise ConnectionResetError
        try:
            channel = transport.open_channel(
                "direct-tcpip",
                (place.address, place.port),
                ("127.0.0.1", 0),
                timeout=max(end - time.monotonic(), _LEAST),
            )
        except paramiko.ChannelException as error:
            raise HostUnreachable(
                _("{jump} does not let anybody through to {host}, port {port}: {reason}.").format(
                    jump=place.jumps[-1].name, host=place.address, port=place.port, reason=error.text
                ),
                advice=_(
                    "Check the address behind it, and whether it allows forwarding (AllowTcpForwarding)."
                ),
            ) from error
        except paramiko.SSHException as error:
            raise TimeoutError from error
        return _as_socket(channel)

    def _client(self, hops: tuple[Place, ...], end: float) -> paramiko.SSHClient:
        client = self._open.get(hops)
        transport = client.get_transport() if client else None
        if client is None or transport is None or not transport.is_active():
            *before, hop = hops
            client = self._logged_in(replace(hop, jumps=tuple(before)), end)
            self._stack.callback(client.close)
            self._open[hops] = client
        return client

    def _logged_in(self, hop: Place, end: float) -> paramiko.SSHClient:
        try:
            sock = self.socket_to(hop, end)
        except OSError as error:
            raise of_connect(error, hop.name, hop.port) from error
        limit = max(end - time.monotonic(), _LEAST)
        known = KnownHosts(
            self._options.known_hosts or default_store(),
            host_name(hop.key_name, hop.port),
            accept_new=self._options.accept_new_host_keys,
        )
        negotiation = Negotiation(hop.name, known, limit=limit)
        credentials = Credentials(
            user=hop.user or getpass.getuser(),
            password=self._password,
            key_files=hop.key_files,
            use_agent=self._use_agent,
        )
        client = negotiation.client()
        try:
            client.connect(
                hop.address,
                hop.port,
                sock=sock,
                auth_strategy=OneAuthentication(credentials, deadline=end),
                transport_factory=negotiation.new_transport,
                banner_timeout=limit,
                auth_timeout=limit,
            )
        except Exception as error:
            client.close()
            sock.close()
            if isinstance(error, AuditorError):
                raise
            raise _refused(negotiation, error, hop, credentials.user) from error
        return client


def _refused(negotiation: Negotiation, error: Exception, hop: Place, user: str) -> AuditorError:
    if too_old := negotiation.too_old(error):
        return OldCryptography(
            too_old.message,
            advice=_(
                "--old-cryptography is for the router only, never for a host in between: update that host, or go another way."
            ),
        )
    return of_login(error, hop.name, hop.port, user)


def _as_socket(channel: paramiko.Channel) -> socket.socket:
    """Return a socket whose other end is the channel, so that what needs a real one can use it."""
    ours, theirs = socket.socketpair()
    for pump in (_outwards, _inwards):
        threading.Thread(target=pump, args=(channel, ours), name="jump", daemon=True).start()
    return theirs


def _outwards(channel: paramiko.Channel, sock: socket.socket) -> None:
    with suppress(OSError, EOFError):
        while data := sock.recv(_PIECE):
            channel.sendall(data)
    with suppress(OSError, EOFError):
        channel.close()


def _inwards(channel: paramiko.Channel, sock: socket.socket) -> None:
    with suppress(OSError, EOFError):
        while data := channel.recv(_PIECE):
            sock.sendall(data)
    with suppress(OSError):
        sock.shutdown(socket.SHUT_RDWR)
    sock.close()
