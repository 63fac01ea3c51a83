"""A console with an operational and a configuration mode: `set` lines make a candidate, `commit` puts it in force.

The config is a list of statements in the order in which they are shown. What may be set stands in the device file as
paths in which `{kind}` is a word of that kind; `{kind!}` at the end holds one value, so another one replaces it.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Sequence
from typing import Any

from auditor.profiles.schema import Strict
from auditor.simulator.console import Reply

Words = tuple[str, ...]
_WORDS = re.compile(r'"[^"]*"|[^\s"]+')


class SetConsoleData(Strict):
    """A set console as data.

    `answers` are operational commands with fixed answers; an answer of `switches` depends on a statement: its path, the text
    with it and the text without. `references` are statements whose last word has to be defined: path, and the path of
    the definition before that word; `known` are words that need no definition.
    """

    name: str
    statements: tuple[str, ...]
    kinds: dict[str, str]
    config: str
    groups: dict[str, str]
    answers: dict[str, str]
    switches: dict[str, tuple[str, str, str]]
    references: dict[str, str]
    known: str


class SetRefused(Exception):
    """A line is not done; the message is what the console says."""


class _Config:
    """Statements in order, and those that are switched off."""

    def __init__(self, rows: Sequence[Words], off: Sequence[Words]) -> None:
        self.rows, self.off = list(rows), list(off)

    def copy(self) -> _Config:
        return _Config(self.rows, self.off)

    def below(self, path: Words) -> list[Words]:
        return [row for row in self.rows if row[: len(path)] == path]

    def holds(self, path: Words) -> bool:
        """Tell whether a statement is there and not switched off."""
        return any(not any(row[: len(off)] == off for off in self.off) for row in self.below(path))

    def put(self, row: Words, *, single: bool) -> None:
        if row in self.rows:
            return
        if single:
            same = [index for index, one in enumerate(self.rows) if one[:-1] == row[:-1]]
            if same:
                self.rows[same[0]] = row
                return
        shared = [_shared(one, row) for one in self.rows]
        most = max(shared, default=0)
        last = max((index for index, one in enumerate(shared) if one == most), default=len(self.rows) - 1)
        self.rows.insert(last + 1 if most else len(self.rows), row)

    def remove(self, path: Words) -> None:
        if not self.below(path):
            raise SetRefused("warning: statement not found")
        self.rows = [row for row in self.rows if row[: len(path)] != path]
        self.off = [off for off in self.off if off[: len(path)] != path]

    def move(self, path: Words, beside: Words, *, behind: bool) -> None:
        moved, other = self.below(path), self.below(beside)
        if not moved or not other or path == beside:
            raise SetRefused(f"error: statement '{' '.join(path[-2:])}' not found")
        self.rows = [row for row in self.rows if row not in moved]
        at = self.rows.index(other[-1]) + 1 if behind else self.rows.index(other[0])
        self.rows[at:at] = moved

    def text(self, *, below: Words = ()) -> str:
        lines = ["set " + " ".join(row) for row in self.below(below)]
        lines += ["deactivate " + " ".join(off) for off in self.off if off[: len(below)] == below]
        return "".join(f"{line}\n" for line in lines)


def _shared(one: Words, two: Words) -> int:
    return next(
        (i for i, (a, b) in enumerate(zip(one, two, strict=False)) if a != b), min(len(one), len(two))
    )


class SetDevice:
    """The state of one device."""

    def __init__(self, data: dict[str, Any]) -> None:
        self.data = SetConsoleData.model_validate(data)
        rows: list[Words] = []
        off: list[Words] = []
        for line in self.data.config.splitlines():
            verb, *words = _WORDS.findall(line)
            (off if verb == "deactivate" else rows).append(tuple(words))
        self.active = _Config(rows, off)
        self.lock = threading.Lock()

    def open(self, *, user: str, may_write: bool, width: int) -> SetConsole:
        """Start a session in operational mode."""
        del width
        return SetConsole(self, user=user, may_write=may_write)


class SetConsole:
    """One session: its mode, its candidate, and whether long output stops."""

    def __init__(self, device: SetDevice, *, user: str, may_write: bool) -> None:
        self._device = device
        self._user = user
        self._may_write = may_write
        self._candidate: _Config | None = None
        self._pages = True

    @property
    def prompt(self) -> str:
        """Return the prompt, with the place in the config above it in configuration mode."""
        who = f"{self._user}@{self._device.data.name}"
        return f"{who}> " if self._candidate is None else f"\n[edit]\n{who}# "

    def run(self, line: str) -> Reply:
        """Do what the line says."""
        words = tuple(_WORDS.findall(line))
        if not words:
            return Reply()
        with self._device.lock:
            try:
                if self._candidate is None:
                    return self._operational(words)
                return Reply(text=self._configure(words, self._candidate))
            except SetRefused as refusal:
                return Reply(text=f"{refusal}\n")

    def _operational(self, words: Words) -> Reply:
        data, command = self._device.data, " ".join(words)
        if command in {"exit", "quit"}:
            return Reply(leaves=True)
        if command == "configure private":
            if not self._may_write:
                raise SetRefused("error: permission denied: configure")
            self._candidate = self._device.active.copy()
            return Reply(
                text="warning: uncommitted changes will be discarded on exit\nEntering configuration mode\n"
            )
        if command in data.switches:
            path, present, absent = data.switches[command]
            return Reply(text=present if self._device.active.holds(tuple(path.split())) else absent)
        if command in data.answers:
            if command.startswith("set cli screen-length"):
                self._pages = False
            return Reply(text=data.answers[command])
        shown = self._shown(words)
        if shown is None:
            raise SetRefused(
                "unknown command." if words[0] not in {"show", "set", "clear"} else "syntax error."
            )
        return Reply(text=shown, pages=self._pages)

    def _shown(self, words: Words) -> str | None:
        """Return the config as it is in force, as `set` lines."""
        parts = [part.split() for part in " ".join(words).split(" | ")]
        filters = {" ".join(part) for part in parts[1:]}
        if parts[0][:2] != ["show", "configuration"] or "display set" not in filters:
            return None
        if not filters <= {"display inheritance", "display set", "no-more"}:
            return None
        if parts[0][2:3] == ["groups"]:
            return self._device.data.groups.get(" ".join(parts[0][3:]))
        return self._device.active.text(below=tuple(parts[0][2:]))

    def _configure(self, words: Words, candidate: _Config) -> str:
        verb, path = words[0], words[1:]
        if verb == "exit" and not path:
            self._candidate = None
            return "Exiting configuration mode\n"
        if verb == "set":
            pattern = self._pattern(path)
            candidate.put(path, single=pattern.endswith("!}"))
        elif verb == "delete" and path:
            candidate.remove(path)
        elif verb in {"deactivate", "activate"} and path:
            self._switch(candidate, path, off=verb == "deactivate")
        elif verb == "insert":
            self._insert(candidate, path)
        elif verb == "commit":
            return self._commit(candidate, path)
        else:
            raise SetRefused("                ^\nunknown command.")
        return ""

    def _pattern(self, path: Words) -> str:
        for pattern in self._device.data.statements:
            wanted = pattern.split()
            if len(wanted) == len(path) and all(map(self._fits, wanted, path)):
                return pattern
        raise SetRefused("                ^\nsyntax error.")

    def _fits(self, want: str, word: str) -> bool:
        if want[0] != "{":
            return want == word
        kind = want.strip("{}!")
        if kind == "seconds":
            return word == "never" or (word.isdigit() and 4 <= int(word) <= 86400)  # noqa: PLR2004
        return re.fullmatch(self._device.data.kinds[kind], word) is not None

    def _switch(self, candidate: _Config, path: Words, *, off: bool) -> None:
        if not candidate.below(path) or (not off and path not in candidate.off):
            raise SetRefused("warning: statement not found")
        candidate.off = [one for one in candidate.off if one != path] + ([path] if off else [])

    def _insert(self, candidate: _Config, path: Words) -> None:
        where = next((word for word in ("before", "after") if word in path), "")
        if not where:
            raise SetRefused("                ^\nsyntax error, expecting 'before' or 'after'.")
        at = path.index(where)
        other = path[at + 1 :]
        candidate.move(path[:at], (*path[: at - len(other)], *other), behind=where == "after")

    def _commit(self, candidate: _Config, words: Words) -> str:
        self._check(candidate)
        if words == ("check",):
            return "configuration check succeeds\n"
        if words and not (words[0] == "confirmed" and len(words) == 2 and words[1].isdigit()):  # noqa: PLR2004
            raise SetRefused("                ^\nsyntax error.")
        self._device.active = candidate.copy()
        if words:
            return f"commit confirmed will be automatically rolled back in {words[1]} minutes unless confirmed\ncommit complete\n"
        return "commit complete\n"

    def _check(self, candidate: _Config) -> None:
        """Refuse a candidate in which a statement names what is not defined."""
        data = self._device.data
        for pattern, definition in data.references.items():
            wanted = pattern.split()
            for row in candidate.rows:
                if len(row) != len(wanted) or not all(map(self._fits, wanted, row)):
                    continue
                if not re.fullmatch(data.known, row[-1]) and not candidate.below(
                    (*definition.split(), row[-1])
                ):
                    raise SetRefused(
                        f"error: {row[-1]} is not defined\nerror: configuration check-out failed"
                    )
