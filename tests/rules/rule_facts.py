"""Facts of a router on which nothing is wrong, for tests that change one of them."""

from __future__ import annotations

from typing import Any

from auditor.model.facts import (
    Answer,
    Evidence,
    Facts,
    Flow,
    ForwardKind,
    Identity,
    Known,
    Missing,
    NatRole,
    Origin,
    PortForward,
    Promotion,
    SipAlg,
    SipAlgState,
    SipLayer,
    SourcePort,
    UdpTimer,
)
from auditor.model.ports import ALL_PORTS, PortRange

LINE = Evidence(document="config", line=7, text="a line")
GAP = Missing(what="a fact", why="the device did not say", ask="show it")


def known(value: Any, origin: Origin = Origin.CONFIGURED) -> Known[Any]:
    return Known(value=value, origin=origin, evidence=LINE)


def timer(seconds: int | None, flow: Flow = Flow.REPLIED, **changes: Any) -> Known[UdpTimer]:
    made = UdpTimer(
        **{
            "name": flow.value,
            "seconds": seconds,
            "flow": flow,
            "origin": Origin.CONFIGURED,
            "evidence": LINE,
            **changes,
        }
    )
    return Known(value=made, origin=made.origin, evidence=made.evidence, default=made.default)


def unreplied(seconds: int | None, **changes: Any) -> Known[UdpTimer]:
    return timer(seconds, Flow.UNREPLIED, **changes)


def sip(*states: SipAlgState) -> SipAlg:
    return SipAlg(
        layers=tuple(
            SipLayer(name=f"layer {i}", state=s, origin=Origin.CONFIGURED) for i, s in enumerate(states)
        )
    )


def forward(ports: str = "5060", **changes: Any) -> PortForward:
    first, _dash, last = ports.partition("-")
    outside = PortRange(int(first), int(last or first)) if ports != "all" else ALL_PORTS
    made: dict[str, Any] = {
        "name": "x",
        "kind": ForwardKind.PORT_FORWARD,
        "protocol": "udp",
        "external_address": "any",
        "interface": "wan",
        "source": "any",
        "external_ports": outside,
        "internal_address": "192.168.1.20",
        "internal_ports": outside,
        "enabled": True,
        "permitted": Answer.YES,
        "evidence": LINE,
    }
    return PortForward(**{**made, **changes})


def facts(**changes: Any) -> Facts:
    """Everything known and right: one router that masquerades, timers long enough, SIP helper off, no forwards."""
    good: dict[str, Any] = {
        "identity": Identity(),
        "udp_timers": (),
        "replied": timer(300),
        "unreplied": unreplied(180),
        "promotion": Promotion(late=True, reason="it is late"),
        "port_forwards": (),
        "forwards_complete": known(value=True),
        "sip_alg": sip(SipAlgState.OFF),
        "nat_role": known(NatRole.NAT),
        "source_port": known(SourcePort.PRESERVED),
        "wan_addresses": known(("198.51.100.7",)),
    }
    return Facts(**{**good, **changes})
