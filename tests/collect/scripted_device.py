"""A device over real SSH whose every word a test decides, and one session with it."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Self

import paramiko
from paramiko.server import InteractiveQuery

from auditor.collect.credentials import Credentials
from auditor.collect.dialogue import DeviceSession
from auditor.collect.line import connect, jump_hosts
from auditor.collect.options import SessionOptions
from auditor.collect.sessions import open_session
from auditor.profiles.schema import Session
from auditor.simulator.host_keys import known_hosts_line, new_key

PASSWORD = "sesame-0815"
USER = "admin"


class Stage:
    """What a script does on the terminal."""

    def __init__(self, channel: paramiko.Channel, received: list[str], stopping: threading.Event) -> None:
        self._channel = channel
        self._received = received
        self._stopping = stopping

    def say(self, text: str) -> None:
        self._channel.sendall(text.encode())

    def drip(self, text: str, pause: float) -> None:
        for character in text:
            self.pause(pause)
            self.say(character)

    def pause(self, seconds: float) -> None:
        if self._stopping.wait(seconds):
            raise EOFError

    def line(self, *, echo: bool = True) -> str:
        """Return the next line that is typed."""
        typed = b""
        while not typed.endswith((b"\r", b"\n")):
            data = self._channel.recv(1)
            if not data:
                raise EOFError
            typed += data
            if echo:
                self._channel.sendall(b"\r\n" if data in b"\r\n" else data)
        self._received.append(typed.decode().strip())
        return self._received[-1]

    def answer(self, prompt: str, replies: dict[str, str]) -> None:
        """Show the prompt and answer lines until the other side leaves."""
        while True:
            self.say(prompt)
            self.say(replies.get(self.line(), "% what?\r\n"))


class ScriptedDevice(paramiko.ServerInterface):
    """Listens on loopback; `play` acts for each session. `attempts` counts what was tried to log in."""

    def __init__(
        self,
        play: Callable[[Stage], None],
        *,
        methods: str = "password",
        questions: tuple[str, ...] = ("Password: ",),
        key_needed_too: bool = False,
        hangs_up_when_refusing: bool = False,
        shell: bool = True,
        sessions: bool = True,
        banner: str = "SSH-2.0-Scripted",
        password: str | None = PASSWORD,
    ) -> None:
        self.host, self.user = "127.0.0.1", USER
        self.received: list[str] = []
        self.attempts: list[str] = []
        self.connections = 0
        self.key = new_key("ed25519")
        self._play = play
        self._methods = methods
        self._questions = questions
        self._key_needed_too = key_needed_too
        self._hangs_up = hangs_up_when_refusing
        self._shell = shell
        self._sessions = sessions
        self._banner = banner
        self._password = password
        self._stopping = threading.Event()
        self._threads: list[threading.Thread] = []
        self._opened = threading.Event()
        self._transport: paramiko.Transport | None = None

    def __enter__(self) -> Self:
        self._listener = socket.create_server((self.host, 0))
        self.port: int = self._listener.getsockname()[1]
        self.host_key_line = known_hosts_line(self.key, host=self.host, port=self.port)
        self._door = threading.Thread(target=self._accept)
        self._door.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopping.set()
        with socket.create_connection((self.host, self.port)):
            self._door.join()
        self._listener.close()
        for thread in self._threads:
            thread.join()

    def _accept(self) -> None:
        while True:
            sock, _address = self._listener.accept()
            if self._stopping.is_set():
                sock.close()
                return
            self.connections += 1
            thread = threading.Thread(target=self._serve, args=(sock,))
            self._threads.append(thread)
            thread.start()

    def _serve(self, sock: socket.socket) -> None:
        transport = self._transport = paramiko.Transport(sock)
        transport.set_log_channel("scripted.device")
        transport.local_version = self._banner
        transport.add_server_key(self.key)
        with suppress(paramiko.SSHException, EOFError, OSError):
            transport.start_server(server=self)
            while transport.is_active() and not self._stopping.is_set():
                channel = transport.accept(0.1)
                if channel is not None:
                    with channel:
                        while not self._opened.wait(0.1) and not self._stopping.is_set():
                            pass
                        self._play(Stage(channel, self.received, self._stopping))
        transport.close()
        transport.join()
        sock.close()

    # What paramiko asks.

    def get_allowed_auths(self, username: str) -> str:
        return self._methods

    def check_auth_password(self, username: str, password: str) -> int:
        self.attempts.append("password")
        if "password" not in self._methods or password != self._password:
            return self._refuse()
        return paramiko.common.AUTH_SUCCESSFUL

    def check_auth_publickey(self, username: str, key: paramiko.PKey) -> int:
        self.attempts.append("publickey")
        if self._key_needed_too:
            self._methods = "password"
            return paramiko.common.AUTH_PARTIALLY_SUCCESSFUL
        return self._refuse()

    def check_auth_interactive(self, username: str, submethods: str) -> int | InteractiveQuery:
        self.attempts.append("keyboard-interactive")
        if "keyboard-interactive" not in self._methods:
            return self._refuse()
        return InteractiveQuery("", "", *((question, False) for question in self._questions))

    def check_auth_interactive_response(self, responses: list[str]) -> int:
        return (
            paramiko.common.AUTH_SUCCESSFUL if responses == [self._password] else paramiko.common.AUTH_FAILED
        )

    def _refuse(self) -> int:
        if self._hangs_up and self._transport is not None:
            self._transport.close()
        return paramiko.common.AUTH_FAILED

    def check_channel_request(self, kind: str, chanid: int) -> int:
        return (
            paramiko.common.OPEN_SUCCEEDED
            if self._sessions
            else paramiko.common.OPEN_FAILED_ADMINISTRATIVELY_PROHIBITED
        )

    def check_channel_pty_request(self, *arguments: object) -> bool:
        return True

    def check_channel_shell_request(self, channel: paramiko.Channel) -> bool:
        if self._shell:
            self._opened.set()
        return self._shell


def known(device: object, folder: Path) -> Path:
    """Write the device's host key down and return the file."""
    path = folder / "known_hosts"
    path.write_text(f"{device.host_key_line}\n", encoding="utf-8")  # type: ignore[attr-defined]
    return path


@contextmanager
def session_with(
    device: ScriptedDevice,
    folder: Path,
    spec: Session,
    *,
    credentials: Credentials | None = None,
    login_timeout: float = 10.0,
    command_timeout: float = 10.0,
    total_timeout: float = 60.0,
) -> Iterator[DeviceSession]:
    """Log in to a scripted device."""
    options = SessionOptions(
        port=device.port,
        known_hosts=known(device, folder),
        login_timeout=login_timeout,
        command_timeout=command_timeout,
        total_timeout=total_timeout,
    )
    given = credentials or Credentials(user=USER, password=PASSWORD, use_agent=False)
    with jump_hosts(options, given) as jumps, connect(device.host, options, jumps) as line:
        with open_session(line, credentials=given, profile=spec) as session:
            yield session
