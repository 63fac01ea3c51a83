"""One SSH connection to a simulated device, served in a thread of its own."""

from __future__ import annotations

import logging
import socket
import threading
from collections.abc import Callable

import paramiko

from auditor.simulator.console import SimulatedDevice
from auditor.simulator.device_file import DeviceFile, Question
from auditor.simulator.door import Door
from auditor.simulator.faults import Faults
from auditor.simulator.shell_session import ShellSession
from auditor.simulator.terminal import LineClosed, Screen, Terminal

_LOG = "auditor.simulator.ssh"
_UNACCEPTED_KEX = "diffie-hellman-group1-sha1"
_WIDTH, _HEIGHT, _UNFOLDED = 80, 24, 100_000


class Connection(threading.Thread):
    """Negotiates, checks the log-in and serves channels until one side leaves."""

    def __init__(
        self,
        sock: socket.socket,
        *,
        file: DeviceFile,
        device: SimulatedDevice,
        host_keys: tuple[paramiko.PKey, ...],
        door: Door,
        faults: Faults,
        delay: float,
        may_write: bool,
        first_login: Callable[[], bool],
        received: list[str],
        stopping: threading.Event,
    ) -> None:
        super().__init__(name="simulated device", daemon=True)
        self._sock = sock
        self._file = file
        self._device = device
        self._host_keys = host_keys
        self._door = door
        self._faults = faults
        self._delay = delay
        self._may_write = may_write
        self._first_login = first_login
        self._received = received
        self._stopping = stopping
        self._transport: paramiko.Transport | None = None

    def run(self) -> None:
        """Serve the connection."""
        if self._faults.hang_at == "banner":
            self._stopping.wait()
            self._sock.close()
            return
        transport = self._transport = paramiko.Transport(self._sock)
        try:
            self._negotiate(transport)
            self._serve(transport)
        except (paramiko.SSHException, LineClosed, OSError, EOFError):
            pass  # the client left, or a test made it leave
        finally:
            transport.close()
            transport.join()

    def end(self) -> None:
        """Close the connection and wait until its threads are gone."""
        while self.is_alive():
            if self._transport is not None:
                self._transport.close()  # without effect before it has started, hence the loop
            self.join(0.05)

    def _negotiate(self, transport: paramiko.Transport) -> None:
        # A client that gives up mid-way is a test case here, nothing that belongs on the user's screen.
        logger = logging.getLogger(_LOG)
        logger.setLevel(logging.CRITICAL + 1)
        transport.set_log_channel(_LOG)
        transport.local_version = self._file.banner
        for key in self._host_keys:
            transport.add_server_key(key)
        if self._faults.old_cryptography:
            # The public setter takes only what the library can do itself.
            vars(transport)["_preferred_kex"] = (_UNACCEPTED_KEX,)
        transport.start_server(server=self._door)

    def _serve(self, transport: paramiko.Transport) -> None:
        while transport.is_active() and not self._stopping.is_set():
            channel = transport.accept(0.2)
            if channel is not None:
                self._serve_channel(channel)

    def _serve_channel(self, channel: paramiko.Channel) -> None:
        while not self._door.opened.wait(0.2):
            if channel.closed or self._stopping.is_set():
                return
        self._door.opened.clear()
        command, self._door.command = self._door.command, None
        wishes = self._door.wishes
        screen = Screen(
            width=wishes.width or self._door.size[0] or _WIDTH,
            height=wishes.height or self._door.size[1] or _HEIGHT,
            paints=self._faults.ansi or (self._file.colours and wishes.colours and command is None),
        )
        # Without a terminal nothing is folded.
        width = screen.width if command is None else _UNFOLDED
        console = self._device.open(user=wishes.user, may_write=self._may_write, width=width)
        terminal = Terminal(channel, screen=screen, faults=self._faults, stopping=self._stopping)
        with channel:
            if command is None:
                session = ShellSession(
                    terminal,
                    console,
                    file=self._file,
                    faults=self._faults,
                    delay=self._delay,
                    received=self._received,
                )
                session.serve(self._questions())
            else:
                self._received.append(command)
                terminal.write(console.run(command).text)
            channel.send_exit_status(0)

    def _questions(self) -> tuple[Question, ...]:
        return self._file.first_login if self._first_login() else ()
