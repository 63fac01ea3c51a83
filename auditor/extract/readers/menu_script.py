r"""Reads scripts of consoles with a tree of menus and `key=value` commands, as an export writes them.

The language: a line with a path (`/ip firewall nat`) opens a menu, the commands that follow (`add`, `set`, with an
optional selector such as `set sip` or `set [ find default=yes ]`) belong to it; a command may also stand on the path's
own line. A backslash at the end of a line continues it and swallows the blanks that the next line starts with; values
may be quoted and then hold anything, escapes and wrapped lines included. Only one vendor's consoles speak it today;
it is a language of its own all the same, because exports, scripts and terminal sessions are written in it.

A record's section is the menu path without the leading slash, its values are the keys as written plus `@command`
(add, set, ...) and `@name` (the selector as written, without brackets; `name` is also set from a bare selector).
Several `set` commands without a selector stay several records, in order.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from auditor.extract.records import NotUnderstood, Reading, Record

_VERBS = frozenset(
    {
        "add",
        "set",
        "remove",
        "enable",
        "disable",
        "print",
        "reset",
        "move",
        "unset",
        "comment",
        "edit",
        "export",
    }
)
_ESCAPES = {
    "n": "\n",
    "r": "\r",
    "t": "\t",
    "\\": "\\",
    '"': '"',
    "$": "$",
    "?": "?",
    "_": " ",
    "a": "\a",
    "b": "\b",
    "f": "\f",
    "v": "\v",
}
_HEX = re.compile(r"[0-9A-F]{2}")
_CONTINUED = re.compile(r"\\\n[ \t]*")
_WORD = re.compile(r'[^\s="\[\]]+')
# The usual pair, without escapes: read in one step, for exports are large.
_PAIR = re.compile(r'([^\s;"\\=\[\]]+)=(?:"([^"\\\n]*)"|([^\s;"\\]*))(?=[\s;]|$)')
_COMMENT = re.compile(r"^[ \t]*#")


@dataclass(frozen=True, slots=True)
class _Token:
    """A word, or a key with its value; `line` is where it starts."""

    key: str
    value: str | None
    line: int
    bracketed: bool = False


def read(text: str, options: Mapping[str, Any]) -> Reading:
    """Return a record for every command, in order. No option is known."""
    del options
    records: list[Record] = []
    sections: list[tuple[str, int]] = []
    odd: list[NotUnderstood] = []
    menu = ""
    for first, statement, whole in _statements(text):
        tokens, clean = _tokens(statement, first)
        path, commands = _split(tokens)
        if path is not None:
            menu = path
            sections.append((menu, first))
        if not clean or not whole:
            odd.append(NotUnderstood(section=menu, line=first, why=statement[:80]))
        if commands:
            record = _record(menu, commands, first)
            if record is None:
                odd.append(NotUnderstood(section=menu, line=first, why=statement[:80]))
            elif clean and whole:
                records.append(record)
    return Reading(records=tuple(records), sections=tuple(sections), not_understood=tuple(odd))


def _statements(text: str) -> Iterator[tuple[int, str, bool]]:
    """Yield (line, statement, whole) with wrapped lines left inside; comments and blank lines are passed over."""
    lines = text.split("\n")
    index = 0
    while index < len(lines):
        start = index
        if _COMMENT.match(lines[index]) or not lines[index].strip():
            index += 1
            continue
        while _continues(lines[index]) and index + 1 < len(lines):
            index += 1
        whole = not _continues(lines[index])
        yield start + 1, "\n".join(lines[start : index + 1]), whole
        index += 1


def _continues(line: str) -> bool:
    """Tell whether a line ends in an odd number of backslashes."""
    stripped = line.rstrip("\r")
    return (len(stripped) - len(stripped.rstrip("\\"))) % 2 == 1


def _tokens(statement: str, first: int) -> tuple[list[_Token], bool]:
    """Cut a statement into words and key=value pairs; the flag is False where a quote or bracket stays open."""
    tokens: list[_Token] = []
    position, line, end = 0, first, len(statement)
    while position < end:
        skipped = _CONTINUED.match(statement, position)
        if skipped:
            line += 1
            position = skipped.end()
        elif statement[position].isspace() or statement[position] in ";]":
            line += statement[position] == "\n"
            position += 1
        elif statement[position] == "[":
            close = _closing(statement, position)
            if close < 0:
                return tokens, False
            inner = _CONTINUED.sub("", statement[position + 1 : close]).strip()
            tokens.append(_Token(inner, None, line, bracketed=True))
            line += statement.count("\n", position, close)
            position = close + 1
        elif pair := _PAIR.match(statement, position):
            key, quoted, bare = pair.groups()
            tokens.append(_Token(key, bare if quoted is None else quoted, line))
            position = pair.end()
        else:
            start_line = line
            key, position, line, closed = _value(statement, position, line, stop_at_equals=True)
            value = None
            if closed and position < end and statement[position] == "=":
                value, position, line, closed = _value(statement, position + 1, line, stop_at_equals=False)
            tokens.append(_Token(key, value, start_line))
            if not closed:
                return tokens, False
    return tokens, True


def _closing(statement: str, position: int) -> int:
    """Return the index of the bracket that closes the one at `position`, -1 if none; quotes are respected."""
    depth, quoted, index = 0, False, position
    while index < len(statement):
        character = statement[index]
        if character == "\\":
            index += 1
        elif character == '"':
            quoted = not quoted
        elif not quoted and character in "[]":
            depth += 1 if character == "[" else -1
            if depth == 0:
                return index
        index += 1
    return -1


def _value(statement: str, position: int, line: int, *, stop_at_equals: bool) -> tuple[str, int, int, bool]:
    """Read a bare or quoted value; return text, next position, line there, and whether its quotes are closed."""
    out: list[str] = []
    quoted, end = False, len(statement)
    while position < end:
        character = statement[position]
        if character == "\\":
            skipped = _CONTINUED.match(statement, position)
            if skipped:
                position, line = skipped.end(), line + 1
                continue
            plain, position = _escape(statement, position)
            out.append(plain)
            continue
        if character == '"':
            quoted = not quoted
        elif not quoted and (
            character.isspace() or character == ";" or (stop_at_equals and character in "=[")
        ):
            break
        else:
            line += character == "\n"
            out.append(character)
        position += 1
    return "".join(out), position, line, not quoted


def _escape(statement: str, position: int) -> tuple[str, int]:
    """Return the character that an escape stands for, and the position behind it."""
    following = statement[position + 1 : position + 2]
    if following in _ESCAPES and following:
        return _ESCAPES[following], position + 2
    code = _HEX.match(statement, position + 1)
    if code:
        return chr(int(code.group(), 16)), position + 3
    return following, position + 2


def _split(tokens: list[_Token]) -> tuple[str | None, list[_Token]]:
    """Divide a statement into the menu that it opens, None if none, and its command."""
    if not tokens or not tokens[0].key.startswith("/") or tokens[0].value is not None:
        return None, tokens
    words: list[str] = []
    for index, token in enumerate(tokens):
        word = token.key.lstrip("/") if index == 0 else token.key
        if token.value is not None or token.bracketed or (word in _VERBS and words):
            return " ".join(words).replace("/", " "), tokens[index:]
        if word:
            words.append(word)
    return " ".join(words).replace("/", " "), []


def _record(menu: str, tokens: list[_Token], first: int) -> Record | None:
    """Return the record of a command; None where it has no verb."""
    verb = tokens[0]
    if verb.value is not None or verb.bracketed or verb.key not in _VERBS:
        return None
    values: dict[str, str] = {"@command": verb.key}
    lines: dict[str, int] = {}
    for token in tokens[1:]:
        if token.value is None:
            values.setdefault("@name", token.key)
            if not token.bracketed:
                values.setdefault("name", token.key)
        else:
            values[token.key] = token.value
            lines[token.key] = token.line
    return Record(section=menu, values=values, line=first, lines=lines)
