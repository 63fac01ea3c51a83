"""Reads what iptables-save writes (and the bare `-A` lines of `iptables -S` and of hand-kept rule files).

No option is known. Sections and keys: `auditor.extract.netfilter`. Tables other than nat and filter count where they
assign helpers or timers, and where they can drop a forwarded packet (`FORWARD:mangle`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from auditor.extract.netfilter import (
    FILTER,
    FLOWTABLES,
    HELPERS,
    NAT,
    POLICIES,
    SECTIONS,
    TIMEOUTS,
    address_and_ports,
    port_list,
)
from auditor.extract.records import NotUnderstood, Reading, Record

_WORD = re.compile(r'"((?:\\.|[^"\\])*)"|(\S+)')
_COUNTERS = re.compile(r"^\[\d+:\d+\]\s+")
_POLICY = re.compile(r"^:(\S+)\s+(\S+)")
_TARGETS = frozenset({
    "ACCEPT", "DROP", "REJECT", "RETURN", "QUEUE", "NFQUEUE", "LOG", "NFLOG", "ULOG", "DNAT", "SNAT",
    "MASQUERADE", "REDIRECT", "NETMAP", "SAME", "CT", "NOTRACK", "MARK", "CONNMARK", "CONNSECMARK",
    "SECMARK", "CLASSIFY", "TCPMSS", "TCPOPTSTRIP", "TOS", "DSCP", "ECN", "TTL", "HL", "CHECKSUM",
    "TPROXY", "TRACE", "TEE", "SET", "FLOWOFFLOAD", "AUDIT", "IDLETIMER", "LED", "RATEEST", "SYNPROXY",
    "CLUSTERIP", "NFACCT"
})  # fmt: skip
_PLAIN = {
    "-p": "protocol", "--protocol": "protocol", "--proto": "protocol",
    "-s": "source", "--source": "source", "--src": "source",
    "-d": "destination", "--destination": "destination", "--dst": "destination",
    "-i": "in_interface", "--in-interface": "in_interface",
    "-o": "out_interface", "--out-interface": "out_interface",
    "--dst-type": "destination_type",
    "--ctstate": "ct_state", "--state": "ct_state", "--ctstatus": "ct_status",
    "--comment": "comment",
    "--src-range": "source", "--dst-range": "destination",
}  # fmt: skip
_PORTS = {
    "--dport": "destination_ports", "--dports": "destination_ports", "--destination-port": "destination_ports",
    "--destination-ports": "destination_ports", "--sport": "source_ports", "--sports": "source_ports",
    "--source-port": "source_ports", "--source-ports": "source_ports",
}  # fmt: skip
_RANDOM = frozenset({"--random", "--random-fully"})
_TO = frozenset({"--to-destination", "--to-source", "--to"})
# Options of targets that change nothing of what is judged here.
_SILENT = frozenset(
    {
        "-m",
        "--match",
        "--persistent",
        "--reject-with",
        "--log-prefix",
        "--log-level",
        "--nflog-prefix",
        "--nflog-group",
    }
)
_GOTO = frozenset({"-g", "--goto"})
_CHAIN, _JUMP = frozenset({"-A", "--append", "-I", "--insert"}), frozenset({"-j", "--jump", *_GOTO})
_VALUED = frozenset({*_CHAIN, *_JUMP, *_PLAIN, *_PORTS, *_TO})
_LOWER = frozenset({"protocol", "ct_state", "ct_status"})
_NAT_TARGETS = frozenset({"DNAT", "SNAT", "MASQUERADE", "REDIRECT", "NETMAP", "SAME"})


@dataclass(slots=True)
class _Rule:
    """A rule while it is read: values, and the words of every match that has no key of its own."""

    values: dict[str, str] = field(default_factory=dict)
    other: list[str] = field(default_factory=list)
    helper: str = ""
    timeout: str = ""


def read(text: str, options: Mapping[str, Any]) -> Reading:
    """Return the rules of every table, in order."""
    del options
    reading = _Reader()
    for number, line in enumerate(text.split("\n"), 1):
        reading.line(number, _COUNTERS.sub("", line.strip()))
    return Reading(
        records=tuple(reading.records),
        sections=tuple(reading.sections),
        not_understood=tuple(reading.odd),
        ended=reading.closed if reading.tables else None,
    )


class _Reader:
    """The tables of a text, line by line."""

    def __init__(self) -> None:
        self.records: list[Record] = []
        self.sections: list[tuple[str, int]] = []
        self.odd: list[NotUnderstood] = []
        self.tables = 0
        self.closed = True
        self._table = ""

    def line(self, number: int, line: str) -> None:
        """Read one line."""
        if line.startswith("*"):
            self._table = line[1:].strip()
            self.tables += 1
            self.closed = False
            self.sections += [(section, number) for section in _shown_by(self._table)]
        elif line == "COMMIT":
            self._table, self.closed = "", True
        elif line.startswith(":"):
            self._policy(number, line)
        elif line.startswith(("-A ", "--append ", "-I ")):
            self._rule(number, line)

    def _policy(self, number: int, line: str) -> None:
        match = _POLICY.match(line)
        if match and match.group(2) != "-" and self._table in {"filter", "mangle"}:
            values = {"chain": _chain(match.group(1), self._table), "policy": match.group(2)}
            self.records.append(Record(section=POLICIES, values=values, line=number))

    def _rule(self, number: int, line: str) -> None:
        words = _words(line)
        rule = None if words is None else _parse(words)
        table = self._table or ("nat" if rule is None or _is_nat(rule) else "filter")
        if rule is None:
            self.odd += [NotUnderstood(section=s, line=number, why=line[:200]) for s in _shown_by(table)]
            return
        for section, values in _placed(rule, table):
            self.records.append(Record(section=section, values=values, line=number))


def _shown_by(table: str) -> tuple[str, ...]:
    return {
        "nat": (NAT,),
        "filter": (FILTER, POLICIES, FLOWTABLES),
        "raw": (HELPERS, TIMEOUTS),
    }.get(table, () if table != "all" else SECTIONS)


def _is_nat(rule: _Rule) -> bool:
    return rule.values["action"] in _NAT_TARGETS or rule.values["chain"] in {"PREROUTING", "POSTROUTING"}


def _words(line: str) -> list[str] | None:
    """Cut a line into words, quotes taken off; None where a quote stays open."""
    words = []
    for match in _WORD.finditer(line):
        quoted, bare = match.groups()
        if bare is not None and bare.startswith('"'):
            return None
        words.append(re.sub(r"\\(.)", r"\1", quoted) if quoted is not None else bare)
    return words


def _parse(words: list[str]) -> _Rule | None:
    """Return the rule that the words say; None where an option lacks its value."""
    rule = _Rule()
    position, negated = 0, False
    while position < len(words):
        word = words[position]
        position += 1
        if word == "!":
            negated = True
            continue
        arguments = _arguments(words, position)
        position += len(arguments)
        if arguments[:1] == ["!"]:  # the old order: -s ! 192.0.2.1
            negated, arguments = True, arguments[1:]
        if not _option(rule, word, arguments, negated=negated):
            return None
        negated = False
    if "chain" not in rule.values:
        return None
    rule.values.setdefault("action", "CONTINUE")
    if rule.other:
        rule.values["conditional"] = " ".join(rule.other)[:200]
    return rule


def _arguments(words: list[str], position: int) -> list[str]:
    """Return the words up to the next option; a `!` in front of an option belongs to that option."""
    end = position
    while end < len(words) and not (
        words[end].startswith("-") and len(words[end]) > 1 and not _number(words[end])
    ):
        if words[end] == "!" and end + 1 < len(words) and words[end + 1].startswith("-"):
            break
        end += 1
    return words[position:end]


def _number(word: str) -> bool:
    return word[1:].isdigit()


def _option(rule: _Rule, word: str, arguments: list[str], *, negated: bool) -> bool:
    """Take one option into the rule; False where it lacks its value."""
    value = arguments[0] if arguments else ""
    values = rule.values
    if word in _RANDOM:
        values["random"] = word.removeprefix("--")
    elif word in _VALUED and not value:
        return False
    elif word in _CHAIN:
        values["chain"] = value
    elif word in _JUMP:
        _target(values, value, jump="GOTO" if word in _GOTO else "JUMP")
    elif word in _PLAIN:
        key = _PLAIN[word]
        values[key] = ("!" if negated else "") + (value.lower() if key in _LOWER else value)
    elif word in _PORTS:
        values[_PORTS[word]] = port_list(value.split(","), negated=negated)
    else:
        _other_option(rule, word, arguments, negated=negated)
    return True


def _other_option(rule: _Rule, word: str, arguments: list[str], *, negated: bool) -> None:
    value = arguments[0] if arguments else ""
    of_ct = rule.values.get("action") == "CT"
    if word in _TO:
        rule.values["to_address"], rule.values["to_ports"] = address_and_ports(value)
    elif word in {"--to-ports", "--to-port"}:
        rule.values["to_ports"] = port_list([value])
    elif word == "--helper" and of_ct:
        rule.helper = value
    elif word == "--timeout" and of_ct:
        rule.timeout = value
    elif word not in _SILENT:
        rule.other.append(" ".join([*(["!"] if negated else []), word, *arguments]))


def _target(values: dict[str, str], target: str, *, jump: str) -> None:
    if target in _TARGETS:
        values["action"] = target
    else:
        values["action"], values["jump_target"] = jump, target


def _placed(rule: _Rule, table: str) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield the sections that a rule belongs to, with its values there."""
    values = {key: value for key, value in rule.values.items() if value}
    if values.get("ct_state", "").lstrip("!").upper() == "DNAT":  # printed as a state, meant as a status
        values["ct_status"] = values.pop("ct_state")
    if rule.helper:
        yield HELPERS, {**values, "helper": rule.helper}
    if rule.timeout:
        yield TIMEOUTS, {**values, "name": rule.timeout}
    if values["action"] == "FLOWOFFLOAD":
        yield FLOWTABLES, values
    if table == "nat":
        if values["action"] == "DNAT" and "to_address" not in values and values.get("destination"):
            values["to_address"] = values["destination"].split("/")[0]
        yield NAT, values
    elif table in {"filter", "mangle"}:
        values["chain"] = _chain(values["chain"], table)
        if "jump_target" in values:
            values["jump_target"] = _chain(values["jump_target"], table)
        if table == "filter" or values["chain"].startswith(("FORWARD:", "mangle/")):
            yield FILTER, values


def _chain(name: str, table: str) -> str:
    """Return a chain's name among the filter chains: those of another table carry it."""
    if table == "filter":
        return name
    return f"{name}:{table}" if name.isupper() and name in {"FORWARD", "PREROUTING"} else f"{table}/{name}"
