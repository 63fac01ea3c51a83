"""The terminal of a simulated device: echo, line editing, colours, paging, and the speed of the line."""

from __future__ import annotations

import codecs
import re
import threading
from dataclasses import dataclass

import paramiko

from auditor.simulator.faults import Faults

_ESCAPE_SEQUENCE = re.compile(r"\x1b(?:\[[0-9;?]*[A-Za-z~]|[A-Z])")


class LineClosed(Exception):
    """The other side went away, or a fault cut the line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Screen:
    """Size in characters, and whether the device paints."""

    width: int
    height: int
    paints: bool


class Terminal:
    """Reads keys from and writes text to one SSH channel."""

    def __init__(
        self, channel: paramiko.Channel, *, screen: Screen, faults: Faults, stopping: threading.Event
    ) -> None:
        self.screen = screen
        self._channel = channel
        self._faults = faults
        self._stopping = stopping
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._typed = ""
        self._after_return = False
        self._sent = 0

    def write(self, text: str) -> None:
        """Send text; a newline becomes carriage return and line feed."""
        data = text.replace("\r\n", "\n").replace("\n", "\r\n").encode()
        limit = self._faults.drop_after_bytes
        if limit is not None and self._sent + len(data) >= limit:
            self._send(data[: max(0, limit - self._sent)])
            self.cut()
        self._send(data)

    def cut(self) -> None:
        """Break the connection as a pulled plug would."""
        if self._channel.transport is not None:
            self._channel.transport.close()
        raise LineClosed

    def pause(self, seconds: float) -> None:
        """Do nothing for so long, or until the simulator stops."""
        if self._stopping.wait(seconds):
            raise LineClosed

    def hang(self) -> None:
        """Stay silent until the simulator stops or the other side leaves."""
        while not self._channel.closed:
            self.pause(0.05)
        raise LineClosed

    def read_line(self, prompt: str, *, echo: bool = True) -> str:
        """Show the prompt and return the line that is typed behind it, echoing as it comes unless told not to."""
        shown = f"\x1b[9999B\x1b[32m{prompt}\x1b[m" if self.screen.paints and prompt else prompt
        self.write(shown)
        line = ""
        while True:
            key = self.read_key()
            if key in "\r\n":
                break
            if key in "\x08\x7f":
                line, rubbed = line[:-1], "\b \b" if line and echo else ""
                self.write(rubbed)
            elif key == "\x03":
                line = ""
                self.write(f"\n{shown}")
            elif key == "\x04" and not line:
                raise LineClosed
            elif key.isprintable():
                line += key
                self.write(key if echo else "")
        if self.screen.paints:
            self.write(f"\r\x1b[K{shown}{line}\x1b[K")
        self.write("\n")
        if self._faults.repeat_echo and echo:
            self.write(f"{shown}{line}\n")
        return line

    def read_key(self) -> str:
        """Return the next key; a line feed behind a carriage return is part of it, escape sequences are dropped."""
        while True:
            while not self._typed:
                self._receive()
            key, self._typed = self._typed[0], self._typed[1:]
            follows_return, self._after_return = self._after_return, key == "\r"
            if not (key == "\n" and follows_return):
                return key

    def page(
        self, text: str, *, foot: str, dump: str, leave: str, answered: list[str], rows: int = 0
    ) -> None:
        """Show a text screen by screen; the answer to each foot is appended to `answered`."""
        lines = text.splitlines(keepends=True)
        step = max(2, (rows or self.screen.height) - 1)
        while len(lines) > step:
            self.write("".join(lines[:step]) + foot)
            lines = lines[step:]
            key = self.read_key()
            answered.append(key)
            self.write("\r" + " " * len(foot) + "\r")
            if key in leave:
                return
            if key in dump:
                break
        self.write("".join(lines))

    def _receive(self) -> None:
        data = self._channel.recv(4096)
        if not data:
            raise LineClosed
        self._typed = _ESCAPE_SEQUENCE.sub("", self._typed + self._decoder.decode(data))

    def _send(self, data: bytes) -> None:
        rate = self._faults.bytes_per_second
        try:
            if rate is None:
                self._channel.sendall(data)
            else:
                for byte in data:
                    self.pause(1 / rate)
                    self._channel.sendall(bytes((byte,)))
        except OSError as error:
            raise LineClosed from error
        self._sent += len(data)
