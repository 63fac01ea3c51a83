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

RAISE = "/ip firewall connection tracking set udp-timeout=3m"
DISABLE = "/ip firewall service-port set sip disabled=yes"
TREE = "lancom_lcos"
TREE_RAISE = "set /Setup/IP-Router/1-N-NAT/UDP-Aging-Seconds 180"
TREE_DISABLE = "set /Setup/SIP-ALG/Operating No"
CONFIG = "vyos"
CONFIG_RAISE = "configure\nset system conntrack timeout udp other '180'\ncommit\nsave\nexit"
CONFIG_DISABLE = "configure\ndelete system conntrack modules sip\ncommit\nsave\nexit"
FORK = "ubiquiti_edgerouter"
FORK_RAISE = "configure\nset system conntrack timeout udp stream 180\ncommit\nsave\nexit"
FORK_DISABLE = "configure\nset system conntrack modules sip disable\ncommit\nsave\nexit"
# What each device's snippet types, and one of its refusals.
DEVICES = {
    demo_device(): (RAISE, "not "),
    TREE: (TREE_RAISE, "no such"),
    CONFIG: (CONFIG_RAISE.split("\n")[1], "failed"),
    FORK: (FORK_RAISE.split("\n")[1], "failed"),
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
    typed = next(
        i for i, line in enumerate(lines) if re.search(f"[>#] {re.escape(DEVICES[device][0])}$", line)
    )
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
    ("device", "snippet"),
    [
        (CONFIG, CONFIG_RAISE.replace("180", "3m") + "\n" + CONFIG_DISABLE),  # a unit that does not exist
        (
            CONFIG,
            CONFIG_RAISE.replace("180", "3") + "\n" + CONFIG_DISABLE,
        ),  # minutes, where seconds are meant
        (CONFIG, CONFIG_RAISE.replace("180", "21474837") + "\n" + CONFIG_DISABLE),
        # the place of another release, another protocol, the other object
        (CONFIG, CONFIG_RAISE.replace("system conntrack", "firewall global-options") + "\n" + CONFIG_DISABLE),
        (CONFIG, CONFIG_RAISE.replace("udp other", "other") + "\n" + CONFIG_DISABLE),
        (CONFIG, CONFIG_RAISE.replace("other", "stream") + "\n" + CONFIG_DISABLE),
        (CONFIG, CONFIG_RAISE + "\n" + CONFIG_DISABLE.replace("sip", "ftp")),
        # the line of an older release
        (CONFIG, CONFIG_RAISE + "\n" + CONFIG_DISABLE.replace("delete", "set").replace("sip", "sip disable")),
        (CONFIG, CONFIG_RAISE.replace("commit\nsave\nexit", "exit discard") + "\n" + CONFIG_DISABLE),
        (CONFIG, CONFIG_RAISE.removeprefix("configure\n").removesuffix("\nexit") + "\n" + CONFIG_DISABLE),
        (CONFIG, CONFIG_RAISE),
        (CONFIG, CONFIG_DISABLE),
        (FORK, FORK_RAISE.replace("180", "180s") + "\n" + FORK_DISABLE),
        (FORK, FORK_RAISE.replace("stream", "other") + "\n" + FORK_DISABLE),
        (FORK, FORK_RAISE + "\n" + FORK_DISABLE.replace(" disable", "")),
        (FORK, FORK_RAISE + "\n" + FORK_DISABLE.replace("set", "delete").replace(" disable", "")),
        (FORK, FORK_RAISE),
        (FORK, FORK_DISABLE),
    ],
)
def test_a_wrong_snippet_of_statements_leaves_the_verdict_at_fail(
    device: str, snippet: str, tmp_path: Path
) -> None:
    with SimulatedRouter(device) as router:
        _enter(router, snippet, device)
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
    probe = [profile.detect.probe] if profile.detect.probe and not named else []
    navigation = [step.send for step in profile.session.enter]
    commands = [document.command for _kind, document in profile.commands if not document.instead_of]
    assert received == [*probe, *navigation, *commands]
    assert {document.outcome for document in capture.documents} == {Outcome.OK}
