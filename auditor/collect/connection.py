"""Opens the SSH connection through netmiko: strict host keys, one authentication, no preparation that types anything."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING, Any

import paramiko
from netmiko.base_connection import BaseConnection
from paramiko.kex_curve25519 import KexCurve25519

from auditor.collect.authentication import OneAuthentication
from auditor.collect.credentials import Credentials
from auditor.collect.failures import causes
from auditor.collect.host_keys import KnownHosts, default_store, host_name
from auditor.model.errors import OldCryptography
from auditor.model.text import _

if TYPE_CHECKING:
    from auditor.collect.sessions import Line

_CURVE = "curve25519-sha256"
_PATIENCE = 2.0  # seconds for a thread whose connection is closed

# Their messages quote user names and, in the past, passwords; ours say all that a person needs.
for _name in ("paramiko", "netmiko"):
    logging.getLogger(_name).addHandler(logging.NullHandler())
    logging.getLogger(_name).propagate = False


class _Transport(paramiko.Transport):
    """Remembers what the device offers, and knows the curve by the name that the standard gave it."""

    # The library's own tables; its types do not know them.
    _kex_info = {**paramiko.Transport._kex_info, _CURVE: KexCurve25519}  # type: ignore[attr-defined]  # noqa: RUF012, SLF001
    _preferred_kex = (_CURVE, *paramiko.Transport._preferred_kex)  # type: ignore[attr-defined]  # noqa: SLF001
    offered: dict[str, Any]

    def _really_parse_kex_init(self, m: Any, ignore_first_byte: bool = False) -> Any:
        self.offered = super()._really_parse_kex_init(m, ignore_first_byte)  # type: ignore[misc]
        return self.offered


class Shell(BaseConnection):
    """netmiko's connection without its drivers: it opens a shell and types nothing by itself."""

    def __init__(self, line: Line, credentials: Credentials, *, size: tuple[int, int]) -> None:
        options = line.options
        limit = self._limit = max(line.login_by - time.monotonic(), 0.1)
        self._strategy = OneAuthentication(credentials, deadline=line.login_by)
        self._known = KnownHosts(
            options.known_hosts or default_store(),
            host_name(line.host, options.port),
            accept_new=options.accept_new_host_keys,
        )
        self._size = size
        self._transport: _Transport | None = None
        super().__init__(
            host=line.host,
            port=options.port,
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
        return {**parameters, "auth_strategy": self._strategy, "transport_factory": self._new_transport}

    def _new_transport(self, *arguments: Any, **options: Any) -> paramiko.Transport:
        transport = self._transport = _Transport(*arguments, **options)
        transport.handshake_timeout = transport.channel_timeout = self._limit
        # As OpenSSH does: a server with several keys is asked for one that is known.
        security = transport.get_security_options()
        known = [name for name in security.key_types if name in self._known.algorithms]
        security.key_types = [*known, *(name for name in security.key_types if name not in known)]
        return transport

    def _build_ssh_client(self) -> paramiko.SSHClient:
        client = paramiko.SSHClient()
        # It keeps one key of each kind only, so that it is told none and asks about every key.
        client.set_missing_host_key_policy(self._known)
        return client

    def open_shell(self) -> None:
        """Connect, check the host key, log in and ask for a terminal."""
        try:
            self.establish_connection(*self._size)
        except Exception as error:
            for cause in causes(error):
                if isinstance(cause, paramiko.ssh_exception.IncompatiblePeer):
                    raise self._too_old(str(cause)) from error
            raise

    def _too_old(self, reason: str) -> OldCryptography:
        offered = getattr(self._transport, "offered", {})
        kinds = {
            "kex": "kex_algo_list",
            "host key": "server_key_algo_list",
            "cipher": "server_encrypt_algo_list",
            "mac": "server_mac_algo_list",
        }
        kind = next((key for word, key in kinds.items() if word in reason), None)
        names = ", ".join(
            name for name in offered.get(kind, ()) if "ext-info" not in name and "strict" not in name
        )
        return OldCryptography(
            _("{host} offers only cryptography that is no longer allowed: {reason}.").format(
                host=self.host, reason=names or reason.rstrip(".")
            ),
            advice=_("Update the router's system, or give it modern SSH keys and key exchange."),
        )

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
        if self._transport is not None and self._transport.is_alive():
            self._transport.join(_PATIENCE)

    def cleanup(self, command: str = "") -> None:
        """Nothing: leaving is the session's task."""
