"""Cuts an nft ruleset or script into statements: words, quoted strings and braces, each with its line."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

_TOKEN = re.compile(
    r"""[ \t\r]*(?:
        (?P<continued>\\\n)
      | (?P<comment>\#[^\n]*)
      | (?P<newline>\n)
      | "(?P<quoted>[^"\n]*)"
      | (?P<mark>[{};,])
      | (?P<word>[^\s{};,"]*:"[^\s"]+"|[^\s{};,"]+)
      | (?P<stray>"))""",
    re.VERBOSE,
)
_DEEPEST = 24
_MARKS = frozenset("{};\n")
_BARE = re.compile(r"[^\s{};,\"#]+")
_HANDLE = re.compile(r"# handle \d+\s*")
_COUNTED = re.compile(r"(?:^|\s)counter packets \S+ bytes \S+\s*$")


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
    statements, closed = _statements(_tokens(text), 1, 0)
    if closed is not None:
        raise Unreadable(closed)
    return statements


def _tokens(text: str) -> Iterator[tuple[str, int, bool]]:
    """Yield (text, line, quoted); a line end is yielded as its own token."""
    line = 1
    for match in _TOKEN.finditer(text):
        kind = match.lastgroup
        if kind == "word":
            word = match["word"]
            yield (
                sys.intern(word.replace('"', "") if '"' in word else word),
                line,
                False,
            )  # few words, many times
        elif kind == "mark":
            yield match["mark"], line, False
        elif kind == "newline":
            yield "\n", line, False
            line += 1
        elif kind == "quoted":
            yield match["quoted"], line, True
        elif kind == "continued":
            line += 1
        elif kind == "stray":
            raise Unreadable(line)
        elif _hides_a_match(match["comment"], text[text.rfind("\n", 0, match.start()) + 1 : match.start()]):
            yield from ((word, line, False) for word in ("xt", *_BARE.findall(match["comment"])))


def _hides_a_match(comment: str, before: str) -> bool:
    """Tell whether a listing shows a part of the rule as a comment: older nft does, of rules that iptables wrote.

    Those rules have a counter; the part stands before it (and the comment holds it) or right behind it.
    """
    if _HANDLE.fullmatch(comment):
        return False
    return "counter packets" in comment or _COUNTED.search(before) is not None


def _statements(
    tokens: Iterator[tuple[str, int, bool]], line: int, depth: int
) -> tuple[tuple[tuple[Item, ...], ...], int | None]:
    """Read statements up to a closing brace or the end; return them, and the line of the brace."""
    if depth > _DEEPEST:
        raise Unreadable(line)
    statements: list[tuple[Item, ...]] = []
    current: list[Item] = []
    closed = None
    for text, here, quoted in tokens:
        if quoted or text not in _MARKS:
            current.append(Word(text, here, quoted))
        elif text == "{":
            inner, end = _statements(tokens, here, depth + 1)
            if end is None:
                raise Unreadable(here)
            current.append(Group(inner, here))
        elif text == "}":
            closed = here
            break
        elif current and not (text == "\n" and _continues(current)):
            statements.append(tuple(current))
            current = []
    if current:
        statements.append(tuple(current))
    return tuple(statements), closed


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
