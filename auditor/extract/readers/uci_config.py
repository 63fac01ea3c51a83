r"""Reads UCI: config files, `uci export`, `uci show`, and several packages in one text.

    config redirect 'sip'                 firewall.sip=redirect
        option src_dport '5060'           firewall.sip.src_dport='5060'
        list proto 'udp'                  firewall.@redirect[0].proto='tcp' 'udp'

Options: `types` names the package to which a type of section belongs, for files do not say whose they are (a type that
stands in no package alone stays in the one before it), and `sections` what is known of each section (see
`auditor.extract.uci_sections`). A section is called `<package> <type>`. A line that is no UCI makes every section
doubtful, for the system itself would refuse the whole package.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from auditor.extract.records import NotUnderstood, Reading, Record
from auditor.extract.uci_sections import Kind, Section, kinds_of, records_of

_PLAIN = re.compile(
    r"\s*(?P<verb>option|list)\s+'?(?P<key>[\w.-]+)'?\s+(?:'(?P<quoted>[^'\\]*)'|(?P<bare>[^\s'\"#;\\]+))\s*"
)
_SHOWN = re.compile(
    r"(?P<package>[\w-]+)\.(?P<section>@(?P<type>[\w-]+)\[-?\d+\]|[\w-]+)(?:\.(?P<key>[\w.-]+))?=(?P<value>.*)",
    re.DOTALL,
)
_WORD = re.compile(
    r"""\s*(?:(?P<end>[#;\n].*|$)|(?P<word>(?:'[^']*'|"(?:[^"\\]|\\.)*"|\\.|[^\s'"\\;])+))""", re.DOTALL
)
_PART = re.compile(r"""'([^']*)'|"((?:[^"\\]|\\.)*)"|\\(.)|([^'"\\]+)""", re.DOTALL)
_LONGEST_VALUE = 64  # lines of a value in quotation marks
_QUOTED_LENGTH = 80  # characters of a line that is quoted


def read(text: str, options: Mapping[str, Any]) -> Reading:
    """Return a record for every section, or one for each of its protocols."""
    kinds = kinds_of(options)
    reader = _Reader(text.split("\n"), options.get("types", {}), kinds)
    reader.run()
    records: list[Record] = []
    odd = list(reader.odd)
    only = options.get("only")
    for section in reader.sections.values():
        kind = kinds.get(section.place, Kind(section.place))
        if only is not None and kind.section not in only:
            continue
        for one in records_of(section, kind):
            if isinstance(one, Record):
                records.append(one)
            else:
                odd.append(one)
    return Reading(records=tuple(records), sections=tuple(reader.begins), not_understood=tuple(odd))


class _Reader:
    def __init__(self, lines: Sequence[str], types: Mapping[str, str], kinds: Mapping[str, Kind]) -> None:
        self._lines = lines
        self._types = types
        self._kinds = kinds
        self._package, self._named = "", False
        self._here: Section | None = None
        self._counts: dict[tuple[str, str], int] = {}
        self.sections: dict[tuple[str, str], Section] = {}
        self.begins: list[tuple[str, int]] = []
        self.odd: list[NotUnderstood] = []

    def run(self) -> None:
        """Fill sections, the places where packages begin, and what is not understood."""
        index = 0
        while index < len(self._lines):
            index = self._statement(index)
        if self._here is not None and self._lines[-1].strip():
            self._here.cut = True  # its last line has no end: more may have followed

    def _statement(self, index: int) -> int:
        """Read the statement that begins on a line and return the index behind it."""
        line = self._lines[index]
        plain = _PLAIN.fullmatch(line)
        if plain:
            value = plain["quoted"] if plain["quoted"] is not None else plain["bare"]
            self._option(plain["verb"], [plain["key"], value], index)
            return index + 1
        bare = line.strip()
        if not bare or bare.startswith("#"):
            return index + 1
        shown = _SHOWN.match(bare)
        return self._shown(shown, index) if shown else self._words(index)

    def _words(self, index: int) -> int:
        end, statements = self._closed(index, "")
        if statements is None:
            self._doubt(index, self._lines[index])
            return index + 1
        for words in statements:
            self._command(words, index)
        return end

    def _closed(self, index: int, before: str) -> tuple[int, list[list[str]] | None]:
        """Return the words from a line on, as far as an open quotation mark reaches; None if it does not close."""
        text = self._lines[index][len(before) :]
        for end in range(index + 1, min(len(self._lines), index + _LONGEST_VALUE) + 1):
            added = self._lines[end - 1]
            goes_on = end > index + 1 and self._lines[end - 2].endswith("\\")
            may_close = end == index + 1 or goes_on or "'" in added or '"' in added
            statements = _split(text) if may_close and not text.endswith("\\") else None
            if statements is not None:
                return end, statements
            if end < len(self._lines):
                text = (
                    f"{text[:-1]}{self._lines[end]}" if text.endswith("\\") else f"{text}\n{self._lines[end]}"
                )
        return index + 1, None

    def _command(self, words: Sequence[str], index: int) -> None:
        verb, *rest = words
        if verb == "package" and len(rest) == 1:
            self._begin(rest[0], index)
            self._here = None
        elif verb == "config" and len(rest) in {1, 2}:
            self._config(rest[0], rest[1] if len(rest) > 1 else "", index)
        elif verb in {"option", "list"} and len(rest) == 2:  # noqa: PLR2004 - a key and its value
            self._option(verb, rest, index)
        else:
            self._doubt(index, self._lines[index])

    def _begin(self, package: str, index: int) -> None:
        """Note that a package begins: all of its sections may follow from here."""
        self._package, self._named = package, True
        names = [kind.section for place, kind in self._kinds.items() if place.split(" ")[0] == package]
        self.begins += [(name, index + 1) for name in (*names, package)]

    def _config(self, kind: str, name: str, index: int) -> None:
        if not self._named:
            self._package = self._types.get(kind, self._package)
        key = (self._package, name or f"#{index}")
        self._here = self.sections.get(key) or self._new(kind, name, index)
        self.sections[key] = self._here

    def _new(self, kind: str, name: str, index: int) -> Section:
        count = self._counts.get((self._package, kind), 0)
        self._counts[self._package, kind] = count + 1
        identity = name or f"@{kind}[{count}]"
        return Section(package=self._package, kind=kind, name=name, identity=identity, line=index + 1)

    def _option(self, verb: str, words: Sequence[str], index: int) -> None:
        if self._here is None:
            self._doubt(index, self._lines[index])
        elif verb == "list":
            self._here.add(words[0], [words[1]], index + 1)
        else:
            self._here.set(words[0], [words[1]], index + 1)

    def _shown(self, shown: re.Match[str], index: int) -> int:
        """Read a line of `uci show`; values stand in quotation marks, in old versions as they are."""
        end, value = index + 1, shown["value"].strip()
        parts = [value]
        if value.startswith("'"):
            line = self._lines[index]
            end, statements = self._closed(index, line[: line.index("=") + 1])
            if statements is None or len(statements) > 1:
                self._doubt(index, line)
                return index + 1
            parts = statements[0] if statements else [""]
        if shown["package"] != self._package or not self._named:
            self._begin(shown["package"], index)
        key = (shown["package"], shown["section"])
        if shown["key"] is None:
            self.sections[key] = self._new(parts[0], "" if shown["type"] else shown["section"], index)
            self.sections[key].identity = shown["section"]
        elif key in self.sections:
            self.sections[key].set(shown["key"], parts, index + 1)
        elif any(place.split(" ")[0] == shown["package"] for place in self._kinds):
            self._doubt(index, self._lines[index])  # the line that says what the section is, is missing
        self._here = None
        return end

    def _doubt(self, index: int, line: str) -> None:
        names = dict.fromkeys(kind.section for kind in self._kinds.values())
        why = line.strip()[:_QUOTED_LENGTH]
        self.odd += [NotUnderstood(section=name, line=index + 1, why=why) for name in names]


def _split(text: str) -> list[list[str]] | None:
    """Return the words of each statement of a text; None where a quotation mark does not close."""
    found: list[list[str]] = [[]]
    position = 0
    while position < len(text):
        match = _WORD.match(text, position)
        if match is None:
            return None
        if match["end"] is not None:
            rest = match["end"]
            position = match.end() if rest[:1] != ";" else match.start("end") + 1
            if rest[:1] == ";":
                found.append([])
            elif rest[:1] == "#" and "\n" in rest:
                position = match.start("end") + rest.index("\n") + 1
            continue
        found[-1].append("".join(_plain(match["word"])))
        position = match.end()
    return [words for words in found if words]


def _plain(word: str) -> Iterator[str]:
    """Yield the parts of a word without their quotation marks."""
    for single, double, escaped, bare in _PART.findall(word):
        yield single or re.sub(r"(?s)\\(.)", r"\1", double) or escaped or bare
