"""The main job over real SSH: the demo, and what happens when a snippet is entered that does not repair."""

from __future__ import annotations

import re
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

MENU, INDENTED = "mikrotik_routeros", "cisco_ios"
VENDORS = (MENU, INDENTED)
RAISE = {
    MENU: "/ip firewall connection tracking set udp-timeout=3m",
    INDENTED: "configure terminal\nparameter-map type inspect PM-INSPECT\n udp idle-time 180\nend",
}
DISABLE = {
    MENU: "/ip firewall service-port set sip disabled=yes",
    INDENTED: "configure terminal\nno ip nat service sip udp port 5060\nend",
}
WRONG = [  # what is typed in place of a part of the snippet: a unit that does not exist, a wrong unit, path or object
    (MENU, "udp-timeout=3m", "udp-timeout=3x"),
    (MENU, "udp-timeout=3m", "udp-timeout=3s"),
    (MENU, "connection tracking", "connection-tracking"),
    (MENU, "udp-timeout", "udp-stream-timeout"),
    (MENU, "set sip", "set sips"),
    (MENU, "disabled=yes", "disabled=no"),
    (MENU, RAISE[MENU], ""),
    (MENU, DISABLE[MENU], ""),
    (INDENTED, "udp idle-time 180", "udp idle-time 3m"),
    (INDENTED, "udp idle-time 180", "udp idle-time 18"),
    (INDENTED, "udp idle-time 180", "udp idle-time 180000000"),
    (INDENTED, "udp idle-time", "udp-idle-time"),
    (INDENTED, "udp idle-time", "tcp idle-time"),
    (INDENTED, "PM-INSPECT", "PM-OTHER"),
    (
        INDENTED,
        "parameter-map type inspect PM-INSPECT\n udp idle-time 180",
        "ip nat translation udp-timeout 180",
    ),
    (INDENTED, "configure terminal\n", ""),
    (INDENTED, "no ip nat service sip", "ip nat service sip"),
    (INDENTED, "no ip nat service sip", "no ip nat sip"),
    (INDENTED, "sip udp port 5060", "sip udp port 5061"),
    (INDENTED, RAISE[INDENTED], ""),
    (INDENTED, DISABLE[INDENTED], ""),
]


def _capture(router: SimulatedRouter, folder: Path, vendor: str | None = None) -> Capture:
    known_hosts = folder / "known_hosts"
    known_hosts.write_text(router.host_key_line + "\n", encoding="utf-8")
    credentials = Credentials(user=router.user, password=router.password, use_agent=False)
    options = SessionOptions(port=router.port, known_hosts=known_hosts)
    return capture_live(Target(host=router.host, vendor=vendor), Vendors(), credentials, options)


def _audit(router: SimulatedRouter, folder: Path) -> Audit:
    return audit(_capture(router, folder), AuditOptions(), Vendors())


def _enter(router: SimulatedRouter, text: str, vendor: str) -> str:
    return enter(
        host=router.host,
        port=router.port,
        user=router.user,
        password=router.password,
        host_key_line=router.host_key_line,
        text=text,
        device=vendor,
    )


@pytest.mark.parametrize(
    ("language", "before", "after"), [("en", "FAIL:", "PASS:"), ("de", "NICHT BESTANDEN:", "BESTANDEN:")]
)
@pytest.mark.parametrize("vendor", VENDORS)
def test_the_demo_fails_repairs_and_passes(vendor: str, language: str, before: str, after: str) -> None:
    chosen = [] if vendor == demo_device() else ["--vendor", vendor]
    result = subprocess.run(
        [sys.executable, "-m", "auditor", "demo", "--lang", language, *chosen],
        capture_output=True, text=True, encoding="utf-8", timeout=120, check=False,
    )  # fmt: skip
    assert result.returncode == 0, result.stderr
    lines = result.stdout.splitlines()
    wanted = RAISE[vendor].splitlines()[-2 if "\n" in RAISE[vendor] else -1].strip()
    prompt = re.compile(rf"^\S.*[>#] ?{re.escape(wanted)}$")
    first = next(i for i, line in enumerate(lines) if line.startswith(before))
    typed = next(i for i, line in enumerate(lines) if prompt.match(line))
    last = next(i for i, line in enumerate(lines) if line.startswith(after) and i > typed)
    assert first < typed < last


@pytest.mark.parametrize("vendor", VENDORS)
def test_the_printed_snippet_repairs_and_the_printed_rollback_restores(vendor: str, tmp_path: Path) -> None:
    with SimulatedRouter(vendor) as router:
        first = _audit(router, tmp_path)
        assert first.verdict is Verdict.FAIL
        shown = _enter(router, render(first), vendor)
        assert "not " not in shown
        assert "%" not in shown
        assert _audit(router, tmp_path).verdict is Verdict.PASS
        _enter(router, first.remediation[0].rollback, vendor)
        assert _audit(router, tmp_path).facts == first.facts


@pytest.mark.parametrize(("vendor", "right", "wrong"), WRONG)
def test_a_wrong_snippet_leaves_the_verdict_at_fail(
    vendor: str, right: str, wrong: str, tmp_path: Path
) -> None:
    snippet = f"{RAISE[vendor]}\n{DISABLE[vendor]}"
    assert right in snippet
    with SimulatedRouter(vendor) as router:
        _enter(router, snippet.replace(right, wrong), vendor)
        assert _audit(router, tmp_path).verdict is Verdict.FAIL


@pytest.mark.parametrize("vendor", VENDORS)
@pytest.mark.parametrize("named", [False, True])
def test_only_the_profiles_commands_reach_the_device(vendor: str, named: bool, tmp_path: Path) -> None:
    profile = load_profile(vendor)
    assert profile.session
    with SimulatedRouter(vendor) as router:
        capture = _capture(router, tmp_path, vendor if named else None)
        assert router.logins == 1
        received = [line for line in router.received if line not in profile.session.leave]
    navigation = [step.send for step in profile.session.enter]
    assert received == [*navigation, *(document.name for document in capture.documents)]
    assert {document.outcome for document in capture.documents} == {Outcome.OK}
    typed = {kind: document.command or "" for kind, document in profile.commands}
    for document in capture.documents:
        shape = re.sub(r"\\\{\w+\\\}", r"[\\w-]+", re.escape(typed[document.kind]))
        assert re.fullmatch(shape, document.name)
