"""Every case under tests/devices: a device's text and the answers that must come out of it.

`expected.yaml` names what a careful reader finds in `input.txt`: the deciding timers with their lines, the SIP helper,
the NAT, each forward as `protocol outside > inside:ports on|off permitted`, the verdict, and the rules that fail with
a weight above `info`.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from auditor.collect.capture_file import to_json as capture_to_json
from auditor.model.audit import Audit, AuditOptions, Severity, Status
from auditor.model.capture import Target
from auditor.model.facts import Fact, Known, Missing, PortForward, UdpTimer
from auditor.pipeline import Vendors, audit, capture_file
from auditor.profiles.loading import profile_paths
from auditor.profiles.yaml_lines import LinedYaml
from auditor.report.json_report import to_json
from auditor.report.schema import schema

DEVICES = Path(__file__).resolve().parent.parent / "devices"
CASES = sorted(path.parent for path in DEVICES.glob("*/*/expected.yaml"))


def _id(case: Path) -> str:
    return f"{case.parent.name}-{case.name}"


def _audit(case: Path) -> Audit:
    vendors = Vendors()
    target = Target(vendor=case.parent.name)
    return audit(capture_file(str(case / "input.txt"), target, vendors), AuditOptions(), vendors)


def _expected(case: Path) -> dict[str, Any]:
    data: dict[str, Any] = LinedYaml(case / "expected.yaml").data
    return data


def test_every_vendor_has_cases_and_every_case_a_vendor() -> None:
    assert {case.parent.name for case in CASES} == set(profile_paths())
    assert len(CASES) == len(list(DEVICES.glob("*/*/")))


@pytest.mark.parametrize("case", CASES, ids=_id)
def test_the_facts_of_a_case(case: Path) -> None:
    facts, expected = _audit(case).facts, _expected(case)
    assert {name: getattr(facts.identity, name) for name in ("model", "version", "hostname")} == expected[
        "identity"
    ]
    assert _timer(facts.replied) == expected["replied"]
    unreplied = _timer(facts.unreplied)
    assert (unreplied and {**unreplied, "decides": facts.promotion.late}) == expected["unreplied"]
    assert facts.sip_alg.state == expected["sip_alg"]
    assert [_forward(forward) for forward in facts.port_forwards] == expected["forwards"]
    wan = _value(facts.wan_addresses)
    assert {
        "role": _value(facts.nat_role) or "unknown",
        "source_port": _value(facts.source_port) or "unknown",
        "wan": list(wan) if wan else None,
    } == expected["nat"]


@pytest.mark.parametrize("case", CASES, ids=_id)
def test_the_verdict_of_a_case(case: Path) -> None:
    result, expected = _audit(case), _expected(case)
    failing = [f.rule for f in result.findings if f.status is Status.FAIL and f.severity is not Severity.INFO]
    assert sorted(set(failing)) == expected["fails"]
    assert result.verdict == expected["verdict"]


@pytest.mark.parametrize("case", CASES, ids=_id)
def test_a_report_is_valid_and_every_fact_quotes_its_line(case: Path) -> None:
    report = json.loads(to_json(_audit(case)))
    jsonschema.validate(report, schema())
    lines = (case / "input.txt").read_text(encoding="utf-8").split("\n")
    quotes = [fact["evidence"] for kind in ("udp_timers", "port_forwards") for fact in report["facts"][kind]]
    for quote in quotes:
        assert quote is None or quote["text"] in lines[quote["line"] - 1]


@pytest.mark.parametrize("case", CASES, ids=_id)
def test_a_capture_is_audited_again_with_the_same_result(case: Path, tmp_path: Path) -> None:
    vendors = Vendors()
    first = capture_file(str(case / "input.txt"), Target(vendor=case.parent.name), vendors)
    stored = tmp_path / "capture.json"
    stored.write_text(capture_to_json(first), encoding="utf-8")
    again = capture_file(str(stored), Target(), vendors)
    reports = [json.loads(to_json(audit(capture, AuditOptions(), vendors))) for capture in (first, again)]
    assert reports[1].pop("source")["kind"] == "capture"
    reports[0].pop("source")
    assert json.dumps(reports[0]) == json.dumps(reports[1])


@pytest.mark.parametrize("case", CASES, ids=_id)
def test_the_vendor_is_detected(case: Path) -> None:
    assert capture_file(str(case / "input.txt"), Target(), Vendors()).vendor == case.parent.name


def _value(fact: Fact[Any]) -> Any:
    return fact.value if isinstance(fact, Known) else None


def _timer(fact: Fact[UdpTimer]) -> dict[str, Any] | None:
    if isinstance(fact, Missing):
        return None
    timer = fact.value
    found: dict[str, Any] = {"seconds": timer.seconds, "timer": timer.name, "origin": timer.origin.value}
    return {**found, "line": timer.evidence.line} if timer.evidence else found


def _forward(forward: PortForward) -> str:
    state = "on" if forward.enabled else "off"
    inside = f"{forward.internal_address}:{forward.internal_ports}"
    return f"{forward.protocol} {forward.external_ports} > {inside} {state} {forward.permitted.value}"
