"""The tables of an nft ruleset: chains with their hooks, sets, maps and the objects that rules name."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from auditor.extract.netfilter.tree import Group, Item, Word, first_line

_PRIORITIES = {"raw": -300, "mangle": -150, "dstnat": -100, "filter": 0, "security": 50, "srcnat": 100}
_FAMILIES = frozenset({"ip", "ip6", "inet", "arp", "bridge", "netdev"})
CONFIRMED = -200  # priority of connection tracking: what stands before it does not see the entry


@dataclass(slots=True)
class Chain:
    """A chain; `hook` is empty for one that only jumps reach. Rules are rows of items."""

    name: str
    kind: str = ""
    hook: str = ""
    priority: int = 0
    policy: str = "accept"
    policy_line: int = 1
    rules: list[tuple[Item, ...]] = field(default_factory=list)


@dataclass(slots=True)
class Table:
    """A table of one family and what is declared in it."""

    family: str
    name: str
    line: int
    chains: dict[str, Chain] = field(default_factory=dict)
    elements: dict[str, tuple[Item, ...]] = field(default_factory=dict)  # of sets and maps
    verdict_maps: set[str] = field(default_factory=set)
    helpers: dict[str, str] = field(default_factory=dict)  # name → type
    timeouts: dict[str, dict[str, str]] = field(
        default_factory=dict
    )  # name → protocol, l3proto and the values
    flowtables: dict[str, int] = field(default_factory=dict)  # name → line


@dataclass(slots=True)
class Ruleset:
    """Everything that a text declares. `odd` are statements that were not understood, with their line."""

    tables: dict[tuple[str, str], Table] = field(default_factory=dict)
    defines: dict[str, tuple[Item, ...]] = field(default_factory=dict)
    odd: list[tuple[Item, ...]] = field(default_factory=list)


def build(statements: Iterable[tuple[Item, ...]]) -> Ruleset:
    """Return the ruleset that the statements declare, in the order of the text."""
    ruleset = Ruleset()
    for statement in statements:
        if not _top_level(ruleset, statement):
            ruleset.odd.append(statement)
    return ruleset


def _text(item: Item | None) -> str:
    return item.text if isinstance(item, Word) else ""


def _top_level(ruleset: Ruleset, statement: tuple[Item, ...]) -> bool:
    verb = _text(statement[0])
    if verb in {"define", "redefine"} and len(statement) > 3 and _text(statement[2]) == "=":  # noqa: PLR2004 - define NAME = VALUE
        ruleset.defines[_text(statement[1])] = statement[3:]
        return True
    if verb in {"flush", "delete", "destroy", "undefine", "reset", "list", "#!/usr/sbin/nft"}:
        return True
    if verb in {"add", "create", "insert"}:
        return _command(ruleset, statement[1:], front=verb == "insert")
    if verb == "table":
        return _table_statement(ruleset, statement[1:])
    return False


def _table_of(ruleset: Ruleset, items: tuple[Item, ...], line: int) -> tuple[Table | None, tuple[Item, ...]]:
    """Take `[family] name` off the front; a family that is not named is ip."""
    family, rest = ("ip", items)
    if len(items) > 1 and _text(items[0]) in _FAMILIES and isinstance(items[1], Word):
        family, rest = _text(items[0]), items[1:]
    if not rest or not isinstance(rest[0], Word):
        return None, items
    key = (family, rest[0].text)
    return ruleset.tables.setdefault(key, Table(family, rest[0].text, line)), rest[1:]


def _table_statement(ruleset: Ruleset, items: tuple[Item, ...]) -> bool:
    table, rest = _table_of(ruleset, items, first_line(items))
    if table is None:
        return False
    if rest and isinstance(rest[0], Group):
        for statement in rest[0].statements:
            if not _declaration(table, statement):
                ruleset.odd.append(statement)
    return True


def _command(ruleset: Ruleset, items: tuple[Item, ...], *, front: bool) -> bool:
    """Read `add table|chain|rule|set|map|element ...` of a script."""
    what = _text(items[0]) if items else ""
    if what == "table":
        return _table_statement(ruleset, items[1:])
    prefix = 2 if what == "ct" else 1
    table, rest = _table_of(ruleset, items[prefix:], first_line(items))
    if table is None or not rest:
        return False
    if what == "rule" or what not in {
        "chain",
        "set",
        "map",
        "element",
        "flowtable",
        "ct",
        "counter",
        "quota",
        "limit",
    }:
        return what == "rule" and _rule(table, rest, front=front)
    if what == "element":
        name, more = _text(rest[0]), rest[1:]
        inside = more[0].items() if more and isinstance(more[0], Group) else ()
        table.elements[name] = (*table.elements.get(name, ()), *_separated(table.elements.get(name)), *inside)
        return True
    return _declaration(table, (*items[:prefix], *rest))


def _separated(before: tuple[Item, ...] | None) -> tuple[Item, ...]:
    return (Word(",", 1),) if before else ()


def _rule(table: Table, items: tuple[Item, ...], *, front: bool) -> bool:
    chain = table.chains.setdefault(_text(items[0]), Chain(_text(items[0])))
    rule = items[1:]
    if _text(rule[0] if rule else None) in {"handle", "position", "index"}:
        rule = rule[2:]
    chain.rules.insert(0 if front else len(chain.rules), rule)
    return True


def _declaration(table: Table, statement: tuple[Item, ...]) -> bool:
    """Read what may stand in a table."""
    kind = _text(statement[0])
    body = statement[-1] if isinstance(statement[-1], Group) else Group((), first_line(statement))
    if kind == "chain":
        _chain(table, _text(statement[1]), body)
    elif kind in {"set", "map"}:
        _elements(table, _text(statement[1]), body)
    elif kind == "ct" and len(statement) > 2:  # noqa: PLR2004 - ct KIND NAME
        _object(table, _text(statement[1]), _text(statement[2]), body)
    elif kind == "flowtable":
        table.flowtables[_text(statement[1])] = first_line(statement)
    else:
        return kind in {"comment", "flags", "counter", "quota", "limit", "secmark", "synproxy", "tunnel"}
    return True


def _chain(table: Table, name: str, body: Group) -> None:
    chain = table.chains.setdefault(name, Chain(name))
    for statement in body.statements:
        head = _text(statement[0])
        if head == "type" and not chain.hook and len(statement) > 1:
            _hook(chain, statement)
        elif head == "policy" and len(statement) > 1:
            chain.policy, chain.policy_line = _text(statement[1]), first_line(statement)
        elif head not in {"comment", "flags"} or len(statement) > 2:  # noqa: PLR2004 - comment "text"
            chain.rules.append(statement)


def _hook(chain: Chain, statement: tuple[Item, ...]) -> None:
    texts = [_text(item) for item in statement]
    chain.kind = texts[1]
    chain.hook = _after(texts, "hook")
    chain.policy_line = first_line(statement)
    if "priority" in texts:
        chain.priority = _priority(texts[texts.index("priority") + 1 :])


def _after(texts: list[str], key: str) -> str:
    return texts[texts.index(key) + 1] if key in texts[:-1] else ""


def _priority(texts: list[str]) -> int:
    """Return a priority such as `-150`, `mangle`, `raw - 5` or `filter+10`."""
    text = "".join(texts).rstrip(";")
    for name, value in _PRIORITIES.items():
        if text.startswith(name):
            rest = text.removeprefix(name)
            return value + (int(rest) if rest.lstrip("+-").isdigit() else 0)
    return int(text) if text.lstrip("+-").isdigit() else 0


def _elements(table: Table, name: str, body: Group) -> None:
    for statement in body.statements:
        texts = [_text(item) for item in statement]
        if texts[:1] == ["elements"] and isinstance(statement[-1], Group):
            table.elements[name] = statement[-1].items()
        elif texts[:1] in (["type"], ["typeof"]) and "verdict" in texts:
            table.verdict_maps.add(name)
    table.elements.setdefault(name, ())


def _object(table: Table, kind: str, name: str, body: Group) -> None:
    """Read a `ct helper` or a `ct timeout` object."""
    values: dict[str, str] = {}
    for statement in body.statements:
        texts = [_text(item) for item in statement]
        for key in ("type", "protocol", "l3proto"):
            if key in texts[:-1]:
                values[key] = texts[texts.index(key) + 1]
        if texts[:1] == ["policy"] and isinstance(statement[-1], Group):
            policy = [_text(item) for item in statement[-1].items()]
            values |= {
                k: _after(_split_colons(policy), k)
                for k in ("unreplied", "replied")
                if k in _split_colons(policy)
            }
    if kind == "helper":
        table.helpers[name] = values.get("type", "")
    elif kind == "timeout":
        table.timeouts[name] = {
            k: v for k, v in values.items() if k in {"protocol", "l3proto", "unreplied", "replied"}
        }


def _split_colons(texts: list[str]) -> list[str]:
    """Divide `unreplied:180` as `unreplied : 180`, colons left out."""
    return [part for text in texts for part in text.split(":") if part and part != ","]
