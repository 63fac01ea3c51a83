"""Objects of a hierarchical config: which statements belong to one, and what each of them says (see `stanza_config`)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from auditor.extract.records import Record

_SEPARATORS = {"+": ", ", "#": ","}


@dataclass(frozen=True, slots=True)
class _Leaf:
    """What may follow an object: words, one of them perhaps a name for a value."""

    words: tuple[str, ...]
    values: tuple[tuple[str, str], ...]

    @property
    def open_ended(self) -> bool:
        """Tell whether it takes all words that are left, which the head of a block has not got yet."""
        return self.words[-1].endswith(("*}", "#}"))

    def read(self, words: Sequence[str]) -> list[tuple[str, str, str]] | None:
        """Return key, value and kind of each value if the words fit."""
        found = []
        for index, want in enumerate(self.words):
            if want[0] != "{":
                if index >= len(words) or words[index] != want:
                    return None
                continue
            key, kind = (want[1:-2], want[-2]) if want[-2] in "+*#" else (want[1:-1], "")
            if index >= len(words):
                return None
            if kind in {"*", "#"}:
                rest = " ".join(words[index:])
                found.append((key, rest.replace(" to ", "-") if kind == "#" else rest, kind))
                return [*found, *((k, v, "") for k, v in self.values)]
            found.append((key, words[index], kind))
        if len(words) != len(self.words):
            return None
        if not found and not self.values:
            return [(" ".join(self.words), "yes", "")]
        return [*found, *((k, v, "") for k, v in self.values)]


@dataclass(frozen=True, slots=True)
class ObjectKind:
    """One kind of object, as the profile describes it."""

    section: str
    at: tuple[str, ...]
    leaves: tuple[_Leaf, ...]
    pairs: bool
    parent: str
    derived: tuple[tuple[str, str], ...]
    keep_inactive: bool

    def names(self, words: Sequence[str]) -> dict[str, str] | None:
        """Return the values that the way to the object holds if the words lead to one."""
        if len(words) < len(self.at):
            return None
        names = {}
        for want, word in zip(self.at, words, strict=False):
            if want[0] == "{":
                names[want[1:-1]] = word
            elif want != word:
                return None
        return names


def kinds_of(objects: Iterable[Mapping[str, Any]]) -> dict[str, list[ObjectKind]]:
    """Return the kinds by their first word, the longest way first."""
    kinds: dict[str, list[ObjectKind]] = {}
    for item in objects:
        kind = ObjectKind(
            section=str(item["section"]),
            at=tuple(str(item["at"]).split()),
            leaves=tuple(_leaf(one) for one in item.get("leaves", ())),
            pairs=bool(item.get("pairs")),
            parent=str(item.get("parent", "")),
            derived=tuple((str(k), str(v)) for k, v in item.get("values", {}).items()),
            keep_inactive=bool(item.get("keep_inactive")),
        )
        kinds.setdefault(kind.at[0], []).append(kind)
    for group in kinds.values():
        group.sort(key=lambda kind: -len(kind.at))
    return kinds


def _leaf(item: Any) -> _Leaf:
    if isinstance(item, str):
        return _Leaf(tuple(item.split()), ())
    values = tuple((str(k), str(v)) for k, v in item.get("values", {}).items())
    return _Leaf(tuple(str(item["match"]).split()), values)


@dataclass(slots=True)
class Found:
    """An object while it is put together."""

    kind: ObjectKind
    values: dict[str, str]
    line: int
    lines: dict[str, int] = field(default_factory=dict)
    _seen: set[tuple[str, str]] = field(default_factory=set)

    def add(self, words: Sequence[str], line: int, *, off: bool, block: bool) -> None:
        """Take in a statement of the object; `off`: the object is switched off, `block`: what it says follows inside."""
        if off:
            self.values["@inactive"] = "yes"
        for key, value, kind in self._values(words, block=block):
            if kind in {"+", "#"} and key in self.values:
                if (key, value) not in self._seen:
                    self.values[key] += f"{_SEPARATORS[kind]}{value}"
            else:
                self.values[key] = value
                self.lines[key] = line
            self._seen.add((key, value))

    def _values(self, words: Sequence[str], *, block: bool) -> Iterable[tuple[str, str, str]]:
        if self.kind.pairs:
            return [(words[i], words[i + 1], "") for i in range(0, len(words) - 1, 2)]
        for leaf in self.kind.leaves:
            if block and leaf.open_ended:
                continue
            found = leaf.read(words)
            if found is not None:
                return found
        return ()

    def record(self) -> Record:
        """Return the object as a record."""
        for key, template in self.kind.derived:
            self.values.setdefault(key, template.format_map(self.values))
        return Record(section=self.kind.section, values=self.values, line=self.line, lines=self.lines)
