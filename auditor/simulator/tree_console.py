"""A console with a tree of menus and plain words: `cd`, `ls`, `set /path/value`, tables by `tab` and `add`.

Changes act at once. While `flash No` holds they are not stored: the counter of stored changes moves with `flash Yes`.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Sequence
from typing import Any

from auditor.profiles.schema import Strict
from auditor.simulator.console import Reply
from auditor.simulator.tree_menus import Tree, TreeMenu, TreeRefused

_WORDS = re.compile(r'"([^"]*)"|(\S+)')
_LANGUAGES = {"english": False, "deutsch": True, "german": True}


class TreeConsoleData(Strict):
    """A tree console as data.

    `prompt` has the fields user, name and path, `sysinfo` the field changes, `texts` the field word; the texts' keys are
    command, path, value, rights and bye.
    """

    prompt: str
    name: str
    translated: bool = False  # the language in which a session starts is not English
    sysinfo: str
    texts: dict[str, str]
    menus: dict[str, TreeMenu]


class TreeDevice:
    """The state of one device."""

    def __init__(self, data: dict[str, Any]) -> None:
        self.data = TreeConsoleData.model_validate(data)
        self.tree = Tree(self.data.menus)
        self.lock = threading.Lock()
        self.changes = 0

    def open(self, *, user: str, may_write: bool, width: int) -> TreeConsole:
        """Start a session at the root."""
        del width
        return TreeConsole(self, user=user, may_write=may_write)


class TreeConsole:
    """One session: where it stands, its language, and the columns that `tab` named last."""

    def __init__(self, device: TreeDevice, *, user: str, may_write: bool) -> None:
        self._device = device
        self._user = user
        self._may_write = may_write
        self._path: tuple[str, ...] = ()
        self._translated = device.data.translated
        self._columns: tuple[str, ...] = ()
        self._stores, self._unsaved = True, False
        self._commands = {
            "ls": self._list, "dir": self._list, "cd": self._cd, "lang": self._lang, "flash": self._flash,
            "set": self._set, "tab": self._tab, "add": self._add, "del": self._remove, "rm": self._remove,
            "sysinfo": self._sysinfo, "readscript": self._script,
        }  # fmt: skip

    @property
    def prompt(self) -> str:
        """Return both lines of the prompt."""
        return self._device.data.prompt.format(
            user=self._user, name=self._device.data.name, path="/" + "/".join(self._path)
        )

    def run(self, line: str) -> Reply:
        """Do what the statements of a line say, up to the first that is refused."""
        text = ""
        with self._device.lock:
            for statement in _statements(line):
                if statement[0].lower() == "exit":
                    return Reply(text=text + self._text("bye", ""), leaves=True)
                try:
                    text += self._statement(statement)
                except TreeRefused as refusal:
                    return Reply(text=text + self._text(refusal.kind, refusal.word))
        return Reply(text=text)

    def _text(self, kind: str, word: str) -> str:
        return self._device.data.texts[kind].format(word=word) + "\n"

    def _statement(self, words: Sequence[str]) -> str:
        command = self._commands.get(words[0].lower())
        if command is None:
            raise TreeRefused("command", words[0])
        return command(words[1:])

    def _resolved(self, path: str) -> tuple[str, ...]:
        parts = [] if path.startswith("/") else list(self._path)
        for part in path.split("/"):
            if part == "..":
                parts = parts[:-1]
            elif part:
                parts.append(part)
        return tuple(parts)

    def _list(self, words: Sequence[str]) -> str:
        path = self._resolved(words[0]) if words else self._path
        tree = self._device.tree
        table, menu = tree.table(path), tree.menu(path)
        if table is not None:
            return tree.table_page(table)
        if menu is None or len(words) > 1:
            raise TreeRefused("path", "/" + "/".join(path))
        return tree.menu_page(menu, translated=self._translated)

    def _cd(self, words: Sequence[str]) -> str:
        path = self._resolved(words[0]) if len(words) == 1 else ()
        table, menu = self._device.tree.table(path), self._device.tree.menu(path)
        if len(words) != 1 or (table is None and menu is None):
            raise TreeRefused("path", " ".join(words))
        own = "/".join(table) if table else menu
        self._path, self._columns = tuple(own.split("/")) if own else (), ()
        return ""

    def _lang(self, words: Sequence[str]) -> str:
        if len(words) != 1 or words[0].lower() not in _LANGUAGES:
            raise TreeRefused("value", " ".join(words))
        self._translated = _LANGUAGES[words[0].lower()]
        return ""

    def _flash(self, words: Sequence[str]) -> str:
        if len(words) != 1 or words[0].lower() not in {"yes", "no"}:
            raise TreeRefused("value", " ".join(words))
        self._stores = words[0].lower() == "yes"
        if self._stores and self._unsaved:
            self._device.changes += 1
            self._unsaved = False
        return ""

    def _changed(self) -> str:
        self._unsaved = not self._stores
        self._device.changes += self._stores
        return ""

    def _permitted(self) -> None:
        if not self._may_write:
            raise TreeRefused("rights", "")

    def _set(self, words: Sequence[str]) -> str:
        if len(words) < 2:  # noqa: PLR2004 - what is set, and its value
            raise TreeRefused("value", " ".join(words))
        path, tree = self._resolved(words[0]), self._device.tree
        table = tree.table(path[:-1])
        self._permitted()
        if table is not None:
            tree.change(table, path[-1], _pairs(words[1:]))
        elif len(words) == 2:  # noqa: PLR2004
            tree.set_value(tree.menu(path[:-1]) or "", path[-1], words[1])
        else:
            raise TreeRefused("value", " ".join(words[2:]))
        return self._changed()

    def _here(self) -> tuple[str, str]:
        table = self._device.tree.table(self._path)
        if table is None:
            raise TreeRefused("path", "/" + "/".join(self._path))
        return table

    def _tab(self, words: Sequence[str]) -> str:
        known = {column.lower(): column for column in self._device.tree.columns(self._here())}
        for word in words:
            if word.lower() not in known:
                raise TreeRefused("path", word)
        self._columns = tuple(known[word.lower()] for word in words)
        return ""

    def _add(self, words: Sequence[str]) -> str:
        table = self._here()
        columns = self._device.tree.columns(table)
        named = self._columns or tuple(columns)
        if len(words) != len(named):
            raise TreeRefused("value", " ".join(words))
        cells = dict(zip(named, words, strict=True))
        self._permitted()
        self._device.tree.add(table, [cells.get(c, p.default or "") for c, p in columns.items()])
        return self._changed()

    def _remove(self, words: Sequence[str]) -> str:
        table = self._here()
        if len(words) != 1:
            raise TreeRefused("value", " ".join(words))
        self._permitted()
        self._device.tree.remove(table, words[0])
        return self._changed()

    def _sysinfo(self, words: Sequence[str]) -> str:
        if words:
            raise TreeRefused("value", " ".join(words))
        return self._device.data.sysinfo.format(changes=self._device.changes)

    def _script(self, words: Sequence[str]) -> str:
        if words:
            raise TreeRefused("value", " ".join(words))
        return self._device.tree.script()


def _statements(line: str) -> list[list[str]]:
    """Return the words of the statements between ` ; `; a comment has none."""
    found: list[list[str]] = [[]]
    if line.lstrip().startswith("#"):
        return []
    for quoted, bare in _WORDS.findall(line):
        if bare == ";":
            found.append([])
        else:
            found[-1].append(bare or quoted)
    return [words for words in found if words]


def _pairs(words: Sequence[str]) -> dict[str, str]:
    """Return `{Column} value` pairs."""
    names = [word[1:-1] for word in words[::2] if word[:1] == "{" and word[-1:] == "}"]
    if len(words) % 2 or len(names) * 2 != len(words):
        raise TreeRefused("value", " ".join(words))
    return dict(zip(names, words[1::2], strict=True))
