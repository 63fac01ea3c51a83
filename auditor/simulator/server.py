"""A simulated device that listens on loopback and speaks real SSH.

    with SimulatedRouter("some_device") as router:
        connect to router.host, router.port as router.user with router.password

The state lives as long as the `with` block: what one session sets, the next one sees.
"""

from __future__ import annotations

import secrets
import socket
import threading
from pathlib import Path
from types import TracebackType
from typing import Self

import paramiko

from auditor.simulator.connection import Connection
from auditor.simulator.console import build_device
from auditor.simulator.device_file import read_device
from auditor.simulator.door import Door
from auditor.simulator.faults import NO_FAULTS, Faults
from auditor.simulator.host_keys import KeyType, known_hosts_line, new_key

_LOOPBACK = "127.0.0.1"


class SimulatedRouter:
    """A device from `devices/<slug>.yaml` or from a file of that form, in its initial state.

    Args:
        device: slug or path of the YAML file.
        faults: what goes wrong.
        user: name of the only user, without console options; the device's own if not given.
        password: the user's password; random if not given.
        delay: seconds before each reply.
        may_write: False for a user who may only read.
        first_login: the very first session is asked the device's first questions.
        key_types: kinds of host keys, generated at the start.
        host_keys: keys to use instead of generated ones.
        authorized_keys: public keys that may log in, each `type base64`.

    Attributes:
        file: the device as data.
        received: every line and every pager or question answer that reached the device, in order, without passwords.
    """

    def __init__(
        self,
        device: str | Path,
        *,
        faults: Faults = NO_FAULTS,
        user: str | None = None,
        password: str | None = None,
        delay: float = 0.0,
        may_write: bool = True,
        first_login: bool = False,
        key_types: tuple[KeyType, ...] = ("ed25519",),
        host_keys: tuple[paramiko.PKey, ...] = (),
        authorized_keys: tuple[str, ...] = (),
    ) -> None:
        self.file = read_device(device)
        self.host = _LOOPBACK
        self.user = user or self.file.user
        self.password = secrets.token_urlsafe(12) if password is None else password
        self.received: list[str] = []
        self._device = build_device(self.file)
        self._faults = faults
        self._delay = delay
        self._may_write = may_write
        self._first_login = first_login
        self._authorized_keys = authorized_keys
        self._host_keys = host_keys or tuple(new_key(kind) for kind in key_types)
        published = tuple(new_key("ed25519") for _key in self._host_keys[:1])
        self._published_keys = published if faults.changed_host_key else self._host_keys
        self._attempts: list[str] = []
        self._connections: list[Connection] = []
        self._stopping = threading.Event()
        self.port = 0

    @property
    def host_key_line(self) -> str:
        """Return the device's lines of a `known_hosts` file (one line unless it has several keys)."""
        return "\n".join(
            known_hosts_line(key, host=self.host, port=self.port) for key in self._published_keys
        )

    @property
    def logins(self) -> int:
        """Return how many authentications were tried, accepted ones included."""
        return len(self._attempts)

    def __enter__(self) -> Self:
        self._listener = socket.create_server((_LOOPBACK, 0))
        self.port = self._listener.getsockname()[1]
        self._acceptor = threading.Thread(
            target=self._accept, args=(self._listener,), name="simulated device's door", daemon=True
        )
        self._acceptor.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stopping.set()
        # Closing a listening socket wakes nobody up on some systems; a connection does everywhere.
        with socket.create_connection((self.host, self.port)):
            self._acceptor.join()
        for connection in self._connections:
            connection.end()

    def _accept(self, listener: socket.socket) -> None:
        with listener:
            while True:
                sock, _address = listener.accept()
                if self._stopping.is_set():
                    sock.close()
                    return
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # echoes are small and many
                connection = self._connection(sock)
                self._connections.append(connection)
                connection.start()

    def _connection(self, sock: socket.socket) -> Connection:
        door = Door(
            user=self.user,
            password=self.password,
            authorized_keys=self._authorized_keys,
            login_options=self.file.login_options,
            faults=self._faults,
            stopping=self._stopping,
            attempts=self._attempts,
        )
        return Connection(
            sock,
            file=self.file,
            device=self._device,
            host_keys=self._host_keys,
            door=door,
            faults=self._faults,
            delay=self._delay,
            may_write=self._may_write,
            first_login=self._is_first_login,
            received=self.received,
            stopping=self._stopping,
        )

    def _is_first_login(self) -> bool:
        first, self._first_login = self._first_login, False
        return first
