"""The kinds of values that the menu console's parameters take, each checked and brought to the printed form."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable
from typing import Literal

from auditor.profiles.schema import Strict, Texts

_CLOCK = re.compile(r"(?:(\d+)d)?(\d+):([0-5]\d):([0-5]\d)")
_SPANS = re.compile(r"(?=.)(?:(\d+)w)?(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s?)?")
_WEEK, _DAY, _HOUR, _MINUTE = 604800, 86400, 3600, 60
_MAX_PORT = 65535

Kind = Literal[
    "text", "word", "yes_no", "choice", "number", "duration", "ports", "address", "network_of", "reference"
]
Lookup = Callable[[str, str], tuple[str, ...]]  # menu and key -> the values that exist there


class BadValue(Exception):
    """The parameter does not take this value."""


class Parameter(Strict):
    """One parameter of a menu.

    `values` are the words of a choice, or the built-in names of a reference; `menu` and `key` say where a reference's
    other names stand, or (`network_of`) which parameter the network is computed from.
    """

    kind: Kind = "text"
    values: Texts = ()
    minimum: int = 0
    maximum: int = 2**32 - 1
    menu: str = ""
    key: str = "name"
    default: str | None = None
    initial: str | None = None  # what a new row gets, although exports always write it
    needed: bool = False
    fixed: bool = False  # shown, but not to be set


def canonical(parameter: Parameter, value: str, lookup: Lookup) -> str:
    """Return the value in printed form; `BadValue` if the parameter does not take it."""
    if parameter.kind == "number":
        return _number(value, parameter.minimum, parameter.maximum)
    if parameter.kind == "reference":
        names = (*parameter.values, *(lookup(parameter.menu, parameter.key) if parameter.menu else ()))
        return _negatable(value, lambda name: _choice(names, name))
    if parameter.kind == "choice":
        return _choice(parameter.values, value)
    check = _CHECKS.get(parameter.kind)
    return check(value) if check else value


def read_duration(text: str) -> int:
    """Return the seconds of `3m`, `1d2h`, `00:03:00` or, without a unit, of seconds; `BadValue` for anything else."""
    clock = _CLOCK.fullmatch(text)
    if clock:
        days, hours, minutes, seconds = (int(part or 0) for part in clock.groups())
        return days * _DAY + hours * _HOUR + minutes * _MINUTE + seconds
    spans = _SPANS.fullmatch(text)
    if not spans:
        raise BadValue
    weeks, days, hours, minutes, seconds = (int(part or 0) for part in spans.groups())
    return weeks * _WEEK + days * _DAY + hours * _HOUR + minutes * _MINUTE + seconds


def print_duration(seconds: int) -> str:
    """Return `1w2d3h4m5s` without the parts that are nought."""
    rest, text = seconds, ""
    for size, unit in ((_WEEK, "w"), (_DAY, "d"), (_HOUR, "h"), (_MINUTE, "m"), (1, "s")):
        count, rest = divmod(rest, size)
        text += f"{count}{unit}" if count else ""
    return text or "0s"


def clock_duration(seconds: int) -> str:
    """Return `1d02:03:04`, the form that scripts print."""
    days, rest = divmod(seconds, _DAY)
    clock = f"{rest // _HOUR:02}:{rest % _HOUR // _MINUTE:02}:{rest % _MINUTE:02}"
    return f"{days}d{clock}" if days else clock


def network_of(address: str) -> str:
    """Return the network address of `192.168.1.1/24`."""
    return str(ipaddress.IPv4Interface(address).network.network_address)


def _choice(words: tuple[str, ...], value: str) -> str:
    if value not in words:
        raise BadValue
    return value


def _yes_no(value: str) -> str:
    return _choice(("yes", "no"), {"true": "yes", "false": "no"}.get(value, value))


def _negatable(value: str, check: Callable[[str], str]) -> str:
    bare = value.removeprefix("!")
    return value.removesuffix(bare) + check(bare)


def _number(value: str, minimum: int, maximum: int) -> str:
    if not (value.isascii() and value.isdigit()) or not minimum <= int(value) <= maximum:
        raise BadValue
    return str(int(value))


def _ports(value: str) -> str:
    for part in value.split(","):
        ends = [int(_number(end, 0, _MAX_PORT)) for end in part.split("-", 1)]
        if ends != sorted(ends):
            raise BadValue
    return value


def _address(value: str) -> str:
    try:
        for part in value.split("-", 1):
            ipaddress.IPv4Interface(part)
    except ValueError as error:
        raise BadValue from error
    return value


_CHECKS: dict[str, Callable[[str], str]] = {
    "yes_no": _yes_no,
    "duration": lambda value: print_duration(read_duration(value)),
    "ports": lambda value: _negatable(value, _ports),
    "address": lambda value: _negatable(value, _address),
}
