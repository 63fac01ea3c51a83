"""Reads nft rulesets: what `nft list ruleset` prints, and files that `nft -f` loads.

No option is known. Sections and keys: `auditor.extract.netfilter`; chains that only jumps reach are called
`<family> <table>/<chain>`. Sets, maps, verdict maps and defines are resolved; a rule that cannot be resolved to exact
values is not understood, in every section that it could belong to. Tables for other families than IPv4 are left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from auditor.extract.netfilter import (
    FILTER,
    FLOWTABLES,
    HELPERS,
    NAT,
    POLICIES,
    SECTIONS,
    TIMEOUTS,
    UNTRACKED,
)
from auditor.extract.netfilter.policies import placed_policy, untracks_phones
from auditor.extract.netfilter.rule import RULE, Row, rows
from auditor.extract.netfilter.ruleset import Chain, Ruleset, Table, build
from auditor.extract.netfilter.selectors import NotExact
from auditor.extract.netfilter.tree import Group, Item, Unreadable, Word, first_line, parse, words
from auditor.extract.records import NotUnderstood, Reading, Record

_OF_IPTABLES = frozenset(("ip", name) for name in ("raw", "mangle", "nat", "filter", "security"))
_MARKS = ((" helper ", HELPERS), (" timeout ", TIMEOUTS), (" CT ", HELPERS), (" CT ", TIMEOUTS))
_IPV4 = frozenset({"ip", "inet"})
_VARIABLE = re.compile(r"\$(\w+)")
_JUMPS = frozenset({"jump", "goto"})
_TRANSLATES = frozenset({"DNAT", "SNAT", "MASQUERADE", "REDIRECT"})


@dataclass(frozen=True, slots=True)
class _Place:
    """A chain, the name that records give it, and the sections to which its rules belong."""

    table: Table
    chain: Chain
    name: str
    sections: tuple[str, ...]

    @property
    def twin(self) -> bool:
        """Whether iptables can show the chain, too: it keeps its rules in tables of these names and hooks."""
        table = self.table
        return (table.family, table.name) in _OF_IPTABLES and all(
            chain.name == chain.hook.upper() for chain in table.chains.values() if chain.hook
        )


def read(text: str, options: Mapping[str, Any]) -> Reading:
    """Return the rules of every IPv4 chain, base chains in the order of their priority."""
    del options
    sections = tuple((section, 1) for section in SECTIONS)
    try:
        ruleset = build(parse(text))
    except Unreadable as error:
        why = f"line {error.line}: a brace or quotation mark does not close"
        odd = tuple(NotUnderstood(section=section, line=error.line, why=why) for section in SECTIONS)
        return Reading(sections=sections, not_understood=odd, ended=False)
    reader = _Reader(ruleset, has_variables="$" in text)
    reader.run()
    return Reading(
        records=tuple(reader.records),
        sections=sections,
        not_understood=tuple(reader.odd),
    )


class _Reader:
    def __init__(self, ruleset: Ruleset, *, has_variables: bool) -> None:
        self._ruleset = ruleset
        self._has_variables = has_variables
        self.records: list[Record] = []
        self.odd: list[NotUnderstood] = []

    def run(self) -> None:
        """Fill records and what is not understood."""
        for statement in self._ruleset.odd:
            self._not_understood(statement, SECTIONS)
        for table in self._ruleset.tables.values():
            _resolve_elements(table, self._ruleset)
        tables = [table for table in self._ruleset.tables.values() if table.family in _IPV4]
        for table in self._ruleset.tables.values():
            for name, line in table.flowtables.items():
                self.records.append(Record(section=FLOWTABLES, values={"name": name}, line=line))
        for place in _places(tables):
            self._chain(place)

    def _chain(self, place: _Place) -> None:
        if place.chain.hook and FILTER in place.sections:
            values = {"chain": place.name, "policy": place.chain.policy.upper()}
            line = place.chain.policy_line
            self.records.append(Record(section=POLICIES, values=values, line=line, twin=place.twin))
        passed: list[Mapping[str, str]] = []
        for statement in place.chain.rules:
            passed += self._rule(place, statement, passed)

    def _rule(
        self, place: _Place, statement: tuple[Item, ...], passed: list[Mapping[str, str]]
    ) -> list[Mapping[str, str]]:
        """Read one rule and return its rows; `passed` are those in front of it in its chain."""
        line = first_line(statement)
        try:
            plain = _substituted(statement, self._ruleset) if self._has_variables else statement
            found = rows(plain, place.table)
        except NotExact:
            self._not_understood(statement, _possible(place, statement), twin=place.twin)
            if "notrack" in words(statement).split():  # which packets it means is not known
                self._object(place, Row(UNTRACKED, {"conditional": words(statement)}), line, passed)
            return [{"action": "?"}]
        for row in found:
            if row.kind != RULE:
                self._object(place, row, line, passed)
                continue
            values = dict(row.values)
            if values.get("action") == "NOTRACK" and untracks_phones(values):
                self._object(place, Row(UNTRACKED, values), line, passed)
            if "jump_target" in values:
                values["jump_target"] = _name(place.table, values["jump_target"])
            for section in place.sections or _guessed(values):
                values = {"chain": place.name, **values}
                self.records.append(Record(section=section, values=values, line=line, twin=place.twin))
        return [row.values for row in found if row.kind == RULE]

    def _object(self, place: _Place, row: Row, line: int, passed: list[Mapping[str, str]]) -> None:
        """Keep a rule that assigns a helper or a timer, or that hands flows to the fast path."""
        if place.chain.hook in {"output", "input"}:  # the router's own flows, not those of phones
            return
        values: Mapping[str, str] = row.values
        if row.kind == TIMEOUTS:
            values = placed_policy(row.values, place.chain, place.name, passed)
        self.records.append(Record(section=row.kind, values={"chain": place.name, **values}, line=line))

    def _not_understood(
        self, statement: tuple[Item, ...], sections: Iterable[str], *, twin: bool = False
    ) -> None:
        line, why = first_line(statement), words(statement)
        self.odd += [
            NotUnderstood(section=section, line=line, why=why, twin=twin)
            for section in dict.fromkeys(sections)
        ]


def _resolve_elements(table: Table, ruleset: Ruleset) -> None:
    """Put the values of defines into sets and maps; one that cannot be resolved counts as not shown."""
    for name, items in table.elements.items():
        try:
            table.elements[name] = _substituted(items, ruleset)
        except NotExact:
            table.elements[name] = ()


def _places(tables: list[Table]) -> Iterator[_Place]:
    """Yield every chain that a forwarded packet can meet, base chains by priority."""
    base = sorted(
        ((table, chain) for table in tables for chain in table.chains.values() if chain.hook),
        key=lambda pair: pair[1].priority,
    )
    seen: dict[str, int] = {}
    reached: dict[tuple[str, str, str], set[str]] = {}
    for table, chain in base:
        sections = _sections_of(chain)
        name = chain.hook.upper()
        if sections:
            kind = f"{sections[0]} {name}"
            seen[kind] = seen.get(kind, 0) + 1
            if seen[kind] > 1:
                name = f"{name}:{seen[kind]}"
            _reach(table, chain, sections, reached)
        yield _Place(table, chain, name, sections)
    for table in tables:
        for chain in table.chains.values():
            if not chain.hook:
                at = reached.get((table.family, table.name, chain.name), set())
                yield _Place(table, chain, _name(table, chain.name), tuple(sorted(at)))


def _sections_of(chain: Chain) -> tuple[str, ...]:
    if chain.kind == "nat":
        return (NAT,)
    return (FILTER,) if chain.hook == "forward" else ()


def _reach(
    table: Table, chain: Chain, sections: tuple[str, ...], reached: dict[tuple[str, str, str], set[str]]
) -> None:
    """Note for every chain that a jump can reach which sections its rules belong to."""
    waiting = [chain]
    while waiting:
        for target in _jumps(waiting.pop(), table):
            known = reached.setdefault((table.family, table.name, target.name), set())
            if not known.issuperset(sections):
                known.update(sections)
                waiting.append(target)


def _jumps(chain: Chain, table: Table) -> Iterator[Chain]:
    for rule in chain.rules:
        if not any(isinstance(item, Group) or item.text[:1] == "@" or item.text in _JUMPS for item in rule):
            continue
        texts = list(_texts(rule, table))
        for index, text in enumerate(texts[:-1]):
            if text in _JUMPS and texts[index + 1] in table.chains:
                yield table.chains[texts[index + 1]]


def _texts(items: Iterable[Item], table: Table) -> Iterator[str]:
    for item in items:
        if isinstance(item, Group):
            yield from _texts(item.items(), table)
        elif item.text.startswith("@"):
            yield from _texts(table.elements.get(item.text[1:], ()), table)
        else:
            yield from (part for part in item.text.split(":") if part)


def _name(table: Table, chain: str) -> str:
    return f"{table.family} {table.name}/{chain}"


def _guessed(values: Mapping[str, str]) -> tuple[str, ...]:
    """Return where the rule of a chain belongs of which the text does not show who jumps to it."""
    return (NAT,) if values.get("action") in _TRANSLATES else ()


def _possible(place: _Place, statement: tuple[Item, ...]) -> tuple[str, ...]:
    """Return the sections that a rule which was not understood could belong to."""
    text = f" {words(statement)} "
    found = [section for mark, section in _MARKS if mark in text]
    return (*place.sections, *found)


def _substituted(items: tuple[Item, ...], ruleset: Ruleset, depth: int = 0) -> tuple[Item, ...]:
    """Put the values of defines in place of their names; `NotExact` for one that is not there."""
    if depth > 8:  # noqa: PLR2004 - defines do not nest that deep
        raise NotExact
    result: list[Item] = []
    for item in items:
        if isinstance(item, Group):
            inner = tuple(_substituted(statement, ruleset, depth + 1) for statement in item.statements)
            result.append(Group(inner, item.line))
        elif item.quoted or "$" not in item.text:
            result.append(item)
        else:
            result += _variable(item, ruleset, depth)
    return tuple(result)


def _variable(item: Word, ruleset: Ruleset, depth: int) -> tuple[Item, ...]:
    whole = _VARIABLE.fullmatch(item.text)
    if whole:
        if whole.group(1) not in ruleset.defines:
            raise NotExact
        return _substituted(ruleset.defines[whole.group(1)], ruleset, depth + 1)

    def value(match: re.Match[str]) -> str:
        found = ruleset.defines.get(match.group(1), ())
        if len(found) != 1 or not isinstance(found[0], Word):
            raise NotExact
        return found[0].text

    return (Word(_VARIABLE.sub(value, item.text), item.line),)
