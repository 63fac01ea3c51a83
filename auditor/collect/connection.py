"""Opens the SSH connection through netmiko: strict host keys, one authentication, no preparation that types anything."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING, Any

import paramiko
from netmiko.base_connection import BaseConnection

from auditor.collect.authentication import OneAuthentication
from auditor.collect.credentials import Credentials
from auditor.collect.transport import Negotiation

if TYPE_CHECKING:
    from auditor.collect.line import Line

_PATIENCE = 2.0  # seconds for a thread whose connection is closed

# Their messages quote user names and, in the past, passwords; ours say all that a person needs.
for _name in ("paramiko", "netmiko"):
    logging.getLogger(_name).addHandler(logging.NullHandler())
    logging.getLogger(_name).propagate = False


class Shell(BaseConnection):
    """netmiko's connection without its drivers: it opens a shell and types nothing by itself."""

    def __init__(self, line: Line, credentials: Credentials, *, size: tuple[int, int]) -> None:
        limit = max(line.login_by - time.monotonic(), 0.1)
        self._strategy = OneAuthentication(credentials, deadline=line.login_by)
        self._negotiation = Negotiation(line.host, line.known, limit=limit)
        self._size = size
        super().__init__(
            host=line.host,
            port=line.place.port,
            username=credentials.user,
            device_type="generic",
            ssh_strict=True,
            conn_timeout=limit,
            banner_timeout=limit,
            auth_timeout=limit,
            sock=line.sock,
            auto_connect=False,
        )
        logging.getLogger("netmiko").removeFilter(self._secrets_filter)

    def _connect_params_dict(self) -> dict[str, Any]:
        parameters: dict[str, Any] = super()._connect_params_dict()
        return {
            **parameters,
            "auth_strategy": self._strategy,
            "transport_factory": self._negotiation.new_transport,
        }

    def _build_ssh_client(self) -> paramiko.SSHClient:
        return self._negotiation.client()

    def open_shell(self) -> None:
        """Connect, check the host key, log in and ask for a terminal."""
        try:
            self.establish_connection(*self._size)
        except Exception as error:
            too_old = self._negotiation.too_old(error)
            if too_old is not None:
                raise too_old from error
            raise

    def session_preparation(self) -> None:
        """Nothing: the profile says all that may be typed."""

    def receive(self, timeout: float) -> bytes:
        """Return what arrives, waiting for it at most `timeout` seconds (TimeoutError); empty once the line is closed."""
        channel = self._channel()
        channel.settimeout(max(timeout, 0.01))
        return channel.recv(65536)

    def waiting(self) -> bool:
        """Tell whether something has arrived that nobody has read."""
        return self._channel().recv_ready()

    def send(self, text: str) -> None:
        """Send text as it is."""
        channel = self._channel()
        channel.settimeout(10)
        channel.sendall(text.encode("utf-8"))

    def _channel(self) -> paramiko.Channel:
        if not isinstance(self.remote_conn, paramiko.Channel):
            raise EOFError("the session is closed")  # noqa: TRY004 - as a closed line reads
        return self.remote_conn

    def disconnect(self) -> None:
        """Close, and wait until the library's thread is gone."""
        super().disconnect()
        transport = self._negotiation.transport
        if transport is not None and transport.is_alive():
            transport.join(_PATIENCE)

    def cleanup(self, command: str = "") -> None:
        """Nothing: leaving is the session's task."""
