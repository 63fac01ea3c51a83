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
SHELL = "openwrt"
SHELL_KEEP = r"printf '\n%s\n' 'net.netfilter.nf_conntrack_udp_timeout=180' >> /etc/sysctl.conf"
SHELL_RAISE = "sysctl -w net.netfilter.nf_conntrack_udp_timeout=180"
SHELL_OFF = "uci set firewall.@defaults[0].auto_helper='0'"
SHELL_RELOAD = "uci commit firewall\n/etc/init.d/firewall reload"
# What each device's snippet types, one of its refusals, and the end of its prompt.
DEVICES = {
    demo_device(): (RAISE, "not ", "> "),
    TREE: (TREE_RAISE, "no such", "> "),
    SHELL: (SHELL_RAISE, "not found", "# "),
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
    typed = next(i for i, line in enumerate(lines) if line.endswith(DEVICES[device][2] + DEVICES[device][0]))
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
        [
            SHELL_KEEP,
            SHELL_RAISE.replace("180", "180s"),
            SHELL_OFF,
            SHELL_RELOAD,
        ],  # a unit that does not exist
        [
            SHELL_KEEP,
            SHELL_RAISE.replace("180", "3"),
            SHELL_OFF,
            SHELL_RELOAD,
        ],  # minutes, where seconds are meant
        [SHELL_KEEP, SHELL_RAISE.replace("udp", "tcp"), SHELL_OFF, SHELL_RELOAD],  # the wrong object
        [SHELL_KEEP, SHELL_RAISE.replace("netfilter", "ipv4"), SHELL_OFF, SHELL_RELOAD],  # a wrong path
        [SHELL_KEEP, SHELL_OFF, SHELL_RELOAD],  # kept for the next start, and not set
        [SHELL_RAISE, SHELL_OFF.replace("defaults", "zone"), SHELL_RELOAD],
        [SHELL_RAISE, SHELL_OFF.replace("[0]", "[1]"), SHELL_RELOAD],
        [SHELL_RAISE, SHELL_OFF.replace("auto_helper", "helper"), SHELL_RELOAD],
        [SHELL_RAISE, SHELL_OFF.replace("'0'", "'1'"), SHELL_RELOAD],
        [SHELL_RAISE, SHELL_OFF],  # neither kept nor loaded
        [SHELL_RAISE, SHELL_OFF, "uci commit firewall"],
        [SHELL_RAISE, SHELL_OFF, "/etc/init.d/firewall reload"],
        [SHELL_RAISE],
        [SHELL_OFF, SHELL_RELOAD],
    ],
)
def test_a_wrong_snippet_for_a_shell_leaves_the_verdict_at_fail(snippet: list[str], tmp_path: Path) -> None:
    with SimulatedRouter(SHELL) as router:
        _enter(router, "\n".join(snippet), SHELL)
        assert _audit(router, tmp_path).verdict is Verdict.FAIL


@pytest.mark.parametrize("named", [True, False])
@pytest.mark.parametrize("device", DEVICES)
def test_only_the_profiles_commands_reach_the_device(device: str, named: bool, tmp_path: Path) -> None:
    profile = load_profile(device)
    assert profile.session
    with SimulatedRouter(device) as router:
        capture = _capture(router, tmp_path, device if named else None)
        assert router.logins == 1
        received = [line for line in router.received if line not in profile.session.leave]
    expected = [step.send for step in profile.session.enter]
    expected += [spec.command for _kind, spec in profile.commands if spec.command and not spec.instead_of]
    if not named and profile.detect.probe:  # its banner is also that of others
        expected.insert(0, profile.detect.probe)
    assert received == expected
    missing = [document for document in capture.documents if document.outcome is not Outcome.OK]
    assert all(profile.documents[document.kind].optional for document in missing)
