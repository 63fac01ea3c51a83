"""Audits made by hand, so that the report is tested on its own."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from auditor.model.audit import (
    Audit,
    AuditOptions,
    Finding,
    Severity,
    Snippet,
    SnippetKind,
    Status,
)
from auditor.model.capture import Source, SourceKind, Target
from auditor.model.facts import (
    Answer,
    DefaultNote,
    Evidence,
    Facts,
    Flow,
    ForwardKind,
    Identity,
    Known,
    Missing,
    NatRole,
    Origin,
    Path,
    PortForward,
    Promotion,
    SipAlg,
    SipAlgState,
    SipLayer,
    SourcePort,
    UdpTimer,
)
from auditor.model.ports import PortRange

NOTE = DefaultNote(versions=">=7", source="maker's manual, page Connection tracking", confidence="documented")


def evidence(text: str = "set udp-stream-timeout=30s", line: int = 12) -> Evidence:
    return Evidence(document="export.rsc", line=line, text=text)


def configured(seconds: int | None = 30, name: str = "udp-stream-timeout", **changes: Any) -> UdpTimer:
    made = UdpTimer(
        name=name, seconds=seconds, flow=Flow.REPLIED, origin=Origin.CONFIGURED, evidence=evidence()
    )
    return replace(made, **changes)


def by_default(*seconds: int, name: str = "udp-timeout") -> UdpTimer:
    return UdpTimer(
        name=name,
        seconds=min(seconds),
        flow=Flow.UNREPLIED,
        origin=Origin.DEFAULT,
        default=NOTE,
        alternatives=seconds if len(seconds) > 1 else (),
    )


def known(timer: UdpTimer) -> Known[UdpTimer]:
    return Known(value=timer, origin=timer.origin, evidence=timer.evidence, default=timer.default)


def layer(state: SipAlgState = SipAlgState.ON, **changes: Any) -> SipLayer:
    made = SipLayer(
        name="service-port sip", state=state, origin=Origin.CONFIGURED, evidence=evidence("name=sip", 20)
    )
    return replace(made, **changes)


def forward(**changes: Any) -> PortForward:
    made = PortForward(
        name="old PBX",
        kind=ForwardKind.PORT_FORWARD,
        protocol="udp",
        external_address="203.0.113.7",
        interface="ether1",
        source="any",
        external_ports=PortRange(5060, 5060),
        internal_address="192.0.2.10",
        internal_ports=PortRange(5060, 5060),
        enabled=True,
        permitted=Answer.YES,
        evidence=evidence("add action=dst-nat", 30),
    )
    return replace(made, **changes)


def facts(**changes: Any) -> Facts:
    replied, unreplied = configured(), by_default(10)
    made = Facts(
        identity=Identity(model="hEX", version="7.14.3", hostname="gw-1"),
        udp_timers=(replied, unreplied),
        replied=known(replied),
        unreplied=known(unreplied),
        promotion=Promotion(late=True, reason="The kernel promotes late."),
        port_forwards=(forward(),),
        forwards_complete=Known(value=True, origin=Origin.CONFIGURED),
        sip_alg=SipAlg(layers=(layer(),)),
        nat_role=Known(value=NatRole.NAT, origin=Origin.CONFIGURED),
        source_port=Known(value=SourcePort.KEPT_IF_FREE, origin=Origin.CONFIGURED),
        wan_addresses=Known(value=("203.0.113.7",), origin=Origin.CONFIGURED),
        paths=(Path(name="global", replied=known(replied), unreplied=known(unreplied)),),
        unknown=(
            Missing(what="outbound filter", why="it is not evaluated", ask="/ip firewall filter print"),
        ),
    )
    return replace(made, **changes)


def finding(**changes: Any) -> Finding:
    made = Finding(
        rule="NAT001",
        name="nat_udp_timeout_short",
        status=Status.FAIL,
        severity=Severity.CRITICAL,
        title="UDP entries end before the next keepalive",
        detail="A phone sends a keepalive every 60 s. The entry is gone by then, so that calls to the phone fail until it registers again.",
        expected="at least 61 s",
        actual="30 s",
        evidence=(evidence(),),
        reference="RFC 4787, section 4.3",
        fix=0,
    )
    return replace(made, **changes)


CHANGE = (
    "/ip firewall connection tracking set udp-stream-timeout=3m udp-timeout=3m\n"
    "/ip firewall nat add chain=dstnat action=dst-nat protocol=udp src-address=198.51.100.0/24 in-interface=ether1 dst-port=10000-20000 to-addresses=192.0.2.10 comment=x\n"
    "table inet x {\n\tct timeout y {\n\t}\n}"
)
ROLLBACK = "/ip firewall connection tracking set udp-stream-timeout=30s"
VERIFY = "/ip firewall connection tracking print"


def snippet(**changes: Any) -> Snippet:
    made = Snippet(
        rule="NAT001",
        kind=SnippetKind.COMMAND,
        title="Raise udp-stream-timeout, udp-timeout to 180 s",
        change=CHANGE,
        rollback=ROLLBACK,
        verify=VERIFY,
        risk="It holds for all UDP traffic, so the table of connections grows a little on devices that are busy.\nAll phones must re-register.",
    )
    return replace(made, **changes)


MANUAL = snippet(
    rule="FWD002",
    kind=SnippetKind.MANUAL,
    title="Take away the forward old PBX",
    change="Delete the rule in your own interface; the system has no tested command for a rule of this kind, so be careful.",
    rollback="Restore the rule.",
    verify="nft list ruleset",
    risk="",
)


def audit(**changes: Any) -> Audit:
    made = Audit(
        target=Target(host="fw.example", vendor="some_os"),
        vendor="some_os",
        source=Source(kind=SourceKind.SSH, name="fw.example", collected_at="2026-03-01T10:00:00+00:00"),
        options=AuditOptions(),
        facts=facts(),
        findings=(
            finding(),
            finding(
                rule="OUT001",
                name="outbound_filter",
                status=Status.UNKNOWN,
                severity=Severity.INFO,
                title="Outbound filters are not evaluated",
                fix=None,
                evidence=(),
            ),
            finding(
                rule="SIP001",
                name="sip_alg_enabled",
                status=Status.PASS,
                severity=Severity.HIGH,
                title="No part of the router edits SIP",
                fix=None,
            ),
        ),
        remediation=(snippet(), MANUAL),
    )
    return replace(made, **changes)
