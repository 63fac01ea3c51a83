"""The JSON report `auditor.report/1`: the contract with scripts. Its schema is `audit.schema.json`."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any, Final, TypeAlias, TypeVar

from auditor import __version__
from auditor.model.audit import Audit, Finding, Snippet
from auditor.model.facts import (
    DefaultNote,
    Evidence,
    Fact,
    Facts,
    Known,
    Missing,
    NatRole,
    Path,
    PortForward,
    SipAlg,
    SourcePort,
    UdpTimer,
)
from auditor.report.plain import clipped
from auditor.report.timer_words import by_release, straddles

SCHEMA: Final = "auditor.report/1"

Object: TypeAlias = dict[str, Any]
T = TypeVar("T")


def to_json(audit: Audit) -> str:
    r"""Return the report as one JSON object without a final line end; what does not print is a `\u` escape."""
    text = json.dumps(to_object(audit), ensure_ascii=False, indent=2)
    return "".join(char if char.isprintable() or char == "\n" else json.dumps(char)[1:-1] for char in text)


def to_object(audit: Audit) -> Object:
    """Return the report as plain values, keys in the order of the contract."""
    facts, limit = audit.facts, audit.options.limit
    return {
        "schema": SCHEMA,
        "tool": {"name": "auditor", "version": __version__},
        "scenario": audit.options.scenario.value,
        "features": list(audit.options.features),
        "keepalive": audit.options.keepalive,
        "target": {
            "site": audit.target.site,
            "host": audit.target.host,
            "vendor": audit.vendor,
            "model": facts.identity.model,
            "version": facts.identity.version,
            "hostname": facts.identity.hostname,
        },
        "source": {
            "kind": audit.source.kind.value,
            "name": audit.source.name,
            "collected_at": audit.source.collected_at,
        },
        "verdict": audit.verdict.value,
        "effective_udp_timeout": _effective(facts.replied, limit),
        "unreplied_udp_timeout": {**_effective(facts.unreplied, limit), "decides": facts.promotion.late},
        "facts": _facts(facts, limit),
        "findings": [_finding(finding) for finding in audit.findings],
        "remediation": [_snippet(snippet) for snippet in audit.remediation],
    }


def _effective(fact: Fact[UdpTimer], limit: int) -> Object:
    if isinstance(fact, Missing):
        return {"seconds": None, "never": False, "timer": None, "origin": None, "scope": None}
    timer = fact.value
    known = not straddles(timer, limit)
    return {
        "seconds": timer.seconds if known else None,
        "never": timer.never,
        "timer": timer.name,
        "origin": timer.origin.value if known else None,
        "scope": timer.scope,
    }


def _facts(facts: Facts, limit: int) -> Object:
    by_set = [timer for timer in facts.udp_timers if straddles(timer, limit)]
    unknown = dict.fromkeys((*facts.unknown, *(by_release(timer) for timer in by_set)))
    return {
        "udp_timers": [_timer(timer) for timer in facts.udp_timers if timer not in by_set],
        "port_forwards": [_forward(forward) for forward in facts.port_forwards],
        "sip_alg": _sip_alg(facts.sip_alg),
        "nat": {
            "role": _value(facts.nat_role, NatRole.UNKNOWN).value,
            "source_port": _value(facts.source_port, SourcePort.UNKNOWN).value,
            "wan_addresses": list(_value(facts.wan_addresses, ())),
        },
        "paths": [_path(path, limit) for path in facts.paths],
        "unknown": [{"what": gap.what, "why": gap.why, "ask": gap.ask} for gap in unknown],
    }


def _value(fact: Fact[T], otherwise: T) -> T:
    return fact.value if isinstance(fact, Known) else otherwise


def _timer(timer: UdpTimer) -> Object:
    return {
        "name": timer.name,
        "seconds": timer.seconds,
        "never": timer.never,
        "flow": timer.flow.value,
        "scope": timer.scope,
        "ports": None if timer.ports is None else ",".join(map(str, timer.ports)),
        "origin": timer.origin.value,
        "default": _default(timer.default),
        "evidence": _evidence(timer.evidence),
    }


def _default(default: DefaultNote | None) -> Object | None:
    return None if default is None else asdict(default)


def _evidence(evidence: Evidence | None) -> Object | None:
    if evidence is None:
        return None
    return {"document": evidence.document, "line": evidence.line, "text": clipped(evidence.text)}


def _forward(forward: PortForward) -> Object:
    return {
        "name": forward.name,
        "kind": forward.kind.value,
        "protocol": forward.protocol,
        "external_address": forward.external_address,
        "interface": forward.interface,
        "source": forward.source,
        "external_ports": str(forward.external_ports),
        "internal_address": forward.internal_address,
        "internal_ports": str(forward.internal_ports),
        "enabled": forward.enabled,
        "permitted": forward.permitted.value,
        "evidence": _evidence(forward.evidence),
    }


def _sip_alg(sip_alg: SipAlg) -> Object:
    deciding = sip_alg.deciding
    return {
        "state": sip_alg.state.value,
        "origin": deciding.origin.value if deciding and deciding.origin else None,
        "layers": [
            {
                "name": layer.name,
                "state": layer.state.value,
                "origin": layer.origin.value if layer.origin else None,
            }
            for layer in sip_alg.layers
        ],
        "evidence": _evidence(deciding.evidence) if deciding else None,
    }


def _path(path: Path, limit: int) -> Object:
    return {
        "name": path.name,
        "effective_udp_timeout": _effective(path.replied, limit),
        "carries_phones": path.carries_phones.value,
    }


def _finding(finding: Finding) -> Object:
    return {
        "rule": finding.rule,
        "name": finding.name,
        "status": finding.status.value,
        "severity": finding.severity.value,
        "title": finding.title,
        "detail": finding.detail,
        "expected": finding.expected,
        "actual": finding.actual,
        "evidence": [_evidence(evidence) for evidence in finding.evidence],
        "reference": finding.reference,
        "fix": finding.fix,
    }


def _snippet(snippet: Snippet) -> Object:
    return {
        "rule": snippet.rule,
        "kind": snippet.kind.value,
        "title": snippet.title,
        "change": snippet.change,
        "rollback": snippet.rollback,
        "verify": snippet.verify,
        "risk": snippet.risk,
    }
