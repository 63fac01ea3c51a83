"""The report for the terminal: read at a glance, pasted without repair."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from report_factories import (
    CHANGE,
    MANUAL,
    ROLLBACK,
    VERIFY,
    audit,
    by_default,
    configured,
    evidence,
    facts,
    finding,
    forward,
    known,
    layer,
    snippet,
)

from auditor.model.audit import AuditOptions, Severity, Status
from auditor.model.facts import (
    Answer,
    Identity,
    Known,
    Missing,
    NatRole,
    Origin,
    Path,
    Promotion,
    SipAlg,
    SipAlgState,
)
from auditor.report.snippet_text import files, notes
from auditor.report.snippet_text import render as render_snippet
from auditor.report.text import render


def first_line(**changes: object) -> str:
    return render(audit(**changes), width=120, colour=False).split("\n")[0]


def test_the_first_line_tells_the_parts_apart() -> None:
    assert first_line() == "FAIL: timers too short \N{EN DASH} SIP ALG on"
    good = configured(180)
    holding = facts(replied=known(good), unreplied=known(by_default(180)))
    assert first_line(facts=holding) == "FAIL: timers hold \N{EN DASH} SIP ALG on"
    off = facts(
        replied=known(good),
        unreplied=known(by_default(180)),
        sip_alg=SipAlg(layers=(layer(SipAlgState.OFF),)),
    )
    passing = finding(rule="PORT003", status=Status.PASS, severity=Severity.HIGH)
    assert (
        first_line(facts=off, findings=(passing,))
        == "PASS: timers hold \N{EN DASH} SIP ALG off \N{EN DASH} port forwards fine"
    )


def test_the_unreplied_timer_counts_in_the_first_line_only_where_it_decides() -> None:
    good, short = known(configured(180)), known(by_default(30))
    late = facts(replied=good, unreplied=short)
    early = facts(replied=good, unreplied=short, promotion=Promotion(late=False, reason="It is early."))
    assert "timers too short" in first_line(facts=late)
    assert "timers hold" in first_line(facts=early)
    assert "does not decide: It is early." in render(audit(facts=early), width=200, colour=False)


@pytest.mark.parametrize(
    ("values", "word"), [((30, 60), "too short"), ((61, 180), "hold"), ((60, 61), "unknown")]
)
def test_a_set_of_defaults_is_judged_as_a_whole(values: tuple[int, ...], word: str) -> None:
    timer = known(by_default(*values))
    made = facts(replied=timer, unreplied=timer)
    assert f"timers {word}" in first_line(facts=made)
    *others, last = map(str, values)
    told = {"hold": "holds", "unknown": "so it is not known"}.get(word, word)
    overview = f"{', '.join(others)} or {last} s, depending on the release, {told}"
    assert overview in render(audit(facts=made), width=200, colour=False)


def test_a_shorter_keepalive_moves_the_limit() -> None:
    timer = known(configured(30))
    made = facts(replied=timer, unreplied=timer)
    assert "timers hold" in first_line(facts=made, options=AuditOptions(keepalive=20))


def test_a_switch_is_no_nat() -> None:
    role = Known(value=NatRole.NOT_NAT, origin=Origin.CONFIGURED)
    assert first_line(facts=facts(nat_role=role)).startswith("FAIL: no NAT here")


def test_the_state_of_the_forwards_is_that_of_the_worst_rule_that_decides() -> None:
    wrong = finding(rule="PORT001", severity=Severity.HIGH)
    doubtful = finding(rule="PORT001", severity=Severity.HIGH, status=Status.UNKNOWN)
    fine = finding(rule="PORT002", severity=Severity.HIGH, status=Status.PASS)
    exposed = finding(rule="EXP002", severity=Severity.MEDIUM)
    maybe_exposed = finding(rule="EXP001", severity=Severity.MEDIUM, status=Status.UNKNOWN)
    advice = finding(rule="EXP003", severity=Severity.INFO)
    dash = " \N{EN DASH} "
    for findings, end in (
        ((wrong, doubtful), "port forwards wrong"),
        ((doubtful, advice), "port forwards unknown"),
        ((fine, maybe_exposed), "port forwards unknown"),
        ((fine, exposed), "SIP ALG on" + dash + "port forwards too open"),
        ((wrong, exposed), "port forwards wrong" + dash + "port forwards too open"),
        ((fine, advice), "port forwards fine"),
    ):
        assert first_line(findings=findings).endswith(end), end
    assert "forwards" not in first_line(findings=(advice,))


def test_the_first_line_says_why_timers_that_hold_do_not_settle_it() -> None:
    behind = finding(rule="NAT004", severity=Severity.HIGH, status=Status.UNKNOWN)
    dynamic = finding(rule="NAT004", severity=Severity.LOW, status=Status.UNKNOWN)
    no_role = finding(rule="NAT005", severity=Severity.MEDIUM, status=Status.UNKNOWN)
    assert "another NAT follows" in first_line(findings=(behind,))
    assert "another NAT" not in first_line(findings=(dynamic,))
    assert "not certain that this is the NAT" in first_line(findings=(no_role,))
    switch = facts(nat_role=Known(value=NatRole.NOT_NAT, origin=Origin.CONFIGURED))
    line = first_line(facts=switch, findings=(no_role,))
    assert "no NAT here" in line
    assert "not certain" not in line


def test_what_decides_stands_on_top_with_value_origin_and_line() -> None:
    head = render(audit(), width=80, colour=False).split("FAIL", 2)[1].split("1 finding fails")[0]
    assert "udp-stream-timeout: 30 s, too short (configured)" in head
    assert "export.rsc:12: set udp-stream-timeout=30s" in head
    assert "udp-timeout: 10 s, too short (default, versions >=7;" in head
    assert "; documented); decides, too" in " ".join(head.split())
    assert "fw.example, some_os, hEX, version 7.14.3, named gw-1" in head
    assert "203.0.113.7" in head


def test_several_ways_are_all_listed() -> None:
    bad, good = known(configured(30)), known(configured(300))
    paths = (
        Path(name="vdom:root", replied=bad, unreplied=bad, carries_phones=Answer.YES),
        Path(name="vdom:guests", replied=good, unreplied=good, carries_phones=Answer.NO),
    )
    text = render(audit(facts=facts(paths=paths)), width=120, colour=False)
    assert "vdom:root: udp-stream-timeout: 30 s, too short (configured); carries phones" in text
    assert "vdom:guests: udp-stream-timeout: 300 s, holds (configured); carries no phones" in text


def test_findings_stand_by_weight_and_none_is_dropped() -> None:
    made = tuple(
        finding(rule=f"{status.name[:3]}{number:03}", severity=severity, status=status)
        for number, severity in enumerate(reversed(Severity))
        for status in Status
    )
    text = render(audit(findings=made), width=100, colour=False)
    order = [text.index(f"  {one.rule}  ") for one in made if one.status is Status.FAIL]
    assert order == sorted(order, reverse=True)
    assert all(one.rule in text for one in made)
    assert "3 findings fail, 2 pieces of advice, 5 are unknown, 5 pass" in text
    only = render(audit(findings=(finding(status=Status.PASS),)), width=100, colour=False)
    assert "\n\n1 passes\n\n" in only


def test_what_is_not_known_comes_with_the_command_to_type() -> None:
    lines = render(audit(), width=80, colour=False).split("\n")
    at = lines.index("- outbound filter: it is not evaluated")
    assert lines[at + 1].strip() == "/ip firewall filter print"


@pytest.mark.parametrize("width", [60, 80, 120])
def test_prose_keeps_to_the_width_and_commands_stay_whole(width: int) -> None:
    long = "word " * 60
    made = audit(
        findings=(finding(detail=long, title=long, actual=long), finding(status=Status.PASS, title=long))
    )
    lines = render(made, width=width, colour=False).split("\n")
    commands = {*CHANGE.split("\n"), *ROLLBACK.split("\n"), *VERIFY.split("\n"), MANUAL.verify}
    assert commands <= set(lines)
    assert max(len(line) for line in lines if line not in commands) <= width
    start = lines.index(CHANGE.split("\n")[0])
    assert "\n".join(lines[start : start + 6]) == CHANGE
    assert (lines[start - 1], lines[start + 6]) == ("", "")
    assert all(line == line.rstrip() for line in lines if line not in commands)


def test_what_has_the_same_reason_and_the_same_command_is_told_once() -> None:
    why = {"why": "the text may be cut", "ask": "show nat"}
    gaps = (
        Missing(what="role", **why), Missing(what="mtu", why="x"), Missing(what="source port", **why),
        Missing(what="address", why=why["why"], ask="show ip"),
    )  # fmt: skip
    text = render(audit(facts=facts(unknown=gaps)), width=80, colour=False)
    assert "- role, source port: the text may be cut\n    show nat\n- mtu: x\n- address: the text may" in text


def test_rules_that_say_the_same_share_a_line() -> None:
    made = tuple(
        finding(rule=rule, status=Status.NOT_APPLICABLE, title="No forward is needed.")
        for rule in ("PORT001", "PORT002")
    )
    text = render(audit(findings=made), width=80, colour=False)
    assert "does not apply  PORT001, PORT002  No forward is needed.\n" in text


def test_what_the_title_says_is_not_said_again() -> None:
    made = finding(
        title="Open: udp 5060 to 192.0.2.1", actual="udp 5060 to 192.0.2.1", expected="no such forward"
    )
    text = render(audit(findings=(made,)), width=80, colour=False)
    assert "Seen:" not in text
    assert "    Needed: no such forward.\n" in text


def test_quotations_are_not_wrapped() -> None:
    line = "set " + "y" * 300
    text = render(audit(findings=(finding(evidence=(evidence(line),)),)), width=80, colour=False)
    assert f"    export.rsc:12: {line}\n" in text


def test_colour_changes_nothing_but_the_colour() -> None:
    plain, coloured = (render(audit(), width=80, colour=on) for on in (False, True))
    assert "\x1b" not in plain
    assert "\x1b[1;31mFAIL: \x1b[0m" in coloured
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == plain
    blocks = [line for line in coloured.split("\n") if line in CHANGE.split("\n")]
    assert blocks == CHANGE.split("\n")


EVIL = "a\x1b]0;title\x07\x1b[2Jb\r\n\x9bc\u202ed\x00"


def test_text_of_a_device_cannot_act_on_the_terminal() -> None:
    gap = Missing(what=EVIL, why=EVIL, ask=EVIL)
    evil_layer = layer(name=EVIL, evidence=evidence(EVIL))
    made = audit(
        facts=facts(
            replied=known(configured(name=EVIL, evidence=evidence(EVIL))),
            sip_alg=SipAlg(layers=(evil_layer,)),
            port_forwards=(forward(name=EVIL),),
            wan_addresses=Known(value=(EVIL,), origin=Origin.CONFIGURED),
            unknown=(gap,),
        ),
        findings=(finding(title=EVIL, detail=EVIL, actual=EVIL, evidence=(evidence(EVIL),)),),
        remediation=(snippet(change=EVIL, title=EVIL, risk=EVIL, rollback=EVIL, verify=EVIL),),
    )
    for text in (
        render(made, width=80, colour=False),
        render_snippet(made),
        notes(made),
        *files(made).values(),
    ):
        assert all(char.isprintable() or char == "\n" for char in text)
    assert r"export.rsc:12: a\x1b]0;title\x07\x1b[2Jb\r\n\x9bc\u202ed\x00" in render(
        made, width=80, colour=False
    )


def test_a_name_as_long_as_a_page_is_cut_in_words_and_whole_for_programs() -> None:
    made = audit(facts=facts(identity=Identity(hostname="N" * 3000)))
    text = render(made, width=80, colour=False)
    assert max(map(len, text.split("NAT001")[0].split("\n"))) <= 80
    assert "NNN…" in text


def test_the_same_audit_gives_the_same_text() -> None:
    assert render(audit(), width=80, colour=False) == render(audit(), width=80, colour=False)


def test_the_snippet_alone_is_nothing_but_commands() -> None:
    second = snippet(change="/system note print")
    assert render_snippet(audit(remediation=(snippet(), MANUAL, second))) == f"{CHANGE}\n/system note print\n"
    assert not render_snippet(audit(remediation=(MANUAL,)))


def test_the_notes_hold_all_that_is_not_typed_now() -> None:
    text = notes(audit())
    assert CHANGE.split("\n")[1] not in text.split("\n")
    for line in (ROLLBACK, VERIFY, MANUAL.verify):
        assert line in text.split("\n")
    assert "Delete the rule in your own interface" in text
    assert "Before you do it:" not in text
    careful = notes(audit(remediation=(replace(MANUAL, risk="Calls end."),)))
    assert "Before you do it:\n  - Calls end." in careful
    assert "All phones must re-register." in text
    assert "nothing to change" in notes(audit(remediation=()))


def test_files_for_a_folder() -> None:
    made = files(audit())
    assert made["01-NAT001-change.txt"] == f"{CHANGE}\n"
    assert made["01-NAT001-rollback.txt"] == f"{ROLLBACK}\n"
    assert made["01-NAT001-verify.txt"] == f"{VERIFY}\n"
    assert made["02-FWD002-manual.txt"] == f"{MANUAL.change}\n"
    assert {"README.txt"} == {name for name in made if "-" not in name}
    assert made["README.txt"].startswith("FAIL: timers too short")
    assert "../" not in "".join(files(audit(remediation=(snippet(rule="../../x"),))))


def test_a_timer_that_is_not_known_says_why() -> None:
    gap = Missing(what="udp-timeout", why="the log-in may not run it")
    text = render(audit(facts=facts(replied=gap, unreplied=gap)), width=120, colour=False)
    assert text.startswith("FAIL: timers unknown")
    assert "Replied timer     unknown: the log-in may not run it\n" in text


def test_a_timer_that_never_ends_and_one_seen_in_the_live_table() -> None:
    live = configured(None, origin=Origin.OBSERVED, scope="policy:7")
    text = render(audit(facts=facts(replied=known(live))), width=120, colour=False)
    assert "udp-stream-timeout: never ends, holds (seen in the live table), policy:7" in text


def test_an_unknown_finding_does_not_say_that_unknown_was_seen() -> None:
    doubt = finding(status=Status.UNKNOWN, actual="unknown")
    text = render(audit(findings=(doubt,)), width=120, colour=False)
    assert "UNKNOWN (CRITICAL)  NAT001" in text
    assert "Seen:" not in text
    assert "Needed: at least 61 s." in text


def test_a_layer_that_is_not_known_says_why() -> None:
    hidden = layer(SipAlgState.UNKNOWN, origin=None, evidence=None, why="it was cut off")
    text = render(audit(facts=facts(sip_alg=SipAlg(layers=(hidden,)))), width=120, colour=False)
    assert "SIP ALG unknown" in text.split("\n")[0]
    assert "service-port sip unknown (it was cut off)" in text
