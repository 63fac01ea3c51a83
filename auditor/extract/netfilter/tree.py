"""Cuts an nft ruleset or script into statements: words, quoted strings and braces, each with its line."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

_TOKEN = re.compile(
    r"""(?P<space>[ \t\r]+|\\\n)
      | (?P<comment>\#[^\n]*)
      | (?P<newline>\n)
      | "(?P<quoted>[^"\n]*)"
      | (?P<mark>[{};,])
      | (?P<word>[^\s{};,"]*:"[^\s"]+"|[^\s{};,"]+)
      | (?P<stray>")""",
    re.VERBOSE,
)
_DEEPEST = 24
_BARE = re.compile(r"[^\s{};,\"#]+")
_HANDLE = re.compile(r"# handle \d+\s*")
_COUNTED = 4  # words of `counter packets N bytes N` behind the first


class Unreadable(Exception):
    """The text is not of this language: a brace or quote that never closes, or nesting without end."""

    def __init__(self, line: int) -> None:
        super().__init__(line)
        self.line = line


@dataclass(frozen=True, slots=True)
class Word:
    """A word, a comma, or a quoted string."""

    text: str
    line: int
    quoted: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    """What stands between braces: statements, divided by line ends and semicolons."""

    statements: tuple[tuple[Item, ...], ...]
    line: int

    def items(self) -> tuple[Item, ...]:
        """Return everything inside as one row: a set may go over several lines."""
        return tuple(item for statement in self.statements for item in statement)


Item: TypeAlias = Word | Group


def parse(text: str) -> tuple[tuple[Item, ...], ...]:
    """Return the statements of a text; `Unreadable` where its braces do not close."""
    tokens = list(_tokens(text))
    group, position = _group(tokens, 0, 1, 0)
    if position < len(tokens):
        raise Unreadable(tokens[position][1])
    return group.statements


def _tokens(text: str) -> Iterator[tuple[str, int, bool]]:
    """Yield (text, line, quoted); a line end is yielded as its own token."""
    line = 1
    before: list[str] = []
    for match in _TOKEN.finditer(text):
        kind = match.lastgroup
        if kind == "stray":
            raise Unreadable(line)
        if kind == "newline":
            yield "\n", line, False
            line += 1
        elif kind == "space":
            line += match.group().count("\n")
        elif kind == "quoted":
            yield match["quoted"], line, True
        elif kind == "comment" and _hides_a_match(match.group(), before):
            yield from ((word, line, False) for word in ("xt", *_BARE.findall(match.group())))
        elif kind in {"mark", "word"}:
            yield match.group().replace('"', ""), line, False
        before = (
            [] if kind == "newline" else [*before[-_COUNTED:], match.group()] if kind == "word" else before
        )


def _hides_a_match(comment: str, before: list[str]) -> bool:
    """Tell whether a listing shows a part of the rule as a comment: older nft does, of rules that iptables wrote.

    Those rules have a counter; the part stands before it (and the comment holds it) or right behind it.
    """
    if _HANDLE.fullmatch(comment):
        return False
    counted = before[-5:-3] == ["counter", "packets"] and before[-2:-1] == ["bytes"]
    return counted or "counter packets" in comment


def _group(tokens: list[tuple[str, int, bool]], position: int, line: int, depth: int) -> tuple[Group, int]:
    """Read statements up to the closing brace, or to the end at depth 0; return them and where it went on."""
    if depth > _DEEPEST:
        raise Unreadable(line)
    statements: list[tuple[Item, ...]] = []
    current: list[Item] = []
    while position < len(tokens):
        text, here, quoted = tokens[position]
        if not quoted and text == "}":
            if depth == 0:
                return Group((*statements, tuple(current)), line), position
            break
        position += 1
        if not quoted and text == "{":
            inner, position = _group(tokens, position, here, depth + 1)
            if position >= len(tokens):
                raise Unreadable(here)
            position += 1
            current.append(inner)
        elif not quoted and text in {";", "\n"}:
            if current and not (text == "\n" and _continues(current)):
                statements.append(tuple(current))
                current = []
        else:
            current.append(Word(text, here, quoted))
    if current:
        statements.append(tuple(current))
    return Group(tuple(statements), line), position


def _continues(current: list[Item]) -> bool:
    """Tell whether a list goes on in the next line."""
    last = current[-1]
    return isinstance(last, Word) and last.text == "," and not last.quoted


def words(items: tuple[Item, ...]) -> str:
    """Return items as text again, for evidence and for what is not understood."""
    parts = (f"{{ {words(item.items())} }}" if isinstance(item, Group) else item.text for item in items)
    return " ".join(parts)[:200]


def first_line(items: tuple[Item, ...]) -> int:
    """Return the line on which a statement starts."""
    return items[0].line if items else 1
