"""The JSON report: the contract's object, and nothing that the schema does not know."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import jsonschema
import pytest
from report_factories import (
    NOTE,
    audit,
    by_default,
    configured,
    evidence,
    facts,
    finding,
    forward,
    known,
    layer,
)

from auditor.model.audit import Audit, AuditOptions, Status
from auditor.model.capture import Source, SourceKind, Target
from auditor.model.facts import Flow, Identity, Missing, Origin, Path, SipAlg, SipAlgState
from auditor.model.ports import PortRange
from auditor.report.json_report import to_json, to_object
from auditor.report.schema import schema

CHECKER = jsonschema.Draft202012Validator(schema())


def read(made: Audit) -> dict[str, Any]:
    report: dict[str, Any] = json.loads(to_json(made))
    CHECKER.validate(report)
    assert report == to_object(made)
    return report


def test_the_schema_is_a_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(schema())


def test_keys_stand_in_the_order_of_the_contract() -> None:
    report = read(audit())
    assert list(report) == [
        "schema",
        "tool",
        "scenario",
        "features",
        "keepalive",
        "target",
        "source",
        "verdict",
        "effective_udp_timeout",
        "unreplied_udp_timeout",
        "facts",
        "findings",
        "remediation",
    ]
    assert list(report["facts"]) == ["udp_timers", "port_forwards", "sip_alg", "nat", "paths", "unknown"]
    assert report["verdict"] == "fail"
    assert report["source"] == {
        "kind": "ssh",
        "name": "fw.example",
        "collected_at": "2026-03-01T10:00:00+00:00",
    }
    assert report["target"] == {
        "site": None,
        "host": "fw.example",
        "vendor": "some_os",
        "model": "hEX",
        "version": "7.14.3",
        "hostname": "gw-1",
    }


def test_a_stated_timer_carries_its_line_and_a_default_its_source() -> None:
    report = read(audit())
    stated, assumed = report["facts"]["udp_timers"]
    assert stated == {
        "name": "udp-stream-timeout",
        "seconds": 30,
        "never": False,
        "flow": "replied",
        "scope": "global",
        "ports": None,
        "origin": "configured",
        "default": None,
        "evidence": {"document": "export.rsc", "line": 12, "text": "set udp-stream-timeout=30s"},
    }
    assert assumed["default"] == {
        "versions": NOTE.versions,
        "source": NOTE.source,
        "confidence": "documented",
    }
    assert assumed["evidence"] is None
    assert report["effective_udp_timeout"] == {
        "seconds": 30,
        "never": False,
        "timer": "udp-stream-timeout",
        "origin": "configured",
        "scope": "global",
    }
    assert report["unreplied_udp_timeout"] == {
        "seconds": 10,
        "never": False,
        "timer": "udp-timeout",
        "origin": "default",
        "scope": "global",
        "decides": True,
    }


def test_a_timer_that_never_ends_is_not_one_that_is_unknown() -> None:
    never = configured(None, scope="policy:7", ports=(PortRange(5060, 5061), PortRange(5080, 5080)))
    made = facts(
        udp_timers=(never,), replied=known(never), unreplied=Missing(what="udp-timeout", why="not shown")
    )
    report = read(audit(facts=made))
    assert report["effective_udp_timeout"]["seconds"] is None
    assert report["effective_udp_timeout"]["never"] is True
    assert report["effective_udp_timeout"]["origin"] == "configured"
    assert report["facts"]["udp_timers"][0]["ports"] == "5060-5061,5080"
    assert report["unreplied_udp_timeout"] == {
        "seconds": None,
        "never": False,
        "timer": None,
        "origin": None,
        "scope": None,
        "decides": True,
    }


@pytest.mark.parametrize(
    ("values", "seconds"), [((10, 30), 10), ((120, 180), 120), ((30, 180), None), ((60, 61), None)]
)
def test_a_set_counts_only_where_all_members_lie_on_one_side_of_the_limit(
    values: tuple[int, ...], seconds: int | None
) -> None:
    timer = by_default(*values, name="stream")
    made = facts(
        udp_timers=(timer,),
        replied=known(timer),
        paths=(Path(name="vdom:a", replied=known(timer), unreplied=known(timer)),),
    )
    report = read(audit(facts=made))
    assert report["effective_udp_timeout"]["seconds"] == seconds
    assert report["facts"]["paths"][0]["effective_udp_timeout"]["seconds"] == seconds
    assert (report["effective_udp_timeout"]["origin"] is None) is (seconds is None)
    assert [row["seconds"] for row in report["facts"]["udp_timers"]] == ([seconds] if seconds else [])
    gaps = [gap for gap in report["facts"]["unknown"] if gap["what"] == "stream"]
    assert len(gaps) == (0 if seconds else 1)


def test_the_limit_follows_the_keepalive() -> None:
    timer = by_default(30, 180)
    made = audit(facts=facts(replied=known(timer)), options=AuditOptions(keepalive=20))
    assert read(made)["effective_udp_timeout"]["seconds"] == 30


def test_forwards_and_the_sip_alg_are_told_in_the_words_of_the_contract() -> None:
    layers = (layer(SipAlgState.OFF), layer(name="inspect", evidence=evidence("inspect sip", 9)))
    report = read(audit(facts=facts(sip_alg=SipAlg(layers=layers), port_forwards=(forward(interface=None),))))
    assert report["facts"]["sip_alg"] == {
        "state": "on",
        "origin": "configured",
        "layers": [
            {"name": "service-port sip", "state": "off", "origin": "configured"},
            {"name": "inspect", "state": "on", "origin": "configured"},
        ],
        "evidence": {"document": "export.rsc", "line": 9, "text": "inspect sip"},
    }
    row = report["facts"]["port_forwards"][0]
    assert (row["external_ports"], row["kind"], row["permitted"]) == ("5060", "port_forward", "yes")
    assert row["interface"] is None


def test_nothing_known_is_still_a_valid_report() -> None:
    gap = Missing(what="UDP timer", why="nothing was read")
    made = facts(
        identity=Identity(),
        udp_timers=(),
        replied=gap,
        unreplied=gap,
        port_forwards=(),
        forwards_complete=gap,
        sip_alg=SipAlg(layers=(layer(SipAlgState.UNKNOWN, origin=None, evidence=None, why="not shown"),)),
        nat_role=gap,
        source_port=gap,
        wan_addresses=gap,
        paths=(),
        unknown=(gap, gap),
    )
    report = read(
        audit(
            facts=made,
            target=Target(),
            source=Source(kind=SourceKind.FILE, name="-"),
            findings=(),
            remediation=(),
        )
    )
    assert report["facts"]["nat"] == {"role": "unknown", "source_port": "unknown", "wan_addresses": []}
    assert report["facts"]["unknown"] == [{"what": "UDP timer", "why": "nothing was read", "ask": ""}]


def test_text_of_a_device_cannot_reach_the_terminal_as_anything_but_text() -> None:
    evil = 'x\x1b[2J\x07\x9b31m\u202e\ud800\U000e0041"\n'
    made = audit(
        target=Target(host=evil, vendor="some_os"),
        facts=facts(port_forwards=(forward(name=evil, evidence=evidence(evil)),)),
        findings=(finding(title=evil, detail=evil, actual=evil),),
    )
    text = to_json(made)
    assert all(char.isprintable() or char == "\n" for char in text)
    assert json.loads(text)["facts"]["port_forwards"][0]["name"] == evil
    text.encode()


def test_german_stays_readable() -> None:
    assert "Überwachung" in to_json(audit(findings=(finding(title="Überwachung"),)))


def test_a_long_line_is_cut_and_stays_a_quotation() -> None:
    line = "set " + "x" * 5000
    report = read(audit(findings=(finding(evidence=(evidence(line),)),)))
    quoted = report["findings"][0]["evidence"][0]["text"]
    assert quoted in line
    assert len(quoted) == 500


@pytest.mark.parametrize(
    "spoil",
    [
        lambda r: r.update(extra=1),
        lambda r: r["facts"]["udp_timers"][0].update(evidence=None),
        lambda r: r["facts"]["udp_timers"][0].update(seconds=None),
        lambda r: r["facts"]["udp_timers"][1].update(default=None),
        lambda r: r["facts"]["udp_timers"][0].update(never=True),
        lambda r: r["effective_udp_timeout"].update(origin=None),
        lambda r: r["effective_udp_timeout"].update(decides=True),
        lambda r: r["unreplied_udp_timeout"].pop("decides"),
        lambda r: r["unreplied_udp_timeout"].update(extra=1),
        lambda r: r["facts"]["udp_timers"][0].update(scope="here"),
        lambda r: r["facts"]["port_forwards"][0].update(external_ports="5060:5061"),
        lambda r: r["facts"]["port_forwards"][0]["evidence"].update(line=0),
        lambda r: r["findings"][0].update(status="warn"),
        lambda r: r["source"].update(collected_at="yesterday"),
        lambda r: r["remediation"][0].update(kind="auto"),
    ],
)
def test_the_schema_refuses_what_the_contract_does_not_allow(spoil: Any) -> None:
    report = to_object(audit())
    CHECKER.validate(report)
    spoil(report)
    with pytest.raises(jsonschema.ValidationError):
        CHECKER.validate(report)


def test_every_value_of_the_vocabulary_is_in_the_schema() -> None:
    for flow in Flow:
        for origin in Origin:
            timer = configured(flow=flow, origin=origin)
            if origin is Origin.DEFAULT:
                timer = replace(timer, evidence=None, default=NOTE)
            read(audit(facts=facts(udp_timers=(timer,), replied=known(timer))))
    for status in Status:
        read(audit(findings=(finding(status=status),)))
