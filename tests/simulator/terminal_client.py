"""A plain SSH terminal for tests: it types and reads, and knows nothing of the simulator's inside."""

from __future__ import annotations

import time
from types import TracebackType
from typing import Self

import paramiko

from auditor.simulator.server import SimulatedRouter

PLAIN = "+cet1000w"


class TerminalClient:
    """A shell on a simulated router."""

    def __init__(
        self, router: SimulatedRouter, *, options: str = PLAIN, width: int = 80, height: int = 24
    ) -> None:
        self._client = connect(router, user=router.user + options)
        try:
            self.channel = self._client.invoke_shell(width=width, height=height)
        except BaseException:
            self._client.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.close()

    def send(self, text: str) -> None:
        self.channel.sendall(text.encode())

    def read_to(self, mark: str | tuple[str, ...], *, after: str = "", within: float = 5.0) -> str:
        """Return what comes until the mark ends it (behind `after`); fails when the line is closed or silent."""
        received = ""
        end = time.monotonic() + within
        while not (received.endswith(mark) and after in received):
            self.channel.settimeout(max(0.0, end - time.monotonic()))
            data = self.channel.recv(4096)
            assert data, f"closed after {received!r}"
            received += data.decode()
        return received

    def run(self, command: str, *, prompt: str | tuple[str, ...] = "> ") -> str:
        """Type a command at the prompt and return the reply without echo and prompt."""
        self.send(f"{command}\r")
        _echo, _line_end, shown = self.read_to(prompt, after=f"{command}\r\n").partition(f"{command}\r\n")
        return shown.replace("\r\n", "\n").rpartition("\n")[0] if "\n" in shown else ""

    def read_to_end(self, *, within: float = 5.0) -> str:
        """Return everything until the device closes the line."""
        received = b""
        self.channel.settimeout(within)
        while data := self.channel.recv(4096):
            received += data
        return received.decode()


def connect(
    router: SimulatedRouter, *, user: str | None = None, password: str | None = None
) -> paramiko.SSHClient:
    """Log in with the published host key and nothing else."""
    client = paramiko.SSHClient()
    try:
        for line in router.host_key_line.splitlines():
            entry = paramiko.hostkeys.HostKeyEntry.from_line(line)
            assert entry is not None
            assert entry.key is not None
            client.get_host_keys().add(entry.hostnames[0], entry.key.get_name(), entry.key)
        client.connect(
            router.host,
            router.port,
            user or router.user,
            router.password if password is None else password,
            look_for_keys=False,
            allow_agent=False,
            timeout=5,
            auth_timeout=5,
            banner_timeout=5,
        )
    except BaseException:
        client.close()
        raise
    return client
