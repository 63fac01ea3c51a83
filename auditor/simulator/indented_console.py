"""A console with user, privileged and config modes, whose config consists of indented blocks."""

from __future__ import annotations

import re
import threading
from typing import Any

from auditor.profiles.schema import Strict
from auditor.simulator.console import Reply
from auditor.simulator.indented_tree import Node, Refused, Statement, Tree, filled

_PAGE = 24
_SECRET = "Password: "  # noqa: S105 - the question, not the answer


class Show(Strict):
    """What a command shows: `text` with groups of `line` in braces, and `<words|default>` for values of the block `of`."""

    line: str
    text: str
    of: str = ""
    anyone: bool = False  # at the first level, too


class IndentedConsoleData(Strict):
    """An indented console as data.

    `enable_secret`: sessions start at the first level, and `enable` asks for it. `texts` has the keys invalid, denied and
    secrets (after a wrong secret).
    """

    name: str
    enable_secret: str = ""
    texts: dict[str, str]
    shows: tuple[Show, ...]
    statements: tuple[Statement, ...]
    config: str


class IndentedDevice:
    """The config of one device."""

    def __init__(self, data: dict[str, Any]) -> None:
        self.data = IndentedConsoleData.model_validate(data)
        self.tree = Tree(self.data.config, self.data.statements)
        self.lock = threading.Lock()

    def open(self, *, user: str, may_write: bool, width: int) -> IndentedConsole:
        """Start a session; every user is the same to this device, and lines are not folded."""
        del user, width
        return IndentedConsole(self, may_write=may_write)


class IndentedConsole:
    """One session: its level, and the block that it stands in."""

    def __init__(self, device: IndentedDevice, *, may_write: bool) -> None:
        self._device = device
        self._may_write = may_write
        self._privileged = not device.data.enable_secret
        self._asked = False
        self._length = _PAGE
        self._way: list[
            tuple[Node, str]
        ] = []  # blocks from the whole config inwards, with their names in the prompt

    @property
    def prompt(self) -> str:
        """Return the prompt of the mode, or the question for the secret."""
        if self._asked:
            return _SECRET
        mode = f"({self._way[-1][1]})" if self._way else ""
        return f"{self._device.data.name}{mode}{'#' if self._privileged else '>'}"

    def run(self, line: str) -> Reply:
        """Do what the line says."""
        with self._device.lock:
            if self._asked:
                return self._secret(line)
            words = " ".join(line.split())
            if not words or words.startswith("!"):
                return Reply()
            return self._configure(words) if self._way else self._command(words)

    def _secret(self, line: str) -> Reply:
        self._asked = False
        self._privileged = line == self._device.data.enable_secret
        return Reply() if self._privileged else Reply(text=self._device.data.texts["secrets"] + "\n")

    def _command(self, words: str) -> Reply:
        if words in {"exit", "logout", "quit"}:
            return Reply(leaves=True)
        if words == "enable":
            self._asked = bool(self._device.data.enable_secret) and not self._privileged
            self._privileged = self._privileged or not self._asked
            return Reply(asks_secret=self._asked)
        length = re.fullmatch(r"terminal (length|width) (\d{1,3})", words)
        if length:
            self._length = int(length[2]) if length[1] == "length" else self._length
            return Reply()
        if words == "configure terminal" and self._privileged:
            return self._into_config()
        return self._show(words)

    def _into_config(self) -> Reply:
        if not self._may_write:
            return Reply(text=self._device.data.texts["denied"] + "\n")
        self._way = [(self._device.tree.root, "config")]
        return Reply(text="Enter configuration commands, one per line.  End with CNTL/Z.\n")

    def _configure(self, words: str) -> Reply:
        if words == "end":
            self._way = []
        elif words == "exit":
            self._way.pop()
        elif words.startswith("do "):
            return self._show(words.removeprefix("do "))
        else:
            return self._enter(words)
        return Reply()

    def _enter(self, words: str) -> Reply:
        """Enter a statement in the innermost block that knows it; those further inside are left."""
        for depth in range(len(self._way), 0, -1):
            block = self._way[depth - 1][0]
            try:
                node, statement = self._device.tree.enter(block, words)
            except Refused:
                continue
            self._way = self._way[:depth]
            if statement.opens and not words.startswith("no "):
                self._way.append((node, statement.opens))
            return Reply()
        return self._invalid(words)

    def _show(self, words: str) -> Reply:
        if not self._privileged:
            known = any(show.anyone and re.fullmatch(show.line, words) for show in self._device.data.shows)
            if not known:
                return self._invalid(words)
        config = re.fullmatch(r"show running-config(?P<all> all)?(?: \| include (?P<wanted>.+))?", words)
        text = self._running(config) if config else self._page(words)
        return self._invalid(words) if text is None else Reply(text=text, pages=self._length > 0)

    def _running(self, asked: re.Match[str]) -> str:
        lines = list(self._device.tree.lines(defaults=bool(asked["all"])))
        if asked["wanted"]:
            return "".join(f"{line}\n" for line in lines if asked["wanted"] in line)
        body = "\n".join(lines)
        exposed = " with default configurations exposed" if asked["all"] else ""
        return f"Building configuration...\n\nCurrent configuration{exposed} : {len(body)} bytes\n!\n{body}\n!\nend\n\n"

    def _page(self, words: str) -> str | None:
        for show in self._device.data.shows:
            match = re.fullmatch(show.line, words)
            if match is None:
                continue
            groups = {"level": "15" if self._privileged else "1", **match.groupdict(default="")}
            block = self._device.tree.block(filled(show.of, self._device.tree.root, groups))
            if block is not None:
                return filled(show.text, block, groups)
        return None

    def _invalid(self, words: str) -> Reply:
        column = len(self.prompt) + len(words.partition(" ")[0]) + 1
        return Reply(text=f"{' ' * column}^\n{self._device.data.texts['invalid']}\n\n")
