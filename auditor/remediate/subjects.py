"""What remediation macros are called with: checked values, and texts of the device that have to be quoted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network
from typing import Any

from auditor.model.audit import RemovePortForward, WantedForward
from auditor.model.facts import Answer, Facts, Known, Origin, Path, PortForward, SipLayer, UdpTimer
from auditor.model.ports import PortRange, parse_ports
from auditor.model.text import _
from auditor.remediate.quoting import Foreign, UnsafeValue, words

_TRANSPORTS = frozenset({"udp", "tcp"})
_ANYBODY = frozenset({"", "any", "all", "0.0.0.0/0"})


@dataclass(frozen=True, slots=True, kw_only=True)
class TimerChange:
    """A timer to raise; `found` is None where the release decides between the values in `possible`.

    `stated` tells whether the device shows the value, or it is the default that is written nowhere. `path` is the part of
    the device in which it stands, `row` the device's own name for its object.
    """

    name: str
    scope: Foreign
    path: Foreign
    row: Foreign
    found: int | None
    possible: tuple[int, ...]
    target: int
    stated: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerOff:
    """A mechanism to switch off; `line` is the line that shows it, empty where it is on by default."""

    name: Foreign
    remedy: str
    line: Foreign


@dataclass(frozen=True, slots=True, kw_only=True)
class NewForward:
    """A forward to add; no `sources` means that anybody may use it. `order` counts those of the same report from 0."""

    order: int
    protocols: tuple[str, ...]
    ports: tuple[PortRange, ...]
    address: IPv4Address
    sources: tuple[IPv4Network, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenForward:
    """A forward that was read. `unique`: every forward was read and no other line has this name.

    `path` is the part of the device in which it stands; `switches` are the statements without which it does not pass,
    where these let nothing else pass.
    """

    name: Foreign
    kind: str
    action: Foreign
    protocol: Foreign
    document: Foreign
    line: Foreign
    unique: bool
    path: Foreign
    switches: tuple[Foreign, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenPath:
    """A part of the device that may carry phones; `timer` governs them there, `values` are the profile's variables."""

    key: Foreign
    timer: str
    values: Mapping[str, tuple[Foreign, ...]]


def timer_change(timer: UdpTimer, wanted: int, limits: tuple[int, int] | None) -> TimerChange:
    """Return the change of one timer to `wanted` seconds, at least what it is now, within the system's limits."""
    target = max(wanted, *timer.possible)
    if limits:
        target = min(max(target, limits[0]), limits[1])
    return TimerChange(
        name=timer.name,
        scope=Foreign(timer.scope),
        path=Foreign(timer.path),
        row=Foreign(timer.row),
        found=None if timer.alternatives else timer.seconds,
        possible=timer.possible,
        target=target,
        stated=timer.origin is not Origin.DEFAULT,
    )


def layer_off(layer: SipLayer) -> LayerOff:
    """Return a layer as templates see it."""
    line = layer.evidence.text if layer.evidence else ""
    return LayerOff(name=Foreign(layer.name), remedy=layer.remedy, line=Foreign(line.strip()))


def new_forward(wanted: WantedForward, order: int = 0) -> NewForward:
    """Return a wanted forward with every value checked; `UnsafeValue` where one is no protocol, port or address."""
    protocols = tuple(wanted.protocol.lower().replace("/", "_").split("_"))
    ports = parse_ports(wanted.ports)
    if not protocols or not _TRANSPORTS.issuperset(protocols) or not ports or not wanted.ports.strip():
        raise _no_command(f"{wanted.protocol} {wanted.ports}")
    try:
        address = IPv4Address(wanted.address)
    except ValueError as error:
        raise _no_command(wanted.address) from error
    return NewForward(
        order=order,
        protocols=protocols,
        ports=ports,
        address=address,
        sources=_networks(wanted.source or ""),
    )


def _networks(text: str) -> tuple[IPv4Network, ...]:
    if text.strip().lower() in _ANYBODY:
        return ()
    try:
        return tuple(IPv4Network(part) for part in text.replace(",", " ").split())
    except ValueError as error:
        raise _no_command(text) from error


def _no_command(value: str) -> UnsafeValue:
    return UnsafeValue(
        _("The value {value} is not one that a command can take.").format(value=words(value)),
        advice=_("Enter it by hand."),
    )


Places = Mapping[str, AbstractSet[tuple[str, int]]]


def places_of(facts: Facts) -> Places:
    """Return the lines on which forwards of each name stand."""
    places: dict[str, set[tuple[str, int]]] = {}
    for forward in facts.port_forwards:
        places.setdefault(forward.name, set()).add(place(forward))
    return places


def seen_forward(forward: PortForward, facts: Facts, places: Places) -> SeenForward:
    """Return a forward that was read as templates see it; a name that no person gave is empty."""
    given = forward.name != f"{forward.protocol} {forward.external_ports}"
    same = places.get(forward.name, set()) <= {place(forward)}
    complete = isinstance(facts.forwards_complete, Known) and facts.forwards_complete.value
    return SeenForward(
        name=Foreign(forward.name if given else ""),
        kind=forward.kind.value,
        action=Foreign(forward.action),
        protocol=Foreign(forward.protocol),
        document=Foreign(forward.evidence.document),
        line=Foreign(forward.evidence.text.strip()),
        unique=given and same and complete,
        path=Foreign(forward.path),
        switches=tuple(Foreign(name) for name in forward.switches),
    )


def seen_path(path: Path) -> SeenPath:
    """Return a part of the device as templates see it."""
    return SeenPath(
        key=Foreign(path.key),
        timer=path.replied.value.name if isinstance(path.replied, Known) else "",
        values={name: tuple(Foreign(value) for value in found) for name, found in path.values.items()},
    )


def place(forward: PortForward) -> tuple[str, int]:
    """Return document and line of a forward: the rule that it comes from."""
    return forward.evidence.document, forward.evidence.line


def also_taken(remedies: Sequence[RemovePortForward], facts: Facts) -> tuple[PortForward, ...]:
    """Return the forwards that stand on the same line as those to remove, but are not to be removed."""
    unwanted = {remedy.forward for remedy in remedies}
    places = {place(forward) for forward in unwanted}
    return tuple(
        forward for forward in facts.port_forwards if place(forward) in places and forward not in unwanted
    )


def in_the_way(wanted: NewForward, facts: Facts, gone: AbstractSet[PortForward]) -> PortForward | None:
    """Return a forward that takes wanted ports and stays: a new one behind it would never be reached."""
    protocols = {*wanted.protocols, "any"}
    return next(
        (
            forward
            for forward in facts.port_forwards
            if forward.enabled
            and forward not in gone
            and forward.protocol in protocols
            and any(forward.external_ports.overlaps(ports) for ports in wanted.ports)
        ),
        None,
    )


def context(facts: Facts) -> Mapping[str, Any]:
    """Return what every macro may ask for."""
    names = [timer.name for timer in facts.udp_timers]
    places = places_of(facts)
    wan = facts.wan_addresses.value if isinstance(facts.wan_addresses, Known) else ()
    return {
        "variables": {name: Foreign(value) for name, value in facts.variables.items()},
        "current": {
            timer.name: timer.seconds
            for timer in facts.udp_timers
            if names.count(timer.name) == 1 and timer.seconds is not None and not timer.alternatives
        },
        "paths": tuple(seen_path(path) for path in facts.paths if path.carries_phones is not Answer.NO),
        "forwards": tuple(seen_forward(forward, facts, places) for forward in facts.port_forwards),
        "wan_addresses": tuple(address for text in wan if (address := _host(text)) is not None),
    }


def _host(text: str) -> IPv4Address | None:
    try:
        return IPv4Address(text.partition("/")[0])
    except ValueError:
        return None
