"""One rule of an nft ruleset: what it asks of a packet and what becomes of it, as values of our records."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from auditor.extract.netfilter import FLOWTABLES, HELPERS, TIMEOUTS, port_list
from auditor.extract.netfilter.ruleset import Table
from auditor.extract.netfilter.selectors import (
    HEADS,
    LOOSE,
    PORT_KEYS,
    Cursor,
    NotExact,
    OtherFamily,
    Selector,
    compared,
    selectors,
)
from auditor.extract.netfilter.targets import mapped, spelt, targets
from auditor.extract.netfilter.tree import Group, Item, Word
from auditor.extract.netfilter.ways import Ways, having, narrowed

RULE = "rule"
_VERDICTS = {
    "accept": "ACCEPT", "drop": "DROP", "return": "RETURN", "continue": "CONTINUE", "queue": "QUEUE",
    "notrack": "NOTRACK",
}  # fmt: skip
_FLAGS = frozenset({"random", "fully-random", "persistent"})
_NOTES = {
    "log": ("prefix", "level", "flags", "group", "snaplen", "queue-threshold"),
    "counter": ("packets", "bytes", "name"),
}
_STATEMENTS = frozenset(
    {*_VERDICTS, *LOOSE, "counter", "log", "comment", "jump", "goto", "snat", "dnat", "masquerade", "redirect", "reject",
     "flow", "add", "update", "set", "delete", "vmap"}
)  # fmt: skip
_STARTS = HEADS | _STATEMENTS
_LOOSELY = LOOSE | {"add", "update", "set", "delete"}


@dataclass(frozen=True, slots=True)
class Row:
    """A record to be: `kind` is `RULE`, or one of the sections of helpers, timers and flow tables."""

    kind: str
    values: dict[str, str]


def rows(items: Sequence[Item], table: Table) -> list[Row]:
    """Return what a rule says; nothing for one of another family. `NotExact` where that cannot be told."""
    try:
        return list(_Reader(Cursor(items), table).read())
    except OtherFamily:
        return []


class _Reader:
    """Reads a rule from left to right; `_ways` are the packets that got so far, as alternatives."""

    def __init__(self, cursor: Cursor, table: Table) -> None:
        self._cursor = cursor
        self._table = table
        self._ways: Ways = [{}]
        self._other: list[str] = []
        self._comment = ""

    def read(self) -> Iterator[Row]:
        found: list[Row] = []
        while self._cursor.peek() is not None:
            found += self._statement()
        for row in found:
            yield Row(row.kind, {**row.values, "comment": self._comment} if self._comment else row.values)

    def _statement(self) -> list[Row]:
        head = self._cursor.word()
        if head in HEADS:
            return self._match()
        if head in _VERDICTS:
            self._cursor.take()
            self._skip()
            return self._row(action=_VERDICTS[head])
        handler = self._handlers.get(head)
        if handler is not None:
            return handler(self)
        if head in _LOOSELY:
            return self._loose()
        raise NotExact

    def _row(self, kind: str = RULE, **more: str) -> list[Row]:
        conditional = {"conditional": " ".join(self._other)[:200]} if self._other else {}
        return [
            Row(kind, {k: v for k, v in {**way, **conditional, **more}.items() if v}) for way in self._ways
        ]

    def _skip(self) -> str:
        """Take everything up to the next statement and return it."""
        taken = []
        while (item := self._cursor.peek()) is not None:
            if isinstance(item, Word) and not item.quoted and item.text in _STARTS:
                break
            self._cursor.take()
            taken.append("{...}" if isinstance(item, Group) else item.text)
        return " ".join(taken)

    def _loose(self) -> list[Row]:
        """A statement that limits or marks: the rest of the rule holds for some packets only."""
        self._other.append(f"{self._cursor.take_text()} {self._skip()}".strip())
        return []

    def _jump(self) -> list[Row]:
        verb = self._cursor.take_text().upper()
        return self._row(action=verb, jump_target=self._cursor.take_text())

    def _reject(self) -> list[Row]:
        while self._cursor.peek() is not None and self._cursor.word() != "comment":
            self._cursor.take()
        return self._row(action="REJECT")

    def _take_comment(self) -> list[Row]:
        self._cursor.take()
        self._comment = self._cursor.take_text()
        return []

    def _noted(self) -> list[Row]:
        """Take a counter or a log with what they say of themselves."""
        known = _NOTES[self._cursor.take_text()]
        while self._cursor.take_if(*known):
            self._cursor.take()
        return []

    def _flow(self) -> list[Row]:
        self._cursor.take()
        self._cursor.take_if("add", "offload")
        return self._row(FLOWTABLES, name=self._cursor.take_text().removeprefix("@"))

    def _match(self) -> list[Row]:
        if self._cursor.word() == "ct":
            found = self._conntrack_object()
            if found is not None:
                return found
        keys = selectors(self._cursor)
        for key in keys:
            if key.protocol:
                self._ways = having(self._ways, "protocol", key.protocol)
        if self._cursor.take_if("vmap"):
            return self._verdict_map(keys)
        if self._cursor.take_if("set"):  # a mark or a field is written: nothing is asked of the packet
            self._written()
            return []
        self._compare(keys)
        return []

    def _written(self) -> None:
        if self._cursor.take_if("rt"):
            self._cursor.take()
            return
        self._cursor.take()
        self._skip()

    def _conntrack_object(self) -> list[Row] | None:
        """Read `ct helper set NAME` and `ct timeout set NAME`; None for any other `ct`."""
        _ct, kind, verb = (*self._cursor.ahead(), "", "", "")[:3]
        if kind not in {"helper", "timeout"} or verb != "set":
            return None
        for _word in range(3):
            self._cursor.take()
        name = self._cursor.take_text()
        if kind == "timeout":
            policy = self._table.timeouts.get(name)
            shown = {"policy": "shown", **policy} if policy is not None else {}
            return self._row(TIMEOUTS, name=name, **{k: v for k, v in shown.items() if v})
        helper = self._table.helpers.get(name)
        if not helper:
            raise NotExact
        return self._row(HELPERS, helper=helper, name=name)

    def _compare(self, keys: tuple[Selector, ...]) -> None:
        negated = self._cursor.take_if("!=")
        self._cursor.take_if("==", "eq")
        text = " ".join(key.text for key in keys)
        if self._cursor.word() in {"<", ">", "<=", ">=", "&", "|", "and", "or", "lt", "gt", "ge", "le", "ne"}:
            self._other.append(f"{text} {self._skip()}")
            return
        if any(not key.key for key in keys):
            self._other.append(f"{text} {self._skip()}".strip())
            return
        found = compared(self._cursor, self._table, keys)
        if any(len(parts) != len(keys) for parts in found):
            raise NotExact
        if keys[0].key in {"nfproto", "ethertype"}:
            self._family(found, negated=negated)
        elif negated:
            self._except(keys, found, text)
        else:
            self._ways = narrowed(self._ways, keys, found)

    @staticmethod
    def _family(found: list[tuple[str, ...]], *, negated: bool) -> None:
        has_ipv4 = any(parts[0] in {"ipv4", "ip"} for parts in found)
        if has_ipv4 == negated:
            raise OtherFamily

    def _except(self, keys: tuple[Selector, ...], found: list[tuple[str, ...]], text: str) -> None:
        again = any(key.key in way for way in self._ways for key in keys if key.key)
        if not again and len(keys) == 1 and keys[0].key in PORT_KEYS:
            value = port_list([parts[0] for parts in found], negated=True)
            self._ways = [{**way, keys[0].key: value} for way in self._ways]
        elif len(keys) == 1 and len(found) == 1 and not again:
            self._ways = [{**way, keys[0].key: f"!{spelt(keys[0].key, found[0][0])}"} for way in self._ways]
        else:
            self._other.append(f"{text} != {', '.join(' . '.join(parts) for parts in found)}")

    def _verdict_map(self, keys: tuple[Selector, ...]) -> list[Row]:
        if any(not key.key for key in keys):
            raise NotExact
        found: list[Row] = []
        ways = self._ways
        for parts, verdict in mapped(self._cursor, self._table):
            self._ways = ways
            if parts != ("*",):
                if len(parts) != len(keys):
                    raise NotExact
                self._ways = narrowed(self._ways, keys, [parts])
            if verdict[:1] in {("jump",), ("goto",)} and len(verdict) > 1:
                found += self._row(action=verdict[0].upper(), jump_target=verdict[1])
            elif verdict and verdict[0] in _VERDICTS:
                found += self._row(action=_VERDICTS[verdict[0]])
            else:
                raise NotExact
        self._ways = ways
        return found

    def _translate(self) -> list[Row]:
        head = self._cursor.take_text()
        action = "MASQUERADE" if head == "masquerade" else head.upper()
        if self._cursor.take_if("ip6"):
            raise OtherFamily
        self._cursor.take_if("ip")
        if self._cursor.take_if("prefix") and action == "DNAT":
            action = "NETMAP"
        if self._cursor.take_if("addr"):
            self._cursor.take_if(".")
            self._cursor.take_if("port")
        has_target = self._cursor.take_if("to") or not self._at_end()
        found = targets(self._cursor, self._table) if has_target else [({}, ("", ""))]
        flags = {}
        while self._cursor.word() in _FLAGS or self._cursor.word() == ",":
            flag = self._cursor.take_text()
            if flag in {"random", "fully-random"}:
                flags = {"random": flag}
        ways, result = self._ways, list[Row]()
        for narrowing, (address, ports) in found:
            self._ways = [{**way, **narrowing} for way in ways]
            for row in self._row(action=action, to_ports=ports, **flags):
                target = address or (row.values.get("destination", "") if action == "DNAT" else "")
                result.append(Row(RULE, {**row.values, "to_address": target} if target else row.values))
        self._ways = ways
        return result

    def _at_end(self) -> bool:
        word = self._cursor.word()
        return self._cursor.peek() is None or word in _FLAGS or word in _STATEMENTS

    _handlers: ClassVar[Mapping[str, Callable[[_Reader], list[Row]]]] = {
        "jump": _jump, "goto": _jump, "reject": _reject, "comment": _take_comment, "counter": _noted, "log": _noted,
        "flow": _flow, "dnat": _translate, "snat": _translate, "redirect": _translate,
        "masquerade": _translate,
    }  # fmt: skip
