"""Where a translating nft rule sends its packets: an address with or without ports, or a map of them."""

from __future__ import annotations

from auditor.extract.netfilter import address_and_ports, port_list
from auditor.extract.netfilter.ruleset import Table
from auditor.extract.netfilter.selectors import (
    HEADS,
    LOOSE,
    PORT_KEYS,
    Cursor,
    Element,
    NotExact,
    OtherFamily,
    elements,
    named,
    selectors,
)
from auditor.extract.netfilter.tree import Group

Target = tuple[dict[str, str], tuple[str, str]]


def targets(cursor: Cursor, table: Table) -> list[Target]:
    """Return what each target asks of a packet, with its address and ports; `NotExact` where they cannot be told."""
    if cursor.word() in HEADS:
        return _from_map(cursor, table)
    if cursor.word() in LOOSE or isinstance(cursor.peek(), Group):
        raise NotExact
    text = cursor.take_text()
    if text.startswith("["):
        raise OtherFamily
    if cursor.take_if("."):
        return [({}, (text, port_list([cursor.take_text()])))]
    return [({}, address_and_ports(text))]


def _from_map(cursor: Cursor, table: Table) -> list[Target]:
    keys = selectors(cursor)
    if not cursor.take_if("map") or any(not key.key for key in keys):
        raise NotExact
    found: list[Target] = []
    for parts, to in mapped(cursor, table):
        if len(parts) != len(keys) or not 1 <= len(to) <= 2:  # noqa: PLR2004 - address, or address and port
            raise NotExact
        narrowing = {key.key: spelt(key.key, part) for key, part in zip(keys, parts, strict=True)}
        for key in keys:
            if key.protocol:
                narrowing["protocol"] = key.protocol
        found.append((narrowing, (to[0], port_list([to[1]]) if len(to) > 1 else "")))
    return found


def mapped(cursor: Cursor, table: Table) -> list[Element]:
    """Return the elements of the map that follows, written out or by its name."""
    item = cursor.take()
    return elements(item.items()) if isinstance(item, Group) else named(item.text, table)


def spelt(key: str, value: str) -> str:
    """Return a value as our records spell it."""
    return port_list([value]) if key in PORT_KEYS else value
