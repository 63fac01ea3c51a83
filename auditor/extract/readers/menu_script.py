r"""Reads scripts of consoles with a tree of menus and `key=value` commands, as an export writes them.

The language: a line with a path (`/ip firewall nat`) opens a menu, the commands that follow (`add`, `set`, with an
optional selector such as `set sip` or `set [ find default=yes ]`) belong to it; a command may also stand on the path's
own line. A backslash at the end of a line continues it and swallows the blanks that the next line starts with; values
may be quoted and then hold anything, escapes and wrapped lines included. Only one vendor's consoles speak it today;
it is a language of its own all the same, because exports, scripts and terminal sessions are written in it.

A record's section is the menu path without the leading slash, its values are the keys as written plus `@command`
(add, set, ...) and `@name` (the selector as written, without brackets; `name` is also set from a bare selector, and
from one such as `[ find name=sip ]`). Several `set` commands without a selector stay several records, in order.
`enable` and `disable` are records with `disabled`. A command that changes rows which its selector does not name
(`set [ find ]`, `set 3`, `remove`) is not understood, and what it sets is no longer stated by the lines before it.

A quote that stays open at the end of a line reaches over the next ones. Menus that are opened inside of it are text of
a script, or config behind a stray quotation mark: nothing in them is read, and they are not understood.
"""

from __future__ import annotations

import re
from collections.abc import Container, Mapping
from dataclasses import replace
from typing import Any

from auditor.extract.menu_statements import Token, is_continued, statements, tokens_of
from auditor.extract.records import NotUnderstood, Reading, Record

_CHANGES_ROWS = frozenset({"set", "enable", "disable", "remove", "reset", "move", "unset", "comment", "edit"})
_VERBS = _CHANGES_ROWS | {"add", "print", "export"}
_SELECTOR = re.compile(r'find(?: where)? name=("?)([^\s"=~<>!]+)\1')
_NAME = re.compile(r"[^\s,*\d][^\s,*]*")
_MENU_WORD = re.compile(r"[a-z][a-z0-9-]*|\.\.")
_PLAIN = re.compile(r"(?:add|set) [^\n]*")
_SWITCHES = {"enable": "no", "disable": "yes"}


def read(text: str, options: Mapping[str, Any]) -> Reading:
    """Return a record for every command, in order, but for menus that are not among the option `only`."""
    script = _Script(options.get("only"))
    for first, statement, whole in statements(text):
        script.enter(first, statement, whole=whole)
    return script.reading()


class _Script:
    """What was read so far, and the menu that is open."""

    def __init__(self, only: Container[str] | None) -> None:
        self._only = only
        self._menu = ""
        self._records: list[Record] = []
        self._sections: list[tuple[str, int]] = []
        self._odd: list[NotUnderstood] = []
        self._unsettled: dict[tuple[str, str], int] = {}

    def enter(self, first: int, statement: str, *, whole: bool) -> None:
        """Take the next statement."""
        if self._only is not None and self._menu not in self._only and _PLAIN.fullmatch(statement) and whole:
            return  # a row of a menu that nobody asks for: exports hold thousands
        tokens, clean = tokens_of(statement, first)
        path, commands = _split(tokens, self._menu)
        section = self._menu if path is None else path
        if path is not None:
            self._sections.append((path, first))
        if not clean or not whole:
            self._not_understood(section, first, statement)
        if "\n" in statement:
            self._swallowed(first, statement)
        if commands:
            self._command(section, first, commands, statement, readable=clean and whole)
        elif section != self._menu and not statement.lstrip().startswith(("/", "..")):
            self._not_understood(self._menu, first, statement)  # a menu's name, or a stray word
        if not commands or statement.lstrip().startswith("/"):
            self._menu = section

    def _not_understood(self, section: str, line: int, text: str) -> None:
        why = " ".join(text[:200].split())[:80]
        self._odd.append(NotUnderstood(section=section, line=line, why=why))

    def _swallowed(self, first: int, statement: str) -> None:
        """Mark the menus that open inside an open quote."""
        lines = statement.split("\n")
        for index in range(1, len(lines)):
            if is_continued(lines[index - 1]) or not lines[index].startswith("/"):
                continue
            path, _commands = _split(tokens_of(lines[index], first + index)[0], "")
            if path:
                self._not_understood(path, first + index, lines[index])

    def _command(
        self, section: str, first: int, commands: list[Token], statement: str, *, readable: bool
    ) -> None:
        record = _record(section, commands, first)
        if record is None:
            self._not_understood(section, first, statement)
        elif readable:
            if not _settled(record):
                self._not_understood(section, first, statement)
                self._unsettled |= {(section, key): len(self._records) for key in record.values}
            self._records.append(record)

    def reading(self) -> Reading:
        """Return everything that was read."""
        records = (self._still_stated(index, record) for index, record in enumerate(self._records))
        return Reading(
            records=tuple(records), sections=tuple(self._sections), not_understood=tuple(self._odd)
        )

    def _still_stated(self, index: int, record: Record) -> Record:
        """Return the record without what a later command may have changed."""
        gone = [
            key
            for key in record.values
            if key[0] != "@" and key != "name" and index < self._unsettled.get((record.section, key), -1)
        ]
        if not gone:
            return record
        return replace(record, values={key: value for key, value in record.values.items() if key not in gone})


def _settled(record: Record) -> bool:
    """Tell whether it is clear which rows a command changes."""
    verb, selector = record.values["@command"], record.values.get("@name")
    if verb not in _CHANGES_ROWS:
        return True
    if verb != "set" and verb not in _SWITCHES:
        return False
    if selector is None:
        return verb == "set" and "numbers" not in record.values
    return "name" in record.values and _NAME.fullmatch(record.values["name"]) is not None


def _split(tokens: list[Token], menu: str) -> tuple[str | None, list[Token]]:
    """Divide a statement into the menu that it names, None if none, and its command."""
    if not tokens or tokens[0].value is not None or tokens[0].bracketed or tokens[0].key in _VERBS:
        return None, tokens
    absolute = tokens[0].key.startswith("/")
    words = [] if absolute else menu.split()
    deep = len(words)
    parts = [replace(tokens[0], key=part) for part in tokens[0].key.split("/") if part]
    parts += tokens[1:]
    for index, token in enumerate(parts):
        if token.value is not None or token.bracketed or (token.key in _VERBS and len(words) > deep):
            known = absolute or token.key in _VERBS
            return (" ".join(words), parts[index:]) if known else (None, tokens)
        if not absolute and not _MENU_WORD.fullmatch(token.key):
            return None, tokens
        words = words[:-1] if token.key == ".." else [*words, *token.key.replace("/", " ").split()]
    return " ".join(words), []


def _record(section: str, tokens: list[Token], first: int) -> Record | None:
    """Return the record of a command; None where it has no verb."""
    verb = tokens[0]
    if verb.value is not None or verb.bracketed or verb.key not in _VERBS:
        return None
    values: dict[str, str] = {"@command": verb.key}
    lines: dict[str, int] = {}
    for token in tokens[1:]:
        if token.value is not None:
            values[token.key] = token.value
            lines[token.key] = token.line
        elif not token.key.startswith("!"):  # a full listing names what is not set: `!dst-port`
            values.setdefault("@name", token.key)
            name = _SELECTOR.fullmatch(token.key) if token.bracketed else None
            if name or not token.bracketed:
                values.setdefault("name", name.group(2) if name else token.key)
    if verb.key in _SWITCHES:
        values["disabled"] = _SWITCHES[verb.key]
    return Record(section=section, values=values, line=first, lines=lines)
