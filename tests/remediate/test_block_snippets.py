"""Snippets for consoles of nested blocks: typed into the simulated console, and read again as a session would."""

from __future__ import annotations

import copy
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from remedy_cases import failing

from auditor.collect.pasted import documents_of
from auditor.extract.facts import extract, fill, holds
from auditor.model.audit import (
    AddPortForward,
    Audit,
    AuditOptions,
    Remedy,
    Snippet,
    SnippetKind,
    Status,
    WantedForward,
)
from auditor.model.capture import Capture, Document, Outcome, Source, SourceKind, Target
from auditor.model.facts import Answer, Facts, Known, SipAlgState
from auditor.pipeline import Vendors, audit
from auditor.profiles.loading import load_profile
from auditor.remediate.engine import remediate
from auditor.simulator.block_console import BlockDevice
from auditor.simulator.device_file import read_device

BLOCKS = load_profile("fortinet")
State = dict[str, Any]


def state(*, divided: bool = True) -> State:
    """Return a copy of the simulated device; undivided, the office's config stands beside the global one."""
    data = copy.deepcopy(read_device("fortinet").console)
    if not divided:
        data["vdoms"] = []
        data["state"] = {"": {**data["state"]["global"], **data["state"]["root"]}}
        data["status"] = data["status"].replace("configuration: multiple", "configuration: disable")
        data["state"][""]["system interface"]["guests"]["vdom"] = "root"
        data["sessions"] = []
    return data


def phones_in_both() -> State:
    """Return a device on which phones may stand in two VDOMs."""
    data = state()
    data["state"]["guest"] = copy.deepcopy(data["state"]["root"])
    data["state"]["guest"]["system session-ttl"] = {
        "port": {"2": {"protocol": "6", "start-port": "1", "end-port": "2"}}
    }
    return data


class Box:
    """A device whose documents are had as the collector has them, without the line between."""

    def __init__(self, data: State) -> None:
        self.device = BlockDevice(data)

    def enter(self, text: str) -> None:
        """Type lines; the first refusal fails the test."""
        console = self.device.open(user="admin", may_write=True, width=1000)
        for line in text.split("\n"):
            reply = console.run(line).text
            assert "Command fail" not in reply, f"{line}: {reply}"
        assert "(" not in console.prompt, "every block has to be closed again"

    def capture(self, *, without: str = "") -> Capture:
        """Return what the profile's commands show; `without` is a word of commands that are refused."""
        capture = Capture(
            target=Target(), vendor="fortinet", source=Source(kind=SourceKind.SSH, name="lab"), documents=()
        )
        for kind, spec in BLOCKS.commands:
            if not holds(capture, BLOCKS, spec.when):
                continue
            names = fill(capture, BLOCKS, spec.fill["vdom"]) if spec.fill else ("",)
            for name in names:
                console = self.device.open(user="admin", may_write=False, width=1000)
                for line in spec.enter:
                    console.run(line.replace("{vdom}", name))
                text = console.run(spec.command or "").text
                refused = "Command fail" in text or (without and without in (spec.command or ""))
                document = Document(
                    kind=kind, name=f"{spec.command} {name}", text=text, context=name if spec.context else "",
                    outcome=Outcome.REFUSED if refused else Outcome.OK,
                )  # fmt: skip
                capture = replace(capture, documents=(*capture.documents, document))
        return capture

    def facts(self) -> Facts:
        """Return what the extractor finds."""
        return extract(self.capture(), BLOCKS)

    def audit(self, options: AuditOptions | None = None, *, without: str = "") -> Audit:
        """Return the whole audit."""
        return audit(self.capture(without=without), options or AuditOptions(), Vendors())


def only(snippets: tuple[Snippet, ...]) -> Snippet:
    assert len(snippets) == 1, [snippet.title for snippet in snippets]
    return snippets[0]


def snippet_for(remedy: Remedy, facts: Facts) -> Snippet:
    return only(remediate((failing(remedy),), facts, BLOCKS, AuditOptions())[1])


def seconds(facts: Facts) -> dict[str, int | None]:
    return {p.name: p.replied.value.seconds for p in facts.paths if isinstance(p.replied, Known)}


def assert_repairs_and_rolls_back(box: Box, options: AuditOptions | None = None) -> Snippet:
    """The snippet repairs what it was made for, and its rollback brings back what was seen."""
    first = box.audit(options)
    snippet = only(first.remediation)
    assert snippet.kind is SnippetKind.COMMAND, snippet.change
    box.enter(snippet.change)
    after = box.audit(options)
    assert after.remediation == (), [one.title for one in after.remediation]
    box.enter(snippet.rollback)
    assert box.audit(options).facts == first.facts
    return snippet


def test_every_vdom_of_phones_gets_its_own_free_entry_and_the_shared_helper_goes_once() -> None:
    box = Box(phones_in_both())
    assert seconds(box.facts()) == {"vdom:root": 60, "vdom:guest": 60}
    change = assert_repairs_and_rolls_back(box).change
    assert change.count("set timeout 180") == 2
    assert [line.strip() for line in change.split("\n") if "edit" in line] == [
        'edit "root"', "edit 2", 'edit "guest"', "edit 1", 'edit "root"', 'edit "guest"', 'edit "root"', 'edit "guest"',
    ]  # fmt: skip
    assert change.count("delete 13") == 1
    assert "udp-idle-timer" not in change


def test_an_undivided_device_is_entered_without_vdoms() -> None:
    snippet = assert_repairs_and_rolls_back(Box(state(divided=False)))
    for text in (snippet.change, snippet.rollback, snippet.verify):
        assert "vdom" not in text
        assert "config global" not in text


def test_only_what_fails_is_changed() -> None:
    data = state()
    data["state"]["global"]["system global"]["udp-idle-timer"] = "300"
    data["state"]["root"]["system settings"] = {"default-voip-alg-mode": "kernel-helper-based"}
    change = assert_repairs_and_rolls_back(Box(data)).change
    assert "timeout" not in change
    assert "config system settings" not in change
    assert "delete 13" in change


def test_an_entry_that_is_too_short_is_raised_in_its_place_and_the_helper_last() -> None:
    data = state()
    ports = data["state"]["root"]["system session-ttl"]["port"]
    ports["4"] = {"protocol": "17", "timeout": "45", "start-port": "5000", "end-port": "5100"}
    change = assert_repairs_and_rolls_back(Box(data)).change
    assert change.index("edit 4") < change.index("set timeout 180") < change.index("default-voip-alg-mode")
    assert "edit 2" not in change


def test_a_services_timer_is_raised_where_a_policy_uses_it() -> None:
    data = state()
    data["state"]["global"]["system global"]["udp-idle-timer"] = "300"
    data["state"]["root"]["firewall service custom"]["SIP"]["udp-idle-timer"] = "40"
    assert seconds(Box(data).facts())["vdom:root"] == 300
    data["state"]["root"]["firewall policy"]["1"]["service"] = "Telephony"
    box = Box(data)
    assert seconds(box.facts())["vdom:root"] == 40
    assert '    edit "SIP"\n        set udp-idle-timer 180' in assert_repairs_and_rolls_back(box).change


def test_a_policys_own_timer_counts_for_long_keepalives() -> None:
    data = state()
    data["state"]["global"]["system global"]["udp-idle-timer"] = "900"
    data["state"]["root"]["firewall policy"]["1"]["session-ttl"] = "300"
    snippet = assert_repairs_and_rolls_back(Box(data), AuditOptions(keepalive=600))
    assert "    edit 1\n        set session-ttl 601" in snippet.change


def test_without_the_table_of_entries_the_global_timer_is_set_and_not_guessed_around() -> None:
    box = Box(state())
    first = box.audit(without="session-ttl")
    change = first.remediation[0].change
    assert "config global\nconfig system global\n    set udp-idle-timer 180\nend\nend" in change
    assert "config port" not in change


@pytest.mark.parametrize(
    ("part", "block", "name", "values", "word"),
    [
        ("global", "system central-management", "", {"type": "fortimanager"}, "FortiManager"),
        ("root", "firewall policy", "1", {"voip-profile": "default"}, "VoIP profile"),
        (
            "global",
            "system session-helper",
            "20",
            {"name": "sip", "protocol": "6", "port": "5060"},
            "exactly one",
        ),
    ],
)
def test_what_a_command_would_not_repair_is_told_in_words(
    part: str, block: str, name: str, values: dict[str, str], word: str
) -> None:
    data = state()
    held = data["state"][part].setdefault(block, {})
    (held.setdefault(name, {}) if name else held).update(values)
    snippets = Box(data).audit().remediation
    told = next(snippet for snippet in snippets if word in snippet.change)
    assert told.kind is SnippetKind.MANUAL
    assert "config " not in told.change


WANTED = (
    WantedForward(protocol="udp", ports="5060", address="192.168.10.20", source="198.51.100.0/29"),
    WantedForward(protocol="tcp_udp", ports="10000-20000,8444", address="192.168.10.20"),
)


def test_several_forwards_take_numbers_of_their_own_and_are_let_through() -> None:
    box = Box(state())
    before = box.facts()
    findings = tuple(failing(AddPortForward(forward=wanted)) for wanted in WANTED)
    snippets = remediate(findings, before, BLOCKS, AuditOptions())[1]
    assert [snippet.kind for snippet in snippets] == [SnippetKind.COMMAND] * 2
    for snippet in snippets:
        box.enter(snippet.change)
    rows = {
        (f.protocol, str(f.external_ports), f.internal_address, f.source, f.permitted)
        for f in box.facts().port_forwards
        if f.name.startswith("STARFACE")
    }
    anywhere = [
        (protocol, ports, "192.168.10.20", "any", Answer.YES)
        for protocol in ("tcp", "udp")
        for ports in ("10000-20000", "8444")
    ]
    assert rows == {("udp", "5060", "192.168.10.20", "198.51.100.0/29", Answer.YES), *anywhere}
    for snippet in snippets[::-1]:
        box.enter(snippet.rollback)
    assert box.facts() == before


@pytest.mark.parametrize("word", ["dstintf", "no interface", "central-nat"])
def test_a_forward_whose_place_is_not_certain_is_told_in_words(word: str) -> None:
    data = state()
    if word == "no interface":
        data["state"]["root"]["firewall policy"]["1"]["dstintf"] = "virtual-wan-link"
    elif word == "dstintf":
        data["state"]["root"]["firewall policy"]["9"] = {
            **data["state"]["root"]["firewall policy"]["1"], "dstintf": "guests",
        }  # fmt: skip
    else:
        data["state"]["root"]["system settings"] = {"central-nat": "enable"}
    snippet = snippet_for(AddPortForward(forward=WANTED[0]), Box(data).facts())
    assert snippet.kind is SnippetKind.MANUAL


def stealing(*, shared: bool) -> State:
    data = state()
    office = data["state"]["root"]
    office["firewall vip"]["Old PBX"] = {
        "extip": "203.0.113.5", "mappedip": "192.168.10.9", "extintf": "wan1", "portforward": "enable",
        "protocol": "udp", "extport": "5060", "mappedport": "5060",
    }  # fmt: skip
    named = ["Old PBX", "Web server"] if shared else "Old PBX"
    office["firewall policy"]["8"] = {**office["firewall policy"]["7"], "dstaddr": named, "service": "ALL"}
    return data


def test_a_forward_is_taken_away_by_the_policy_that_lets_it_alone_pass() -> None:
    box = Box(stealing(shared=False))
    first = box.audit()
    removal = next(snippet for snippet in first.remediation if "Old PBX" in snippet.title)
    assert "    edit 8\n        set status disable" in removal.change
    box.enter(removal.change)
    assert not any("Old PBX" in snippet.title for snippet in box.audit().remediation)
    box.enter(removal.rollback)
    assert box.audit().facts == first.facts


def test_a_policy_that_lets_something_else_pass_is_not_switched_off() -> None:
    removal = next(s for s in Box(stealing(shared=True)).audit().remediation if "Old PBX" in s.title)
    assert removal.kind is SnippetKind.MANUAL
    assert "set status" not in removal.change


@pytest.mark.parametrize("name", ['a" b', "a`b", "{{ 7 * 7 }}", "Büro"])
def test_a_name_that_cannot_be_quoted_is_never_typed(name: str) -> None:
    data = state()
    office = data["state"]["root"]
    office["firewall service custom"][name] = {"udp-portrange": "5060", "udp-idle-timer": "20"}
    office["firewall policy"]["1"]["service"] = name
    snippets = Box(data).audit().remediation
    assert SnippetKind.MANUAL in {snippet.kind for snippet in snippets}
    assert not any("set udp-idle-timer" in snippet.change for snippet in snippets)


def test_the_helper_of_an_older_release_is_deleted_in_its_vdom() -> None:
    data = phones_in_both()
    data["blocks"]["system session-helper"]["place"] = "vdom"
    helpers = data["state"]["global"].pop("system session-helper")
    data["state"]["root"]["system session-helper"] = helpers
    data["state"]["guest"]["system session-helper"] = {"12": helpers["13"]}
    box = Box(data)
    change = assert_repairs_and_rolls_back(box).change
    assert change.count("config system session-helper") == 2
    assert "delete 12" in change
    assert "delete 13" in change
    assert "config global" not in change
    assert box.facts().sip_alg.state is SipAlgState.ON


CASES = Path(__file__).resolve().parent.parent / "devices" / "fortinet"


@pytest.mark.parametrize("name", ["lowered_and_forwards", "service_in_a_group", "several_vdoms"])
def test_a_snippet_behind_the_config_that_it_is_for_repairs_it(name: str) -> None:
    text = (CASES / name / "input.txt").read_text(encoding="utf-8")

    def audited(config: str) -> Audit:
        source = Source(kind=SourceKind.FILE, name="x")
        documents = documents_of(config, "x", BLOCKS)
        capture = Capture(target=Target(), vendor="fortinet", source=source, documents=documents)
        return audit(capture, AuditOptions(), Vendors())

    first = audited(text)
    commands = [s for s in first.remediation if s.kind is SnippetKind.COMMAND]
    repaired = audited(text + "\n".join(_typed(snippet.change) for snippet in commands))
    rules = {finding.rule for finding in repaired.findings if finding.status is Status.FAIL}
    assert not rules & {snippet.rule for snippet in commands}
    restored = audited(
        text + "\n".join(_typed(s.change) for s in commands) + "\n".join(_typed(s.rollback) for s in commands)
    )
    assert [t.seconds for t in restored.facts.udp_timers] == [t.seconds for t in first.facts.udp_timers]
    assert restored.facts.sip_alg.state is first.facts.sip_alg.state


def _typed(text: str) -> str:
    """Return the lines that belong to a config."""
    return "".join(f"{line}\n" for line in text.split("\n") if not line.startswith("diagnose "))
