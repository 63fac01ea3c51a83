"""Is what a feature needs forwarded? Puts the forwards of a device together, for each port and each who has to get in."""

from __future__ import annotations

import enum
import ipaddress
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from auditor.model.facts import Answer, ForwardKind, PortForward
from auditor.model.ports import PortRange, intersect, invert
from auditor.model.text import _
from auditor.rules.requirements import Need, Port, Requirements, Users

ANYBODY = frozenset({"", "any", "all", "0.0.0.0/0"})


class State(enum.IntEnum):
    """How well a port is forwarded; higher is better."""

    MISSING = 0
    WRONG = 1
    UNCERTAIN = 2
    GOOD = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """The forward that a need has: of all alternatives the best one, `port` and `protocol`.

    `address` is where it has to lead, None where any machine will do; `alternatives` are all of them in words.
    """

    need: Need
    port: Port
    protocol: str
    alternatives: tuple[str, ...]
    address: str | None
    state: State
    reasons: tuple[str, ...]
    forwards: tuple[PortForward, ...]

    @property
    def name(self) -> str:
        """Return protocol and ports in words."""
        return f"{self.protocol} {self.port.range}"


def open_to_all(forward: PortForward) -> bool:
    """Tell whether the whole internet may use a forward, or all of it but a few addresses."""
    return forward.source.strip().lower() in ANYBODY or forward.source.startswith("!")


def carries(forward: PortForward, protocol: str) -> bool:
    """Tell whether a forward is for this protocol."""
    return forward.protocol in {protocol, "any"}


def overlapping(forward: PortForward, port: Port, *, outside: bool) -> bool:
    """Tell whether a forward meets a port, by its ports on the outside or on the inside."""
    ports = forward.external_ports if outside else forward.internal_ports
    return ports.overlaps(port.range) and any(carries(forward, protocol) for protocol in port.protocols)


def forward_text(forward: PortForward) -> str:
    """Return a forward in one line."""
    inside = f"{forward.internal_address}:{forward.internal_ports}"
    if forward.source.strip().lower() in ANYBODY:
        text = _("{protocol} {ports} to {inside}, from anywhere")
    else:
        text = _("{protocol} {ports} to {inside}, from {source}")
    return text.format(
        protocol=forward.protocol, ports=forward.external_ports, inside=inside, source=forward.source
    )


def by_access_list(forward: PortForward) -> str:
    """Return what is not known of a forward whose match stands in an access list; empty for every other kind."""
    if forward.kind is not ForwardKind.POLICY_STATIC:
        return ""
    return _("an access list decides which packets {forward} takes").format(forward=forward_text(forward))


def same_host(address: str, wanted: str | None) -> Answer:
    """Tell whether a forward leads to the wanted machine; a name or a range that holds it does not settle it."""
    if wanted is None or address.removesuffix("/32") == wanted:
        return Answer.YES
    try:
        network = ipaddress.IPv4Network(address, strict=False)
    except ValueError:
        looks_like_name = not address.replace(".", "").isdigit() and address != "router"
        return Answer.UNKNOWN if looks_like_name else Answer.NO
    return Answer.UNKNOWN if ipaddress.IPv4Address(wanted) in network else Answer.NO


def admits(forward: PortForward, client: str | None) -> Answer:
    """Tell whether a forward lets this client in: an address or network, everybody (`any`), or whoever it is (None)."""
    source = forward.source.strip().lower()
    if client is None or source in ANYBODY:
        return Answer.YES
    if client in ANYBODY:
        return Answer.UNKNOWN
    try:
        inside = _networks(source.lstrip("! "))
        wanted = ipaddress.IPv4Network(client, strict=False)
    except ValueError:
        return Answer.UNKNOWN
    if any(wanted.subnet_of(network) for network in inside):
        covers = Answer.YES
    else:
        covers = Answer.UNKNOWN if any(network.overlaps(wanted) for network in inside) else Answer.NO
    swapped = {Answer.YES: Answer.NO, Answer.NO: Answer.YES, Answer.UNKNOWN: Answer.UNKNOWN}
    return swapped[covers] if source.startswith("!") else covers


def _networks(text: str) -> tuple[ipaddress.IPv4Network, ...]:
    """Return the networks of a list of addresses, networks and `first-last`; `ValueError` where one is a name."""
    networks: list[ipaddress.IPv4Network] = []
    for part in text.split(","):
        first, dash, last = part.strip().partition("-")
        if dash:
            ends = (ipaddress.IPv4Address(end.strip()) for end in (first, last))
            networks.extend(ipaddress.summarize_address_range(*ends))
        else:
            networks.append(ipaddress.IPv4Network(first, strict=False))
    return tuple(ipaddress.collapse_addresses(networks))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Client:
    """Who has to get in: an address or network, everybody (`any`), or whoever it is (None).

    Not `sure`: the address may belong to users of another forward.
    """

    address: str | None
    sure: bool

    def shut_out(self, forward: PortForward) -> bool:
        """Tell whether a forward certainly keeps out somebody who needs it."""
        return self.sure and admits(forward, self.address) is Answer.NO


def judge_need(
    need: Need,
    forwards: Sequence[PortForward],
    requirements: Requirements,
    *,
    pbx: str | None,
    sources: tuple[str, ...],
    mixed: bool = False,
) -> tuple[Coverage, ...]:
    """Return how a need is met: the best alternative, once for each protocol where a port needs several.

    `mixed`: the sources are those of several groups of users, so one that is not let in may belong to another group.
    """
    addresses: tuple[str | None, ...] = ("any",) if need.source is Users.ANY else sources or (None,)
    clients = tuple(_Client(address=address, sure=not mixed) for address in addresses)
    ports = [requirements.ports[name] for name in need.any_of]
    every = tuple(f"{'/'.join(port.protocols)} {port.range}" for port in ports)
    if len(ports) == 1:
        return tuple(
            _judge(need, ports[0], protocol, (f"{protocol} {ports[0].range}",), forwards, pbx, clients)
            for protocol in ports[0].protocols
        )
    judged = [_judge(need, port, port.protocols[0], every, forwards, pbx, clients) for port in ports]
    return (max(judged, key=lambda coverage: coverage.state),)


def _judge(
    need: Need,
    port: Port,
    protocol: str,
    alternatives: tuple[str, ...],
    forwards: Sequence[PortForward],
    pbx: str | None,
    clients: Iterable[_Client],
) -> Coverage:
    here = [
        forward
        for forward in forwards
        if carries(forward, protocol) and forward.external_ports.overlaps(port.range)
    ]
    state: State = State.MISSING
    reasons: tuple[str, ...] = ()
    if here:
        state, reasons = min(
            (_for_client(here, port.range, pbx, client) for client in clients), key=lambda result: result[0]
        )
    return Coverage(
        need=need,
        port=port,
        protocol=protocol,
        alternatives=alternatives,
        address=pbx,
        state=state,
        reasons=reasons,
        forwards=tuple(here),
    )


def _for_client(
    forwards: Sequence[PortForward], ports: PortRange, pbx: str | None, client: _Client
) -> tuple[State, tuple[str, ...]]:
    """Return how one client is served; of two forwards for the same packets the first one counts."""
    faults: list[str] = []
    doubts: list[str] = []
    serving: list[PortForward] = []
    astray: list[PortForward] = []
    for forward in forwards:
        found = tuple(_faults(forward, pbx, client))
        faults += found
        if found:
            if forward.enabled and admits(forward, client.address) is not Answer.NO:
                astray.append(forward)
        elif not any(_shadows(earlier, forward) for earlier in astray):
            serving.append(forward)
            doubts += _doubts(forward, pbx, client)
    gaps = _uncovered(ports, serving)
    if not gaps:
        return (State.UNCERTAIN, tuple(dict.fromkeys(doubts))) if doubts else (State.GOOD, ())
    if serving:
        left_out = ", ".join(map(str, gaps))
        faults.append(_("{ports} is not forwarded there").format(ports=left_out))
    return State.WRONG, tuple(dict.fromkeys(faults))


def _shadows(earlier: PortForward, later: PortForward) -> bool:
    return (
        earlier.external_ports.overlaps(later.external_ports)
        and earlier.external_address == later.external_address
        and earlier.interface == later.interface
    )


def _uncovered(ports: PortRange, serving: Sequence[PortForward]) -> tuple[PortRange, ...]:
    return intersect((ports,), invert(tuple(forward.external_ports for forward in serving)))


def _faults(forward: PortForward, pbx: str | None, client: _Client) -> Iterator[str]:
    text = forward_text(forward)
    if not forward.enabled:
        yield _("{forward} is switched off").format(forward=text)
    if same_host(forward.internal_address, pbx) is Answer.NO:
        yield _("{forward} does not lead to {address}").format(forward=text, address=pbx)
    if forward.internal_ports != forward.external_ports:
        yield _("{forward} changes the port").format(forward=text)
    if forward.permitted is Answer.NO:
        yield _("{forward} lets nothing in: the filter or a rule before it keeps the packets away").format(
            forward=text
        )
    if client.shut_out(forward):
        yield _("{forward} does not let {client} in").format(forward=text, client=client.address)


def _doubts(forward: PortForward, pbx: str | None, client: _Client) -> Iterator[str]:
    text = forward_text(forward)
    if forward.permitted is Answer.UNKNOWN:
        yield _(
            "whether {forward} holds for every packet and is let through by the filter is not known"
        ).format(forward=text)
    if same_host(forward.internal_address, pbx) is Answer.UNKNOWN:
        yield _("whether {forward} leads to {address} is not known").format(forward=text, address=pbx)
    if admits(forward, client.address) is not Answer.YES:
        yield _("whether {forward} lets everybody in who has to use it is not known").format(forward=text)
    if forward.kind is ForwardKind.POLICY_STATIC:
        yield by_access_list(forward)
