"""Snippets for configs that a script of the product's own functions changes, entered by a writer that knows nothing else."""

from __future__ import annotations

import re

import pytest
from remedy_cases import facts_of, failing, repaired, short

from auditor.model.audit import (
    AddPortForward,
    AuditOptions,
    RemovePortForward,
    Snippet,
    SnippetKind,
    WantedForward,
)
from auditor.model.facts import Facts
from auditor.profiles.loading import load_profile
from auditor.remediate.engine import remediate

BOX = load_profile("opnsense")
TIMERS = {"conservative": (300, 150, 900)}


class Firewall:
    """A config and the profile that is in force; every line that is not known is refused."""

    def __init__(self, profile: str | None = "normal", extra: str = "") -> None:
        tag = "" if profile is None else f"<optimization>{profile}</optimization>"
        self.text = (
            f"<?xml version='1.0'?>\n<opnsense>\n<system>{tag}<hostname>fw</hostname></system>\n"
            f"<nat><outbound><mode>automatic</mode></outbound>{extra}</nat>\n<filter/>\n</opnsense>\n"
        )
        self.running = self.profile
        self.shells = 0

    @property
    def profile(self) -> str:
        found = re.search(r"<optimization>(.*)</optimization>", self.text)
        return found[1] if found else "normal"

    def enter(self, text: str) -> None:
        for line in text.split("\n"):
            if line in {"sh", "exit"}:
                self.shells += 1 if line == "sh" else -1
            elif line == "configctl filter reload":
                self.running = self.profile
            elif match := re.fullmatch(
                r"""php -r 'require_once\("config\.inc"\); global \$config; (.*); write_config\("[^"']*"\);'""",
                line,
            ):
                assert self.shells == 1, "quotes differ outside sh"
                self._change(match[1])
            else:
                pytest.fail(f"command not found: {line}")

    def _change(self, statement: str) -> None:
        self.text = re.sub(r"<optimization>.*</optimization>", "", self.text)
        if match := re.fullmatch(r'\$config\["system"\]\["optimization"\]="([a-z-]+)"', statement):
            self.text = self.text.replace("<system>", f"<system><optimization>{match[1]}</optimization>")
        else:
            assert statement == 'unset($config["system"]["optimization"])'

    def facts(self, *, live: bool = True) -> Facts:
        first, single, multiple = TIMERS.get(self.running, (60, 30, 60))
        shown = f"udp.first {first}s\nudp.single {single}s\nudp.multiple {multiple}s\n"
        return facts_of(BOX, timeouts=shown, config=self.text) if live else facts_of(BOX, config=self.text)


def only(snippets: tuple[Snippet, ...]) -> Snippet:
    assert len(snippets) == 1
    return snippets[0]


@pytest.mark.parametrize("live", [True, False])
@pytest.mark.parametrize("profile", ["normal", "high-latency", "aggressive", None])
def test_the_profile_is_raised_and_restored(profile: str | None, live: bool) -> None:
    box = Firewall(profile)
    before = box.facts(live=live)
    text = box.text
    snippet = only(repaired(before, BOX)[1])
    assert snippet.kind is SnippetKind.COMMAND
    box.enter(snippet.change)
    assert (box.running, box.shells) == ("conservative", 0)
    assert short(box.facts(live=live)) == ()
    box.enter(snippet.rollback)
    assert box.text == text
    assert box.facts(live=live) == before


def test_the_title_names_the_values_that_the_profile_brings() -> None:
    snippet = only(repaired(Firewall().facts(), BOX)[1])
    assert "900" in snippet.title
    assert "180" not in snippet.title


def test_the_risk_is_told() -> None:
    risk = only(repaired(Firewall().facts(), BOX)[1]).risk
    assert "not proven on a device" in risk
    assert "backup" in risk


@pytest.mark.parametrize("keepalive", [150, 299])
def test_a_keepalive_that_the_profile_does_not_outlive_is_left_to_a_person(keepalive: int) -> None:
    findings, snippets = repaired(Firewall().facts(), BOX, AuditOptions(keepalive=keepalive))
    assert findings
    assert only(snippets).kind is SnippetKind.MANUAL
    assert "above 150 s" in only(snippets).change


def test_without_the_value_that_is_set_there_is_no_way_back_and_no_command() -> None:
    facts = facts_of(BOX, timeouts="udp.first 60s\nudp.single 30s\nudp.multiple 60s\n")
    snippet = only(repaired(facts, BOX)[1])
    assert snippet.kind is SnippetKind.MANUAL
    assert "by hand" in snippet.change


def test_a_profile_that_is_set_and_not_in_force_is_left_to_a_person() -> None:
    box = Firewall("conservative")
    box.running = "normal"
    snippet = only(repaired(box.facts(), BOX)[1])
    assert snippet.kind is SnippetKind.MANUAL
    assert "not in force" in snippet.change


def test_timers_of_a_rule_are_not_set_by_the_profile() -> None:
    facts = facts_of(
        BOX,
        timeouts="udp.first 300s\nudp.single 150s\nudp.multiple 900s\n",
        rules="@7 pass out on igb0 inet proto udp from any to any keep state (udp.multiple 10)",
    )
    assert only(repaired(facts, BOX)[1]).kind is SnippetKind.MANUAL


def test_forwards_are_left_to_a_person_with_what_has_to_be_entered() -> None:
    forward = "<rule><protocol>udp</protocol><interface>wan</interface><destination><port>5060</port></destination><target>10.0.0.2</target><descr>x</descr></rule>"
    facts = Firewall("conservative", forward).facts()
    (seen,) = facts.port_forwards
    wanted = WantedForward(protocol="tcp", ports="443", address="10.0.0.3", source=None)
    findings = (failing(RemovePortForward(forward=seen)), failing(AddPortForward(forward=wanted)))
    _findings, (removal, addition) = remediate(findings, facts, BOX, AuditOptions())
    assert {removal.kind, addition.kind} == {SnippetKind.MANUAL}
    assert "disable the rule" in removal.change
    assert "tcp 443 to 10.0.0.3" in addition.change
