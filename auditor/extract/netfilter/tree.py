"""Cuts an nft ruleset or script into statements: words, quoted strings and braces, each with its line."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple, TypeAlias

# A comment to the end of the line, a quoted string, a mark, a word (it may end in a quoted part), a stray quote.
_TOKEN = re.compile(r'#.*|"[^"]*"|[{};,]|[^\s{};,"]*:"[^\s"]+"|[^\s{};,"]+|"')
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


class Word(NamedTuple):  # a tuple is made in half the time, and a large ruleset has a hundred thousand words
    """A word, a comma, or a quoted string."""

    text: str
    line: int
    quoted: bool = False


_word = partial(tuple.__new__, Word)  # as `Word(...)` does, without its call


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


def _tokens(text: str) -> Iterator[Word]:
    """Yield words; a line end is yielded as one of its own, unless a backslash stands before it."""
    for number, line in enumerate(text.split("\n"), 1):
        found = _TOKEN.findall(line)
        continued = found[-1:] == ["\\"] and line[-1] == "\\"
        for token in found[:-1] if continued else found:
            first = token[0]
            if first == "#":
                if _hides_a_match(token, line.removesuffix(token)):
                    yield from (Word(word, number) for word in ("xt", *_BARE.findall(token)))
            elif first == '"':
                if token == first:
                    raise Unreadable(number)
                yield Word(token[1:-1], number, quoted=True)
            else:  # few words, many times
                bare = token.replace('"', "") if '"' in token else token
                yield _word((sys.intern(bare), number, False))
        if not continued:
            yield _word(("\n", number, False))


def _hides_a_match(comment: str, before: str) -> bool:
    """Tell whether a listing shows a part of the rule as a comment: older nft does, of rules that iptables wrote.

    Those rules have a counter; the part stands before it (and the comment holds it) or right behind it.
    """
    if _HANDLE.fullmatch(comment):
        return False
    return "counter packets" in comment or _COUNTED.search(before) is not None


def _statements(
    tokens: Iterator[Word], line: int, depth: int
) -> tuple[tuple[tuple[Item, ...], ...], int | None]:
    """Read statements up to a closing brace or the end; return them, and the line of the brace."""
    if depth > _DEEPEST:
        raise Unreadable(line)
    statements: list[tuple[Item, ...]] = []
    current: list[Item] = []
    closed = None
    for word in tokens:
        if word.quoted or word.text not in _MARKS:
            current.append(word)
        elif word.text == "{":
            inner, end = _statements(tokens, word.line, depth + 1)
            if end is None:
                raise Unreadable(word.line)
            current.append(Group(inner, word.line))
        elif word.text == "}":
            closed = word.line
            break
        elif current and not (word.text == "\n" and _continues(current)):
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
