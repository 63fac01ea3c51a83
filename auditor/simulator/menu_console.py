"""A console with a tree of menus: `/path command [target] key=value ...`, and a prompt that shows the path.

What a statement enters is checked as a whole before any of it is stored; a refusal changes nothing.
"""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from typing import Any

from auditor.profiles.schema import Strict
from auditor.simulator.console import Reply
from auditor.simulator.menu_commands import Commands
from auditor.simulator.menu_tables import Menu, Table
from auditor.simulator.menu_values import clock_duration, read_duration
from auditor.simulator.menu_words import Refused, Word, statements, unquoted

_LEAVE = "quit"
_UP = ".."


class Identity(Strict):
    """Where the name in the prompt stands."""

    menu: str
    key: str


class MenuConsoleData(Strict):
    """A menu console as data: the prompt, its words of refusal, the head of an export, and the menus.

    `prompt` has the fields user, name and path; `texts` the fields word, line and column, its keys are the kinds of
    `Refused`. `export_head` is formatted with the time by `strftime`.
    """

    prompt: str
    identity: Identity
    texts: dict[str, str]
    export_head: str
    menus: dict[str, Menu]


class MenuDevice:
    """The tables of one device."""

    def __init__(self, data: dict[str, Any]) -> None:
        self.data = MenuConsoleData.model_validate(data)
        self.tables = {name: Table(menu) for name, menu in self.data.menus.items()}
        self.lock = threading.Lock()
        self._branches = {
            tuple(name.split()[:depth]) for name in self.tables for depth in range(len(name.split()) + 1)
        }

    def open(self, *, user: str, may_write: bool, width: int) -> MenuConsole:
        """Start a session at the root of the tree."""
        return MenuConsole(self, user=user, may_write=may_write, width=width)

    @property
    def name(self) -> str:
        """Return the device's name."""
        identity = self.data.identity
        return self.tables[identity.menu].rows[0][identity.key]

    def children(self, path: tuple[str, ...]) -> set[str]:
        """Return the menus right below this one."""
        return {branch[-1] for branch in self._branches if branch[:-1] == path and branch}

    def lookup(self, menu: str, key: str) -> tuple[str, ...]:
        """Return the values of a key in every row of a menu."""
        return tuple(row[key] for row in self.tables[menu].rows if key in row)

    def export_head(self) -> str:
        """Return the first lines of an export."""
        return datetime.now(UTC).strftime(self.data.export_head)


class MenuConsole:
    """One session: where it stands in the tree, and what its user may do."""

    def __init__(self, device: MenuDevice, *, user: str, may_write: bool, width: int) -> None:
        self._device = device
        self._user = user
        self._path: tuple[str, ...] = ()
        self._commands = Commands(
            device.tables, lookup=device.lookup, head=device.export_head, may_write=may_write, width=width
        )

    @property
    def prompt(self) -> str:
        """Return the prompt with the path."""
        path = "/" + " ".join(self._path) if self._path else ""
        return self._device.data.prompt.format(user=self._user, name=self._device.name, path=path)

    def run(self, line: str) -> Reply:
        """Run the line's statements one after the other, up to the first that is refused."""
        text, pages = "", False
        with self._device.lock:
            try:
                for words in statements(line):
                    reply = self._statement(words)
                    text += reply.text
                    pages = pages or reply.pages
                    if reply.leaves:
                        return Reply(text=text, leaves=True)
            except Refused as refusal:
                text += self._refusal(refusal)
        return Reply(text=text, pages=pages)

    def _refusal(self, refusal: Refused) -> str:
        template = self._device.data.texts[refusal.kind]
        return template.format(word=refusal.word, line=1, column=refusal.column) + "\n"

    def _statement(self, words: list[Word]) -> Reply:
        if words[0].text.startswith(":"):
            return self._scripted(words)
        path, command, rest = self._resolve(words)
        if command is None:
            self._path = path
            return Reply()
        if command == _LEAVE:
            return Reply(leaves=True)
        return self._commands.run(" ".join(path), command, rest)

    def _resolve(self, words: list[Word]) -> tuple[tuple[str, ...], str | None, list[Word]]:
        """Walk down the tree; return where the walk ended, the command if there is one, and its words."""
        path = () if words[0].text.startswith("/") else self._path
        for index, word in enumerate(words):
            for step, column in _steps(word):
                if step == _UP:
                    path = path[:-1]
                    continue
                children = self._device.children(path)
                commands = self._commands.names(" ".join(path)) | ({_LEAVE} if not path else set())
                match = _match(step, children | commands)
                if match is None:
                    raise Refused("command", word=step, column=column)
                if match not in children:
                    return path, match, words[index + 1 :]
                path = (*path, match)
        return path, None, []

    def _scripted(self, words: list[Word]) -> Reply:
        """`:put "text"` and `:put [/menu get key]`, all that is needed to read a value in a script."""
        if words[0].text != ":put":
            raise Refused("command", word=words[0].text[1:], column=words[0].column + 1)
        if len(words) != 2:  # noqa: PLR2004 - the command and what it shows
            raise Refused("syntax", column=words[-1].column + len(words[-1].text))
        inner = words[1].group
        if inner is None:
            return Reply(text=unquoted(words[1].text) + "\n")
        path, command, rest = self._resolve(statements(inner, words[1].column + 1)[0])
        key = rest[-1].text if rest else ""
        table = self._device.tables.get(" ".join(path))
        if table is None or command != "get" or not table.rows or table.menu.parameter(key) is None:
            raise Refused("end", column=words[1].column)
        value = table.value(table.rows[0], key)
        parameter = table.menu.parameters.get(key)
        if parameter and parameter.kind == "duration":
            value = clock_duration(read_duration(value))
        return Reply(text=value + "\n")


def _steps(word: Word) -> list[tuple[str, int]]:
    """Cut `/ip/firewall` into its names, each with its column."""
    steps, column = [], word.column
    for part in word.text.split("/"):
        if part:
            steps.append((part, column))
        column += len(part) + 1
    return steps


def _match(typed: str, names: set[str]) -> str | None:
    """Return the name that was typed, in full or as far as it is the only one."""
    if typed in names:
        return typed
    begun = [name for name in names if name.startswith(typed)]
    return begun[0] if len(begun) == 1 else None
