"""The packets that a rule has let through so far, as alternatives: each has a value for the keys that were asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from auditor.extract.netfilter import port_list
from auditor.extract.netfilter.selectors import PORT_KEYS, NotExact, Selector
from auditor.extract.netfilter.targets import spelt

Ways = list[dict[str, str]]

_MOST = 4096  # alternatives that one rule may expand to


def narrowed(ways: Ways, keys: tuple[Selector, ...], choices: Sequence[tuple[str, ...]]) -> Ways:
    """Return the packets that have one of these values; ports and states of one key stay one value."""
    names = [key.key for key in keys]
    only = names[0] if len(names) == 1 else ""
    if only in PORT_KEYS:
        return having(ways, only, port_list([parts[0] for parts in choices]))
    if only in {"ct_state", "ct_status"}:
        return having(ways, only, ",".join(parts[0] for parts in choices))
    if only and len(choices) == 1:
        return having(ways, only, spelt(only, choices[0][0]))
    options = [
        {name: spelt(name, part) for name, part in zip(names, parts, strict=True)} for parts in choices
    ]
    if len(ways) * len(options) > _MOST or _asked_again(ways, names):
        raise NotExact
    return [{**way, **option} for way in ways for option in options if _agree(way, option)]


def having(ways: Ways, name: str, value: str) -> Ways:
    """Return the packets that have this value."""
    if _asked_again(ways, (name,)):
        raise NotExact
    return [{**way, name: value} for way in ways if _agree(way, {name: value})]


def _asked_again(ways: Ways, names: Sequence[str]) -> bool:
    """Tell whether a rule asks for a key twice; of the protocol that is usual, and both agree."""
    once = [name for name in names if name != "protocol"]
    return bool(once) and any(name in way for way in ways for name in once)


def _agree(way: Mapping[str, str], option: Mapping[str, str]) -> bool:
    """Tell whether packets that got so far can have these values, too."""
    for name, value in option.items():
        had = way.get(name, value)
        if had != value and had[:1] != "!":
            return False
    return True
