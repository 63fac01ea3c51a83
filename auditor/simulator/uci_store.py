"""The sections of one UCI package: what is entered, what is kept, and how `uci` prints it."""

from __future__ import annotations

import copy
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from auditor.profiles.schema import Strict, Texts

_PLACE = re.compile(
    r"(?P<package>\w+)\.(?P<section>@(?P<type>\w+)\[(?P<number>-?\d+)\]|\w+)(?:\.(?P<key>\w+))?"
)


class UciRefused(Exception):
    """The tool refuses, with these words."""


class SectionData(Strict):
    """A section as data."""

    type: str
    name: str = ""
    options: Mapping[str, str | Texts] = MappingProxyType({})


@dataclass(slots=True)
class _Section:
    type: str
    name: str
    options: dict[str, str | tuple[str, ...]] = field(default_factory=dict)


class UciStore:
    """One package: `entered` by this or another session, `kept` by a commit, `running` since the last reload."""

    def __init__(self, package: str, sections: tuple[SectionData, ...]) -> None:
        self.package = package
        self._entered = [_Section(one.type, one.name, dict(one.options)) for one in sections]
        self._kept = copy.deepcopy(self._entered)
        self._running = copy.deepcopy(self._entered)
        self._saved: dict[str, list[_Section]] = {}

    def show(self, place: str) -> str:
        """Return what `uci show` prints of the package, a section or an option."""
        if place == self.package:
            return "".join(self._printed(section) for section in self._entered)
        section, key = self._find(place)
        if not key:
            return self._printed(section)
        return f"{self._name(section)}.{key}={_quoted(self._value(section, key))}\n"

    def get(self, place: str) -> str:
        """Return what `uci get` prints of an option."""
        value = self._value(*self._find(place))
        return (value if isinstance(value, str) else " ".join(value)) + "\n"

    def add(self, kind: str) -> str:
        """Add a section without a name and return how the tool calls it."""
        self._entered.append(_Section(kind, ""))
        return f"cfg{len(self._entered):02x}ad58\n"

    def set(self, assignment: str) -> None:
        """Give an option a value, or make a section with a name."""
        place, mark, value = assignment.partition("=")
        if not mark or not value:
            raise UciRefused("uci: Invalid argument")
        match = _PLACE.fullmatch(place)
        if match and not match["key"] and not match["type"]:
            self._entered.append(_Section(value, match["section"]))
            return
        section, key = self._find(place)
        if not key:
            raise UciRefused("uci: Invalid argument")
        section.options[key] = value

    def delete(self, place: str) -> None:
        """Delete an option or a section."""
        section, key = self._find(place)
        if key:
            self._value(section, key)
            del section.options[key]
        else:
            self._entered.remove(section)

    def commit(self) -> None:
        """Keep what was entered."""
        self._kept = copy.deepcopy(self._entered)

    def revert(self) -> None:
        """Forget what was entered since the last commit."""
        self._entered = copy.deepcopy(self._kept)

    def reload(self) -> None:
        """Run what is kept."""
        self._running = copy.deepcopy(self._kept)

    def save(self, path: str) -> None:
        """Copy the file of the package."""
        self._saved[path] = copy.deepcopy(self._kept)

    def restore(self, path: str) -> None:
        """Copy a file over that of the package."""
        if path not in self._saved:
            raise UciRefused(f"cp: can't stat '{path}': No such file or directory")
        self._kept = copy.deepcopy(self._saved[path])
        self.revert()

    def runs(self, place: str) -> str:
        """Return the running value of an option `<type>.<key>`, of the first section of this type."""
        kind, _dot, key = place.partition(".")
        section = next((one for one in self._running if one.type == kind), None)
        value = section.options.get(key, "") if section else ""
        return value if isinstance(value, str) else " ".join(value)

    def _find(self, place: str) -> tuple[_Section, str]:
        match = _PLACE.fullmatch(place)
        if match is None:
            raise UciRefused("uci: Invalid argument")
        if match["type"]:
            found = [one for one in self._entered if one.type == match["type"]]
            number = int(match["number"])
            inside = -len(found) <= number < len(found)
            section = found[number] if inside else None
        else:
            section = next((one for one in self._entered if one.name == match["section"]), None)
        if match["package"] != self.package or section is None:
            raise UciRefused("uci: Entry not found")
        return section, match["key"] or ""

    @staticmethod
    def _value(section: _Section, key: str) -> str | tuple[str, ...]:
        if key not in section.options:
            raise UciRefused("uci: Entry not found")
        return section.options[key]

    def _name(self, section: _Section) -> str:
        alike = [one for one in self._entered if one.type == section.type]
        number = next(index for index, one in enumerate(alike) if one is section)
        return f"{self.package}.{section.name or f'@{section.type}[{number}]'}"

    def _printed(self, section: _Section) -> str:
        name = self._name(section)
        lines = [f"{name}={section.type}"]
        lines += [f"{name}.{key}={_quoted(value)}" for key, value in section.options.items()]
        return "\n".join([*lines, ""])


def _quoted(value: str | tuple[str, ...]) -> str:
    parts = (value,) if isinstance(value, str) else value
    return " ".join("'" + part.replace("'", "'\\''") + "'" for part in parts)
