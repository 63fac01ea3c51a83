"""The running config of a console with indented blocks: statements that can be entered, taken back and printed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from auditor.profiles.schema import Strict


class Form(Strict):
    """How the language is written: the word that takes a statement back, and the divider between blocks.

    `column` is where a statement outside of all blocks stands that opens none; with `apart` a divider stands in front of
    every one, else behind each block.
    """

    negation: str = "no"
    divider: str = "!"
    column: int = 0
    apart: bool = False


class Statement(Strict):
    """One statement that the device takes.

    `line` is a full match of it; its group `value`, if any, must lie between `least` and `most` unless it is a word.
    `inside` matches the head of the block in which it may stand (empty: outside of all). `opens` is the name in the
    prompt of the block that it opens. `one`: a new value replaces the line that begins with these words, and its
    negation needs only them. `taken_by` is a full match of the first words of the line, which are enough to take it back. `default` is the
    value that holds without a line. `built_in`: it holds without a line; only its negation is kept.
    """

    line: str
    inside: str = ""
    opens: str = ""
    one: str = ""
    taken_by: str = ""
    default: str = ""
    built_in: bool = False
    least: int = 0
    most: int = 0


@dataclass(slots=True)
class Node:
    """A line of the config with the block below it."""

    text: str
    column: int = 0
    below: list[Node] = field(default_factory=list)


class Refused(Exception):
    """The device does not know this line."""


class Tree:
    """The config as it runs."""

    def __init__(self, text: str, statements: Sequence[Statement], form: Form) -> None:
        self.root = Node("")
        self._statements = statements
        self._form = form
        self._no = f"{form.negation} "
        open_blocks = [(-1, self.root)]
        for line in text.splitlines():
            indent = len(line) - len(line.lstrip())
            while line.strip() and open_blocks[-1][0] >= indent:
                open_blocks.pop()
            if not line.strip() or line.strip() == form.divider:
                continue
            node = Node(line.strip(), column=indent if open_blocks[-1][1] is self.root else 0)
            open_blocks[-1][1].below.append(node)
            open_blocks.append((indent, node))

    def enter(self, block: Node, line: str) -> tuple[Node, Statement]:
        """Do what a line says in a block; return the node that it made or took away, and its statement."""
        negated = line.startswith(self._no)
        text = line.removeprefix(self._no)
        statement = self._statement(block, text, negated=negated)
        same = [node for node in block.below if _same(node.text, text, statement, negated=negated)]
        if statement.built_in:
            block.below[:] = [node for node in block.below if node.text.removeprefix(self._no) != text]
            if negated:
                self._insert(block, Node(line))
            return Node(line), statement
        if negated:
            block.below[:] = [node for node in block.below if node not in same]
            return Node(line), statement
        if same:
            same[0].text = text
            return same[0], statement
        node = Node(text)
        self._insert(block, node, opens=bool(statement.opens))
        return node, statement

    def _statement(self, block: Node, text: str, *, negated: bool) -> Statement:
        for statement in self._statements:
            if not re.fullmatch(statement.inside, block.text):
                continue
            if negated and statement.one and text == statement.one:
                return statement
            if negated and statement.taken_by and re.fullmatch(statement.taken_by, text):
                return statement
            match = re.fullmatch(statement.line, text)
            if match and _in_range(match, statement):
                return statement
        raise Refused

    def lines(self, *, defaults: bool = False) -> Iterator[str]:
        """Yield the lines of the config, dividers between blocks; with `defaults` also what holds unwritten."""
        for node in self.root.below:
            if self._form.apart:
                yield self._form.divider
            yield " " * node.column + node.text
            yield from _indented(node, 1)
            if node.below and not self._form.apart:
                yield self._form.divider
        if defaults:
            for statement in self._statements:
                if statement.default and not self._states(statement.one):
                    yield f"{statement.one} {statement.default}"

    def _insert(self, block: Node, node: Node, *, opens: bool = False) -> None:
        """Put a line behind the last one that begins with the same two words, else at the end."""
        node.column = 0 if opens or block is not self.root else self._form.column
        words = node.text.removeprefix(self._no).split()[:2]
        alike = [
            i for i, other in enumerate(block.below) if other.text.removeprefix(self._no).split()[:2] == words
        ]
        block.below.insert(alike[-1] + 1 if alike else len(block.below), node)

    def _states(self, words: str) -> bool:
        return any(node.text.startswith(f"{words} ") for node in self.root.below)

    def block(self, head: str) -> Node | None:
        """Return the block with this head; an empty one is the whole config."""
        if not head:
            return self.root
        return next((node for node in self.root.below if node.text == head), None)


def value_in(block: Node, words: str, default: str) -> str:
    """Return what stands behind these words in a block, or the default."""
    found = [node.text.removeprefix(f"{words} ") for node in block.below if node.text.startswith(f"{words} ")]
    return found[0] if found else default


def filled(template: str, block: Node, groups: Mapping[str, str]) -> str:
    """Put groups (`{name}`), values of a block (`<words|default>`) and what depends on a line (`<line?yes:no>`) into a text."""
    stated = {node.text for node in block.below}
    text = re.sub(
        r"<([^<>|?]+)\?([^<>:]*):([^<>]*)>",
        lambda place: place[2] if place[1] in stated else place[3],
        template,
    )
    text = re.sub(r"<([^<>|]+)\|([^<>|]*)>", lambda place: value_in(block, place[1], place[2]), text)
    return in_braces(text, groups)


def in_braces(template: str, groups: Mapping[str, str]) -> str:
    """Put groups (`{name}`) into a text."""
    return re.sub(r"\{(\w+)\}", lambda place: groups.get(place[1], ""), template)


def _same(have: str, text: str, statement: Statement, *, negated: bool) -> bool:
    begins = negated and statement.taken_by and have.startswith(f"{text} ")
    return have == text or bool(begins or (statement.one and have.startswith(f"{statement.one} ")))


def _in_range(match: re.Match[str], statement: Statement) -> bool:
    value = match.groupdict().get("value") or ""
    return not (value.isdigit() and statement.most) or statement.least <= int(value) <= statement.most


def _indented(node: Node, depth: int) -> Iterator[str]:
    for below in node.below:
        yield " " * depth + below.text
        yield from _indented(below, depth + 1)
