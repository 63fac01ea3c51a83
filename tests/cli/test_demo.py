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
from auditor.simulator.device_file import device_slugs
from auditor.simulator.server import SimulatedRouter
from auditor.simulator.typist import enter

RAISE = "/ip firewall connection tracking set udp-timeout=3m"
DISABLE = "/ip firewall service-port set sip disabled=yes"
SCRIPT = """php -r 'require_once("config.inc"); global $config; $config["system"]["optimization"]="conservative"; write_config();'"""
RELOAD = "configctl filter reload"

# What a device of each language does not take, or takes and is not repaired by.
WRONG = {
    "mikrotik_routeros": [
        RAISE.replace("3m", "3x") + "\n" + DISABLE,  # a unit that does not exist
        RAISE.replace("3m", "3s") + "\n" + DISABLE,  # a wrong unit
        RAISE.replace("connection tracking", "connection-tracking") + "\n" + DISABLE,  # a wrong path
        RAISE.replace("udp-timeout", "udp-stream-timeout") + "\n" + DISABLE,  # the wrong object
        RAISE + "\n" + DISABLE.replace("sip", "sips"),
        RAISE + "\n" + DISABLE.replace("disabled=yes", "disabled=no"),
        RAISE,
        DISABLE,
    ],
    "opnsense": [
        SCRIPT,  # not in force
        RELOAD,
        f"{RELOAD}\n{SCRIPT}",
        "\n".join((SCRIPT.replace("conservative", "Conservative"), RELOAD)),  # no such profile
        "\n".join((SCRIPT.replace("conservative", "high-latency"), RELOAD)),  # the wrong one
        "\n".join((SCRIPT.replace('["system"]', '["filter"]'), RELOAD)),  # a wrong path
        "\n".join((SCRIPT.replace("optimization", "udpmultipletimeout"), RELOAD)),  # a near relative's field
        "\n".join((SCRIPT.replace(" write_config();", ""), RELOAD)),
        "\n".join((SCRIPT.replace('require_once("config.inc"); ', ""), RELOAD)),
        "\n".join((SCRIPT, RELOAD.replace("filter", "filters"))),
    ],
}


def _capture(router: SimulatedRouter, folder: Path, vendor: str | None = None) -> Capture:
    known_hosts = folder / "known_hosts"
    known_hosts.write_text(router.host_key_line + "\n", encoding="utf-8")
    credentials = Credentials(user=router.user, password=router.password, use_agent=False)
    options = SessionOptions(port=router.port, known_hosts=known_hosts)
    return capture_live(Target(host=router.host, vendor=vendor), Vendors(), credentials, options)


def _audit(router: SimulatedRouter, folder: Path) -> Audit:
    return audit(_capture(router, folder), AuditOptions(), Vendors())


def _enter(router: SimulatedRouter, text: str, device: str) -> str:
    return enter(
        host=router.host,
        port=router.port,
        user=router.user,
        password=router.password,
        host_key_line=router.host_key_line,
        text=text,
        device=device,
    )


@pytest.mark.parametrize(
    ("language", "before", "after"), [("en", "FAIL:", "PASS:"), ("de", "NICHT BESTANDEN:", "BESTANDEN:")]
)
def test_the_demo_fails_repairs_and_passes(language: str, before: str, after: str) -> None:
    result = subprocess.run(
        [sys.executable, "-m", "auditor", "demo", "--lang", language],
        capture_output=True, text=True, encoding="utf-8", timeout=120, check=False,
    )  # fmt: skip
    assert result.returncode == 0, result.stderr
    lines = result.stdout.splitlines()
    first = next(i for i, line in enumerate(lines) if line.startswith(before))
    typed = next(i for i, line in enumerate(lines) if line.endswith(f"> {RAISE}"))
    last = next(i for i, line in enumerate(lines) if line.startswith(after) and i > typed)
    assert first < typed < last


@pytest.mark.parametrize("device", device_slugs())
def test_the_demo_of_every_device_ends_in_a_pass(device: str) -> None:
    result = subprocess.run(
        [sys.executable, "-m", "auditor", "demo", "--vendor", device],
        capture_output=True, text=True, encoding="utf-8", timeout=120, check=False,
    )  # fmt: skip
    assert result.returncode == 0, result.stderr
    verdicts = [line[:4] for line in result.stdout.splitlines() if line.startswith(("FAIL:", "PASS:"))]
    assert verdicts == ["FAIL", "PASS"]


@pytest.mark.parametrize("device", device_slugs())
def test_the_printed_snippet_repairs_and_the_printed_rollback_restores(device: str, tmp_path: Path) -> None:
    with SimulatedRouter(device) as router:
        first = _audit(router, tmp_path)
        assert first.verdict is Verdict.FAIL
        assert "not " not in _enter(router, render(first), device)
        assert _audit(router, tmp_path).verdict is Verdict.PASS
        _enter(router, first.remediation[0].rollback, device)
        assert _audit(router, tmp_path).facts == first.facts


@pytest.mark.parametrize(
    ("device", "snippet"), [(device, snippet) for device in device_slugs() for snippet in WRONG[device]]
)
def test_a_wrong_snippet_leaves_the_verdict_at_fail(device: str, snippet: str, tmp_path: Path) -> None:
    with SimulatedRouter(device) as router:
        _enter(router, snippet, device)
        assert _audit(router, tmp_path).verdict is Verdict.FAIL


@pytest.mark.parametrize("named", [True, False])
@pytest.mark.parametrize("device", device_slugs())
def test_only_the_profiles_commands_reach_the_device(device: str, named: bool, tmp_path: Path) -> None:
    profile = load_profile(device)
    assert profile.session
    with SimulatedRouter(device) as router:
        capture = _capture(router, tmp_path, device if named else None)
        assert router.logins == 1
        received = [line for line in router.received if line not in profile.session.leave]
    ways = [step.send for step in profile.session.enter]
    assert received == [*ways, *(document.command for _kind, document in profile.commands)]
    assert {document.outcome for document in capture.documents} == {Outcome.OK}
