"""What a rule looks at: the selectors of nft, and the values that they are compared with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from auditor.extract.netfilter.ruleset import Table
from auditor.extract.netfilter.tree import Group, Item, Word

PORT_KEYS = frozenset({"source_ports", "destination_ports"})
_WITH_PORTS = frozenset({"tcp", "udp", "sctp", "dccp", "udplite"})
_INTERFACES = {
    "iif": "in_interface",
    "iifname": "in_interface",
    "oif": "out_interface",
    "oifname": "out_interface",
}
_IP = {"saddr": "source", "daddr": "destination", "protocol": "protocol"}
_META = {**_INTERFACES, "l4proto": "protocol", "nfproto": "nfproto", "protocol": "ethertype"}
_CT = {"state": "ct_state", "status": "ct_status"}
_PORTS = {"dport": "destination_ports", "sport": "source_ports"}
_TWO_WORDS = frozenset({"socket", "rt", "ether", "vlan", "arp", "osf", "ah", "esp", "comp", "gre", "ipsec"})
# Heads of statements that limit or mark, and of values that are computed.
LOOSE = frozenset(
    {"limit", "quota", "dup", "fwd", "tproxy", "synproxy", "last", "numgen", "jhash", "symhash", "mark"}
)
HEADS = frozenset(
    {
        *_INTERFACES,
        *_WITH_PORTS,
        *_TWO_WORDS,
        "ip",
        "ip6",
        "meta",
        "th",
        "icmp",
        "icmpv6",
        "igmp",
        "fib",
        "ct",
    }
)
_MOST_WRITTEN = 64  # addresses of a set that are written out
_NAMEABLE = PORT_KEYS | {"source", "destination"}
_EXTRAS = frozenset(
    {"counter", "timeout", "expires", "comment", "limit", "quota", "last"}
)  # of a set's element
_MOST_WORDS = 4  # of a selector without a key of its own


class NotExact(Exception):
    """The statement is of this language, but cannot be resolved to exact values."""


class OtherFamily(Exception):
    """The rule is about IPv6 or another family."""


@dataclass(frozen=True, slots=True)
class Selector:
    """A key of our records (empty: none, then `text` says it), and the protocol that it implies."""

    key: str
    text: str
    protocol: str = ""


class Cursor:
    """A place in the items of a rule."""

    def __init__(self, items: Sequence[Item]) -> None:
        self._items = (*items, None)
        self._words = [item.text if isinstance(item, Word) and not item.quoted else "" for item in items]
        self._words.append("")
        self._position = 0

    def word(self) -> str:
        """Return the next word without taking it; empty at the end and before a brace."""
        return self._words[self._position]

    def peek(self) -> Item | None:
        """Return the next item without taking it."""
        return self._items[self._position]

    def ahead(self, count: int = 3) -> tuple[str, ...]:
        """Return the next words, as far as they are words."""
        return tuple(
            item.text if isinstance(item, Word) else "" for item in self._items[self._position :][:count]
        )

    def take(self) -> Item:
        """Take the next item; `NotExact` at the end."""
        item = self.peek()
        if item is None:
            raise NotExact
        self._position += 1
        return item

    def take_text(self) -> str:
        """Take the next item, which has to be a word or a quoted string."""
        item = self.take()
        if isinstance(item, Group):
            raise NotExact
        return item.text

    def take_if(self, *texts: str) -> bool:
        """Take the next word if it is one of these."""
        if self._words[self._position] in texts:
            self._position += 1
            return True
        return False


def selectors(cursor: Cursor) -> tuple[Selector, ...]:
    """Take one selector, or several joined by dots."""
    found = [_selector(cursor)]
    while cursor.take_if("."):
        found.append(_selector(cursor))
    return tuple(found)


def _selector(cursor: Cursor) -> Selector:
    head = cursor.take_text()
    if head in {"ip6", "icmpv6"}:
        raise OtherFamily
    if head in _INTERFACES:
        return Selector(_INTERFACES[head], head)
    if head == "fib":
        return _fib(cursor)
    field = cursor.take_text()
    text = f"{head} {field}"
    if head in _WITH_PORTS or head == "th":
        protocol = "" if head == "th" else head
        if field == "option":
            text += f" {cursor.take_text()} {cursor.take_text()}"
        return Selector(_PORTS.get(field, ""), text, protocol)
    if head == "icmp":
        return Selector("", text, "icmp")
    if head == "ct" and field in {"original", "reply"}:
        while cursor.word() in {"ip", "saddr", "daddr", "proto-src", "proto-dst", "protocol"}:
            text += f" {cursor.take_text()}"
        return Selector("", text)
    keys: Mapping[str, str] = {"ip": _IP, "meta": _META, "ct": _CT}.get(head, {})
    return Selector(keys.get(field, ""), text)


def _fib(cursor: Cursor) -> Selector:
    taken: list[str] = []
    while len(taken) < 2 * _MOST_WORDS and (not taken or taken[-1] not in {"type", "oif", "oifname"}):
        taken.append(cursor.take_text())
    key = "destination_type" if taken == ["daddr", "type"] else ""
    return Selector(key, " ".join(["fib", *taken]))


def compared(cursor: Cursor, table: Table, keys: Sequence[Selector]) -> list[tuple[str, ...]]:
    """Take what selectors are compared with: each value as the parts of a concatenation. Sets are resolved.

    Of addresses and ports, a set that is empty, not shown, or too long to write out stays a name.
    """
    name = cursor.word()
    if len(keys) > 1 or keys[0].key not in _NAMEABLE or not name.startswith("@"):
        return _values(cursor, table)
    cursor.take()
    try:
        found = [parts for parts, _mapped in named(name, table)]
    except NotExact:
        return [(name,)]
    return found if len(found) <= _MOST_WRITTEN or keys[0].key in PORT_KEYS else [(name,)]


def _values(cursor: Cursor, table: Table) -> list[tuple[str, ...]]:
    item = cursor.peek()
    if isinstance(item, Group):
        cursor.take()
        return [parts for parts, _mapped in elements(item.items())]
    if cursor.word().startswith("@"):
        return [parts for parts, _mapped in named(cursor.take_text(), table)]
    found = [_concatenated(cursor)]
    while cursor.take_if(","):
        found.append(_concatenated(cursor))
    return found


def _concatenated(cursor: Cursor) -> tuple[str, ...]:
    parts = [cursor.take_text()]
    while cursor.take_if("."):
        parts.append(cursor.take_text())
    return tuple(parts)


Element = tuple[tuple[str, ...], tuple[str, ...]]


def named(reference: str, table: Table) -> list[Element]:
    """Return the elements of a set or map of the same table; `NotExact` where it is not shown or empty."""
    items = table.elements.get(reference.removeprefix("@"))
    if not items:
        raise NotExact
    return elements(items)


def elements(items: Sequence[Item]) -> list[Element]:
    """Return each element of a set as its parts, and of a map with what it maps to."""
    found: list[Element] = []
    sides: tuple[list[str], ...] = ([],)
    extra = False  # what follows is a comment, a counter or a timeout of the element
    for item in (*items, Word(",", 0)):
        if isinstance(item, Group):
            raise NotExact
        if item.quoted:
            sides[-1].extend(() if extra else (item.text,))
        elif item.text == ",":
            if sides[0]:
                found.append((tuple(sides[0]), tuple(sides[-1] if len(sides) > 1 else ())))
            sides, extra = ([],), False
        elif item.text in _EXTRAS:
            extra = True
        elif ":" in item.text and len(sides) == 1:
            left, _colon, right = item.text.partition(":")
            sides[0].extend((left,) if left and not extra else ())
            sides, extra = (sides[0], [right] if right else []), False
        elif not extra and item.text != ".":
            sides[-1].append(item.text)
    return found
