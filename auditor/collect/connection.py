"""Opens the SSH connection through netmiko: strict host keys, one authentication, no preparation that types anything."""

from __future__ import annotations

import logging
import socket
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import paramiko
from netmiko.base_connection import BaseConnection
from paramiko.auth_strategy import AuthSource, AuthStrategy, InMemoryPrivateKey, Password

from auditor.collect.credentials import Credentials
from auditor.collect.failures import causes
from auditor.collect.host_keys import StrictHostKeys, changed, default_store, host_name
from auditor.model.errors import UsageError
from auditor.model.text import _

if TYPE_CHECKING:
    from auditor.collect.sessions import SessionOptions

MOST_KEYS = 3

# Their messages quote user names and, in the past, passwords; ours say all that a person needs.
for _name in ("paramiko", "netmiko"):
    logging.getLogger(_name).addHandler(logging.NullHandler())
    logging.getLogger(_name).propagate = False


class OneAuthentication(AuthStrategy):
    """Key files and agent keys, at most three in all, then the password once."""

    def __init__(self, credentials: Credentials) -> None:
        super().__init__(ssh_config=paramiko.SSHConfig())
        self._credentials = credentials

    def get_sources(self) -> Iterator[AuthSource]:
        """Yield what is tried, in this order."""
        given = self._credentials
        keys = [_load(path) for path in given.key_files]
        if given.use_agent and len(keys) < MOST_KEYS:
            keys += paramiko.Agent().get_keys()
        if not keys and given.password is None:
            raise UsageError(
                _("There is nothing to log in with: no password, no key file, and no key in the SSH agent."),
                advice=_("Give --ask-password or --key, or set AUDITOR_PASSWORD."),
            )
        for key in keys[:MOST_KEYS]:
            yield InMemoryPrivateKey(username=given.user, pkey=key)
        password = given.password
        if password is not None:
            yield Password(username=given.user, password_getter=lambda: str(password))


def _load(path: Any) -> paramiko.PKey:
    try:
        return paramiko.PKey.from_path(path)
    except paramiko.PasswordRequiredException as error:
        raise UsageError(
            _("The key {path} is locked with a passphrase.").format(path=path),
            advice=_("Unlock it into the SSH agent (ssh-add) and leave --key out."),
        ) from error
    except (OSError, ValueError, paramiko.SSHException) as error:
        raise UsageError(_("{path} is not a private key that can be read.").format(path=path)) from error


class Shell(BaseConnection):
    """netmiko's connection without its drivers: it opens a shell and types nothing by itself."""

    def __init__(
        self,
        *,
        host: str,
        credentials: Credentials,
        options: SessionOptions,
        sock: socket.socket,
        size: tuple[int, int],
    ) -> None:
        self._strategy = OneAuthentication(credentials)
        self._store = options.known_hosts or default_store()
        self._accept_new = options.accept_new_host_keys
        self._size = size
        super().__init__(
            host=host,
            port=options.port,
            username=credentials.user,
            device_type="generic",
            ssh_strict=True,
            conn_timeout=options.login_timeout,
            banner_timeout=options.login_timeout,
            auth_timeout=options.login_timeout,
            sock=sock,
            auto_connect=False,
        )
        logging.getLogger("netmiko").removeFilter(self._secrets_filter)

    def _connect_params_dict(self) -> dict[str, Any]:
        parameters: dict[str, Any] = super()._connect_params_dict()
        return {**parameters, "auth_strategy": self._strategy}

    def _build_ssh_client(self) -> paramiko.SSHClient:
        client = paramiko.SSHClient()
        if self._store.is_file():
            client.load_host_keys(str(self._store))
        client.set_missing_host_key_policy(StrictHostKeys(self._store, accept_new=self._accept_new))
        return client

    def open_shell(self) -> None:
        """Connect, check the host key, log in and ask for a terminal."""
        try:
            self.establish_connection(*self._size)
        except Exception as error:
            found = next((e for e in causes(error) if isinstance(e, paramiko.BadHostKeyException)), None)
            if found is not None:
                name = host_name(self.host, self.port)
                raise changed(name, found.key, found.expected_key, self._store) from error
            raise

    def session_preparation(self) -> None:
        """Nothing: the profile says all that may be typed."""

    def receive(self, timeout: float) -> bytes:
        """Return what arrives, waiting for it at most `timeout` seconds (TimeoutError); empty once the line is closed."""
        channel = self._channel()
        channel.settimeout(max(timeout, 0.01))
        return channel.recv(65536)

    def send(self, text: str) -> None:
        """Send text as it is."""
        self._channel().sendall(text.encode("utf-8"))

    def _channel(self) -> paramiko.Channel:
        if not isinstance(self.remote_conn, paramiko.Channel):
            raise EOFError("the session is closed")  # noqa: TRY004 - as a closed line reads
        return self.remote_conn

    def cleanup(self, command: str = "") -> None:
        """Nothing: leaving is the session's task."""
