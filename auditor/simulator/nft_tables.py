"""The packet filter's tables of a simulated shell: read from `nft -f`, kept, and written as `nft list` writes them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

_FAMILIES = ("ip", "ip6", "inet", "arp", "bridge", "netdev")
_NAME = r"[A-Za-z_][A-Za-z0-9_.-]*"
_TABLE = re.compile(rf"(?:(delete|add) )?table (?:({'|'.join(_FAMILIES)}) )?({_NAME})( \{{)?")
_PART = re.compile(rf"(?:chain|ct timeout|ct helper|set|map|counter) {_NAME} \{{")
_HOOK = re.compile(
    r"type (filter|nat|route) hook (prerouting|input|forward|output|postrouting) priority (-?\w+)"
)
_POLICY = re.compile(r"policy (accept|drop)")
_RULE = re.compile(
    r"(?:(?:ct|fib|icmp|iif|iifname|ip|ip6|meta|oif|oifname|tcp|th|udp|counter|limit|log) .*"
    r"|accept|drop|reject|return|masquerade|(?:jump|goto) \S+)"
)
_SETS_TIMEOUT = re.compile(r'\bct timeout set "([^"]+)"')
_SIP = "udp dport 5060 "
_STATEMENTS: dict[str, tuple[str | re.Pattern[str], ...]] = {
    "chain": (_HOOK, _POLICY, _RULE),
    "ct timeout": (r"protocol (?:tcp|udp)", r"l3proto (?:ip|ip6|inet)", r"policy = \{ .* \}"),
    "ct helper": (r'type "[a-z0-9-]+" protocol (?:tcp|udp)', r"l3proto (?:ip|ip6|inet)"),
    "set": (r"type .*", r"flags .*", r"elements = \{ .* \}"),
    "map": (r"type .*", r"flags .*", r"elements = \{ .* \}"),
    "counter": (r"packets \d+ bytes \d+",),
}
_STATE = re.compile(r"(unreplied|replied) : (\d+)")
_OWN_DEFAULTS = {"unreplied": "30", "replied": "120"}  # left out of a listing
_PRIORITIES = {
    ("prerouting", "-300"): "raw", ("prerouting", "-150"): "mangle", ("prerouting", "-100"): "dstnat",
    ("prerouting", "0"): "filter", ("forward", "0"): "filter", ("input", "0"): "filter",
    ("output", "-300"): "raw", ("output", "0"): "filter", ("postrouting", "100"): "srcnat",
}  # fmt: skip
_BEFORE_TRACKING = {"raw", "-300", "-200"}


class NftError(Exception):
    """A line that is refused: its number, and why."""

    def __init__(self, line: int, reason: str) -> None:
        super().__init__(reason)
        self.line = line
        self.reason = reason


@dataclass(slots=True)
class _Part:
    """A chain or an object of a table: its head and its statements."""

    head: str
    lines: list[str] = field(default_factory=list)

    @property
    def kind(self) -> str:
        return self.head.rpartition(" ")[0]

    @property
    def name(self) -> str:
        return self.head.rpartition(" ")[2]


class Tables:
    """All tables by family and name. A file is taken as a whole or not at all."""

    def __init__(self, text: str = "") -> None:
        self._tables: dict[tuple[str, str], dict[str, _Part]] = {}
        self.load(text)

    def load(self, text: str) -> None:
        """Do what a file says; `NftError` if a line is refused, and then nothing is done."""
        before = {key: dict(parts) for key, parts in self._tables.items()}
        lines = [
            (number, " ".join(line.split()))
            for number, line in enumerate(text.split("\n"), 1)
            if line.strip()
        ]
        try:
            while lines:
                self._statement(lines)
        except NftError:
            self._tables = before
            raise

    def delete(self, family: str, name: str) -> None:
        """Take a table away; `KeyError` if there is none."""
        del self._tables[family, name]

    def table(self, family: str, name: str) -> str:
        """Return one table as it is listed; `KeyError` if there is none."""
        parts = [_written(part) for part in self._tables[family, name].values()]
        return f"table {family} {name} {{\n" + "\n".join(parts) + "}\n"

    def listing(self) -> str:
        """Return all tables as they are listed."""
        return "".join(self.table(family, name) for family, name in self._tables)

    def sip_timers(self) -> dict[str, int]:
        """Return the timers that new UDP entries to port 5060 are given, by state; empty if none."""
        for parts in self._tables.values():
            for chain in parts.values():
                if chain.kind != "chain" or not _sees_entries(chain):
                    continue
                for line in chain.lines:
                    given = _SETS_TIMEOUT.search(line)
                    if given and line.startswith(_SIP):
                        policy = " ".join(parts[f"ct timeout {given[1]}"].lines)
                        values = {**_OWN_DEFAULTS, **dict(_STATE.findall(policy))}
                        return {state: int(seconds) for state, seconds in values.items()}
        return {}

    def _statement(self, lines: list[tuple[int, str]]) -> None:
        number, text = lines.pop(0)
        if text.rstrip(";") == "flush ruleset":
            self._tables.clear()
            return
        match = _TABLE.fullmatch(text.rstrip(";"))
        if match is None:
            raise NftError(number, f"syntax error, unexpected {text.partition(' ')[0]}")
        key = (match[2] or "ip", match[3])
        if match[1] == "delete":
            if key not in self._tables:
                raise NftError(number, "Could not process rule: No such file or directory")
            del self._tables[key]
            return
        parts = self._tables.setdefault(key, {})
        if match[4]:
            _read_table(parts, lines, number)


def _read_table(parts: dict[str, _Part], lines: list[tuple[int, str]], number: int) -> None:
    while lines:
        number, text = lines.pop(0)
        if text == "}":
            return
        if not _PART.fullmatch(text):
            raise NftError(number, f"syntax error, unexpected {text.partition(' ')[0]}")
        head = text.removesuffix(" {")
        part = parts.setdefault(head, _Part(head))
        number = _read_part(part, parts, lines, number)
    raise NftError(number, "syntax error, unexpected end of file")


def _read_part(part: _Part, parts: dict[str, _Part], lines: list[tuple[int, str]], number: int) -> int:
    """Read a part to its end and return the number of its last line."""
    while lines:
        number, text = lines.pop(0)
        if text == "}":
            return number
        for statement in (piece.strip() for piece in text.split(";")):
            if statement:
                _check(statement, part, parts, number)
                part.lines.append(statement)
    raise NftError(number, "syntax error, unexpected end of file")


def _check(statement: str, part: _Part, parts: dict[str, _Part], number: int) -> None:
    if not any(re.fullmatch(pattern, statement) for pattern in _STATEMENTS[part.kind]):
        raise NftError(number, f"syntax error, unexpected {statement.partition(' ')[0]}")
    given = _SETS_TIMEOUT.search(statement)
    if given and f"ct timeout {given[1]}" not in parts:
        raise NftError(number, "Could not process rule: No such file or directory")


def _sees_entries(chain: _Part) -> bool:
    """Tell whether a chain comes behind connection tracking; before it, there is no entry to give timers to."""
    hooks = [match for line in chain.lines if (match := _HOOK.fullmatch(line))]
    return any(hook[2] == "prerouting" and hook[3] not in _BEFORE_TRACKING for hook in hooks)


def _written(part: _Part) -> str:
    lines = [_line(line, part) for line in part.lines]
    hook = next((line for line in lines if line.startswith("type ") and part.kind == "chain"), "")
    if hook:
        policy = next((line for line in lines if _POLICY.fullmatch(line)), "policy accept")
        lines = [
            f"{hook}; {policy};",
            *(line for line in lines if line != hook and not _POLICY.fullmatch(line)),
        ]
    return f"\t{part.head} {{\n" + "".join(f"\t\t{line}\n" for line in lines) + "\t}\n"


def _line(line: str, part: _Part) -> str:
    if hook := _HOOK.fullmatch(line):
        priority = _PRIORITIES.get((hook[2], hook[3]), hook[3])
        return f"type {hook[1]} hook {hook[2]} priority {priority}"
    if part.kind == "ct timeout" and line.startswith("policy"):
        values = [
            f"{state} : {seconds}"
            for state, seconds in _STATE.findall(line)
            if seconds != _OWN_DEFAULTS[state]
        ]
        return f"policy = {{ {', '.join(values)} }}"
    return line
