"""A console with user, privileged and config modes, whose config consists of indented blocks."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from typing import Any

from auditor.profiles.schema import Strict
from auditor.simulator.console import Reply
from auditor.simulator.indented_tree import Form, Node, Refused, Statement, Tree, filled, in_braces

_PAGE = 24
_SECRET = "Password: "  # noqa: S105 - the question, not the answer


class Rows(Strict):
    """A text for every line of the config that matches `line`, in a block whose head matches `inside`."""

    inside: str = ""
    line: str
    text: str


class Ways(Strict):
    """The words of the console: prompts, modes, paging, and how the config is shown.

    `paging` sets the height of a page to its group `rows`; another word than a number turns it off. `config` shows the
    config; its group `all` asks for defaults, `wanted` for the lines with these words. `shows_anywhere`: what shows needs
    no `do` in the config. `strict`: a statement that a block does not know is refused, whatever stands outside of it.
    """

    first: str = "{name}>"
    privileged: str = "{name}#"
    configuring: str = "{name}({block})#"
    top: str = "config"
    leave: tuple[str, ...] = ("exit", "logout", "quit")
    enable: str = "enable"
    configure: str = "configure terminal"
    configures: str = "Enter configuration commands, one per line.  End with CNTL/Z."
    end: str = "end"
    up: str = "exit"
    paging: str = r"terminal (?:length (?P<rows>\d{1,3})|width \d{1,3})"
    config: str = r"show running-config(?P<all> all)?(?: \| include (?P<wanted>.+))?"
    shown: str = (
        "Building configuration...\n\nCurrent configuration{exposed} : {size} bytes\n!\n{body}\n!\nend\n\n"
    )
    shows_anywhere: bool = False
    strict: bool = False


class Show(Strict):
    """What a command shows: `text` with groups of `line` in braces, and `<words|default>` for values of the block `of`.

    `rows` come behind it, and `foot` behind them.
    """

    line: str
    text: str
    of: str = ""
    rows: Rows | None = None
    foot: str = ""
    anyone: bool = False  # at the first level, too


class IndentedConsoleData(Strict):
    """An indented console as data.

    `enable_secret`: sessions start at the first level, and `enable` asks for it. `texts` has the keys invalid, denied and
    secrets (after a wrong secret).
    """

    name: str
    ways: Ways = Ways()
    form: Form = Form()
    enable_secret: str = ""
    texts: dict[str, str]
    shows: tuple[Show, ...]
    statements: tuple[Statement, ...]
    config: str


class IndentedDevice:
    """The config of one device."""

    def __init__(self, data: dict[str, Any]) -> None:
        self.data = IndentedConsoleData.model_validate(data)
        self.tree = Tree(self.data.config, self.data.statements, self.data.form)
        self.lock = threading.Lock()

    def open(self, *, user: str, may_write: bool, width: int) -> IndentedConsole:
        """Start a session; every user is the same to this device, and lines are not folded."""
        del user, width
        return IndentedConsole(self, may_write=may_write)


class IndentedConsole:
    """One session: its level, and the block that it stands in."""

    def __init__(self, device: IndentedDevice, *, may_write: bool) -> None:
        self._device = device
        self._ways = device.data.ways
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
        level = self._ways.privileged if self._privileged else self._ways.first
        form, block = (self._ways.configuring, self._way[-1][1]) if self._way else (level, "")
        return in_braces(form, {"name": self._device.data.name, "block": block})

    def run(self, line: str) -> Reply:
        """Do what the line says."""
        with self._device.lock:
            if self._asked:
                return self._secret(line)
            words = " ".join(line.split())
            if not words or words.startswith(self._device.data.form.divider):
                return Reply()
            return self._configure(words) if self._way else self._command(words)

    def _secret(self, line: str) -> Reply:
        self._asked = False
        self._privileged = line == self._device.data.enable_secret
        return Reply() if self._privileged else Reply(text=self._device.data.texts["secrets"] + "\n")

    def _command(self, words: str) -> Reply:
        if words in self._ways.leave:
            return Reply(leaves=True)
        if words == self._ways.enable:
            self._asked = bool(self._device.data.enable_secret) and not self._privileged
            self._privileged = self._privileged or not self._asked
            return Reply(asks_secret=self._asked)
        paging = re.fullmatch(self._ways.paging, words)
        if paging:
            rows = paging["rows"]
            self._length = self._length if rows is None else int(rows) if rows.isdigit() else 0
            return Reply(text=self._device.data.texts.get("paging", ""))
        if words == self._ways.configure and self._privileged:
            return self._into_config()
        return self._show(words)

    def _into_config(self) -> Reply:
        if not self._may_write:
            return Reply(text=self._device.data.texts["denied"] + "\n")
        self._way = [(self._device.tree.root, self._ways.top)]
        return Reply(text=f"{self._ways.configures}\n")

    def _configure(self, words: str) -> Reply:
        if words == self._ways.end:
            self._way = []
        elif words == self._ways.up:
            self._way.pop()
        elif words.startswith("do ") and not self._ways.shows_anywhere:
            return self._show(words.removeprefix("do "))
        elif self._ways.shows_anywhere and self._is_known(words):
            return self._show(words)
        else:
            return self._enter(words)
        return Reply()

    def _enter(self, words: str) -> Reply:
        """Enter a statement in the innermost block that knows it; those further inside are left."""
        outermost = len(self._way) - 1 if self._ways.strict else 0
        for depth in range(len(self._way), outermost, -1):
            block = self._way[depth - 1][0]
            try:
                node, statement = self._device.tree.enter(block, words)
            except Refused:
                continue
            self._way = self._way[:depth]
            match = re.fullmatch(statement.line, words)
            if statement.opens and match:
                self._way.append((node, in_braces(statement.opens, match.groupdict(default=""))))
            return Reply()
        return self._invalid(words)

    def _show(self, words: str) -> Reply:
        if not self._privileged:
            known = any(show.anyone and re.fullmatch(show.line, words) for show in self._device.data.shows)
            if not known:
                return self._invalid(words)
        config = re.fullmatch(self._ways.config, words)
        text = self._running(config) if config else self._page(words)
        return self._invalid(words) if text is None else Reply(text=text, pages=self._length > 0)

    def _running(self, asked: re.Match[str]) -> str:
        said = asked.groupdict()
        lines = list(self._device.tree.lines(defaults=bool(said.get("all"))))
        if wanted := said["wanted"]:
            return "".join(f"{line}\n" for line in lines if wanted in line)
        body = "\n".join(lines)
        exposed = " with default configurations exposed" if said.get("all") else ""
        return in_braces(self._ways.shown, {"exposed": exposed, "size": str(len(body)), "body": body})

    def _is_known(self, words: str) -> bool:
        """Tell whether a line is a command that shows something."""
        forms = (self._ways.config, *(show.line for show in self._device.data.shows))
        return any(re.fullmatch(form, words) for form in forms)

    def _page(self, words: str) -> str | None:
        for show in self._device.data.shows:
            match = re.fullmatch(show.line, words)
            if match is None:
                continue
            groups = {"level": "15" if self._privileged else "1", **match.groupdict(default="")}
            block = self._device.tree.block(filled(show.of, self._device.tree.root, groups))
            if block is not None:
                rows = "".join(self._rows(show.rows)) if show.rows else ""
                return f"{filled(show.text, block, groups)}{rows}{show.foot}"
        return None

    def _rows(self, rows: Rows) -> Iterator[str]:
        root = self._device.tree.root
        for block in root.below if rows.inside else (root,):
            head = re.fullmatch(rows.inside, block.text)
            for node in block.below if head else ():
                match = re.fullmatch(rows.line, node.text)
                if head and match:
                    yield in_braces(rows.text, {**head.groupdict(default=""), **match.groupdict(default="")})

    def _invalid(self, words: str) -> Reply:
        column = len(self.prompt) + len(words.partition(" ")[0]) + 1
        return Reply(text=f"{' ' * column}^\n{self._device.data.texts['invalid']}\n\n")
