"""The main job over real SSH: the demo, and what happens when a snippet is entered that does not repair."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from auditor.collect.credentials import Credentials
from auditor.collect.options import SessionOptions
from auditor.model.audit import Audit, AuditOptions, Verdict
from auditor.model.capture import Capture, Outcome, Target
from auditor.pipeline import Vendors, audit, capture_live
from auditor.profiles.loading import load_profile
from auditor.report.snippet_text import render
from auditor.simulator.device_file import demo_device
from auditor.simulator.server import SimulatedRouter
from auditor.simulator.typist import enter

RAISE = "/ip firewall connection tracking set udp-timeout=3m"
DISABLE = "/ip firewall service-port set sip disabled=yes"
TREE = "lancom_lcos"
TREE_RAISE = "set /Setup/IP-Router/1-N-NAT/UDP-Aging-Seconds 180"
TREE_DISABLE = "set /Setup/SIP-ALG/Operating No"
ZONES = "juniper_junos"
ZONES_RAISE = """\
configure private
set applications application PHONES protocol udp
set applications application PHONES destination-port 5060
set applications application PHONES inactivity-timeout 180
set security policies from-zone trust to-zone untrust policy PHONES match source-address any
set security policies from-zone trust to-zone untrust policy PHONES match destination-address any
set security policies from-zone trust to-zone untrust policy PHONES match application PHONES
set security policies from-zone trust to-zone untrust policy PHONES then permit
insert security policies from-zone trust to-zone untrust policy PHONES before policy trust-to-untrust
commit
exit
"""
ZONES_DISABLE = "configure private\nset security alg sip disable\ncommit\nexit\n"
# What each device's snippet types, and one of its refusals.
DEVICES = {
    demo_device(): (f"> {RAISE}", "not "),
    TREE: (f"> {TREE_RAISE}", "no such"),
    ZONES: ("# set applications application STARFACE-SIP inactivity-timeout 180", "error"),
}


def _capture(router: SimulatedRouter, folder: Path, vendor: str | None = None) -> Capture:
    known_hosts = folder / "known_hosts"
    known_hosts.write_text(router.host_key_line + "\n", encoding="utf-8")
    credentials = Credentials(user=router.user, password=router.password, use_agent=False)
    options = SessionOptions(port=router.port, known_hosts=known_hosts)
    return capture_live(Target(host=router.host, vendor=vendor), Vendors(), credentials, options)


def _audit(router: SimulatedRouter, folder: Path) -> Audit:
    return audit(_capture(router, folder), AuditOptions(), Vendors())


def _enter(router: SimulatedRouter, text: str, device: str | None = None) -> str:
    return enter(
        host=router.host,
        port=router.port,
        user=router.user,
        password=router.password,
        host_key_line=router.host_key_line,
        text=text,
        device=device or demo_device(),
    )


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize(
    ("language", "before", "after"), [("en", "FAIL:", "PASS:"), ("de", "NICHT BESTANDEN:", "BESTANDEN:")]
)
def test_the_demo_fails_repairs_and_passes(device: str, language: str, before: str, after: str) -> None:
    result = subprocess.run(
        [sys.executable, "-m", "auditor", "demo", "--lang", language, "--vendor", device],
        capture_output=True, text=True, encoding="utf-8", timeout=120, check=False,
    )  # fmt: skip
    assert result.returncode == 0, result.stderr
    lines = result.stdout.splitlines()
    first = next(i for i, line in enumerate(lines) if line.startswith(before))
    typed = next(i for i, line in enumerate(lines) if line.endswith(DEVICES[device][0]))
    last = next(i for i, line in enumerate(lines) if line.startswith(after) and i > typed)
    assert first < typed < last


@pytest.mark.parametrize("device", DEVICES)
def test_the_printed_snippet_repairs_and_the_printed_rollback_restores(device: str, tmp_path: Path) -> None:
    with SimulatedRouter(device) as router:
        first = _audit(router, tmp_path)
        assert first.verdict is Verdict.FAIL
        assert DEVICES[device][1] not in _enter(router, render(first), device)
        assert _audit(router, tmp_path).verdict is Verdict.PASS
        _enter(router, first.remediation[0].rollback, device)
        assert _audit(router, tmp_path).facts == first.facts


@pytest.mark.parametrize(
    "snippet",
    [
        RAISE.replace("3m", "3x") + "\n" + DISABLE,  # a unit that does not exist
        RAISE.replace("3m", "3s") + "\n" + DISABLE,  # a wrong unit
        RAISE.replace("connection tracking", "connection-tracking") + "\n" + DISABLE,  # a wrong path
        RAISE.replace("udp-timeout", "udp-stream-timeout") + "\n" + DISABLE,  # the wrong object
        RAISE + "\n" + DISABLE.replace("sip", "sips"),
        RAISE + "\n" + DISABLE.replace("disabled=yes", "disabled=no"),
        RAISE,
        DISABLE,
    ],
)
def test_a_wrong_snippet_leaves_the_verdict_at_fail(snippet: str, tmp_path: Path) -> None:
    with SimulatedRouter(demo_device()) as router:
        _enter(router, snippet)
        assert _audit(router, tmp_path).verdict is Verdict.FAIL


@pytest.mark.parametrize(
    "snippet",
    [
        TREE_RAISE.replace("180", "180s") + "\n" + TREE_DISABLE,  # a unit that does not exist
        TREE_RAISE.replace("180", "3") + "\n" + TREE_DISABLE,  # minutes, where seconds are meant
        TREE_RAISE.replace("180", "70000") + "\n" + TREE_DISABLE,
        TREE_RAISE.replace("1-N-NAT", "N-N-NAT") + "\n" + TREE_DISABLE,  # a wrong path
        TREE_RAISE.replace("UDP", "TCP") + "\n" + TREE_DISABLE,  # the wrong object
        TREE_RAISE.replace("Seconds", "Sekunden ") + "\n" + TREE_DISABLE.replace("Operating", "Active"),
        TREE_RAISE + "\n" + TREE_DISABLE.replace("No", "off"),
        TREE_RAISE + "\n" + TREE_DISABLE.replace("SIP-ALG", "Voice-Call-Manager"),
        TREE_RAISE,
        TREE_DISABLE,
    ],
)
def test_a_wrong_snippet_of_paths_leaves_the_verdict_at_fail(snippet: str, tmp_path: Path) -> None:
    with SimulatedRouter(TREE) as router:
        _enter(router, snippet, TREE)
        assert _audit(router, tmp_path).verdict is Verdict.FAIL


@pytest.mark.parametrize(
    "snippet",
    [
        ZONES_RAISE.replace("180", "3") + ZONES_DISABLE,  # minutes, where seconds are meant
        ZONES_RAISE.replace("180", "3m") + ZONES_DISABLE,
        ZONES_RAISE.replace("inactivity-timeout", "session-timeout") + ZONES_DISABLE,  # a wrong path
        ZONES_RAISE.replace("5060", "5061") + ZONES_DISABLE,
        ZONES_RAISE.replace("protocol udp", "protocol tcp") + ZONES_DISABLE,
        ZONES_RAISE.replace("from-zone trust to-zone untrust", "from-zone untrust to-zone trust") + ZONES_DISABLE,
        ZONES_RAISE.replace("match application PHONES", "match application junos-sip") + ZONES_DISABLE,
        ZONES_RAISE.replace("match application PHONES", "match application PHONE") + ZONES_DISABLE,  # not defined
        ZONES_RAISE.replace("insert ", "# ") + ZONES_DISABLE,  # the old policy is met before
        ZONES_RAISE.replace("before", "after") + ZONES_DISABLE,
        ZONES_RAISE.replace("\ncommit\n", "\n") + ZONES_DISABLE,  # never in force
        ZONES_RAISE + ZONES_DISABLE.replace("sip", "h323"),
        ZONES_RAISE + ZONES_DISABLE.replace("disable", "enable"),
        ZONES_RAISE,
        ZONES_DISABLE,
    ],
)  # fmt: skip
def test_a_wrong_snippet_of_policies_leaves_the_verdict_at_fail(snippet: str, tmp_path: Path) -> None:
    with SimulatedRouter(ZONES) as router:
        _enter(router, snippet, ZONES)
        assert _audit(router, tmp_path).verdict is Verdict.FAIL


def test_the_lines_of_which_the_wrong_ones_are_made_repair(tmp_path: Path) -> None:
    with SimulatedRouter(ZONES) as router:
        _enter(router, ZONES_RAISE + ZONES_DISABLE, ZONES)
        assert _audit(router, tmp_path).verdict is Verdict.PASS


@pytest.mark.parametrize("named", [True, False])
@pytest.mark.parametrize("device", DEVICES)
def test_only_the_profiles_commands_reach_the_device(device: str, named: bool, tmp_path: Path) -> None:
    profile = load_profile(device)
    assert profile.session
    with SimulatedRouter(device) as router:
        capture = _capture(router, tmp_path, device if named else None)
        assert router.logins == 1
        received = [line for line in router.received if line not in profile.session.leave]
    # A step for another prompt than the first one is left out.
    steps = (step for step in profile.session.enter if not step.when_prompt)
    navigation = [step.send for step in steps]
    assert received == [*navigation, *(document.command for _kind, document in profile.commands)]
    assert {document.outcome for document in capture.documents} == {Outcome.OK}
