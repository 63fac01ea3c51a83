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

MENU, BLOCKS = "mikrotik_routeros", "fortinet"
DEVICES = [MENU, BLOCKS]
RAISE = "/ip firewall connection tracking set udp-timeout=3m"
DISABLE = "/ip firewall service-port set sip disabled=yes"
# What is typed for a timer of one port in the VDOM of the phones, and for the helper that all VDOMs share.
RAISE_PORT = """\
config vdom
edit "root"
config system session-ttl
config port
edit 2
set protocol 17
set timeout 180
set start-port 5060
set end-port 5060
next
end
end
end
"""
KERNEL_MODE = """\
config vdom
edit "root"
config system settings
set default-voip-alg-mode kernel-helper-based
end
end
"""
NO_HELPER = """\
config global
config system session-helper
delete 13
end
end
"""
REPAIRS = {
    MENU: RAISE,
    BLOCKS: "            set timeout 180",
}  # a line of the snippet, as the terminal shows it


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
@pytest.mark.parametrize("device", DEVICES)
def test_the_demo_fails_repairs_and_passes(device: str, language: str, before: str, after: str) -> None:
    named = [] if device == demo_device() else ["--vendor", device]
    result = subprocess.run(
        [sys.executable, "-m", "auditor", "demo", "--lang", language, *named],
        capture_output=True, text=True, encoding="utf-8", timeout=120, check=False,
    )  # fmt: skip
    assert result.returncode == 0, result.stderr
    lines = result.stdout.splitlines()
    first = next(i for i, line in enumerate(lines) if line.startswith(before))
    typed = next(i for i, line in enumerate(lines) if line.endswith(f" {REPAIRS[device]}"))
    last = next(i for i, line in enumerate(lines) if line.startswith(after) and i > typed)
    assert first < typed < last


@pytest.mark.parametrize("device", DEVICES)
def test_the_printed_snippet_repairs_and_the_printed_rollback_restores(device: str, tmp_path: Path) -> None:
    with SimulatedRouter(device) as router:
        first = _audit(router, tmp_path)
        assert first.verdict is Verdict.FAIL
        typed = _enter(router, render(first), device)
        assert "not " not in typed
        assert "Command fail" not in typed
        assert _audit(router, tmp_path).verdict is Verdict.PASS
        assert "Command fail" not in _enter(router, first.remediation[0].rollback, device)
        assert _audit(router, tmp_path).facts == first.facts


WRONG = [
    (MENU, RAISE.replace("3m", "3x") + "\n" + DISABLE),  # a unit that does not exist
    (MENU, RAISE.replace("3m", "3s") + "\n" + DISABLE),  # a wrong unit
    (MENU, RAISE.replace("connection tracking", "connection-tracking") + "\n" + DISABLE),  # a wrong path
    (MENU, RAISE.replace("udp-timeout", "udp-stream-timeout") + "\n" + DISABLE),  # the wrong object
    (MENU, RAISE + "\n" + DISABLE.replace("sip", "sips")),
    (MENU, RAISE + "\n" + DISABLE.replace("disabled=yes", "disabled=no")),
    (MENU, RAISE),
    (MENU, DISABLE),
    (BLOCKS, RAISE_PORT.replace("protocol 17", "protocol udp") + KERNEL_MODE + NO_HELPER),  # no number
    (BLOCKS, RAISE_PORT.replace("180", "3") + KERNEL_MODE + NO_HELPER),
    (BLOCKS, RAISE_PORT.replace("session-ttl", "session-timeout") + KERNEL_MODE + NO_HELPER),
    (BLOCKS, RAISE_PORT.replace("5060", "5061") + KERNEL_MODE + NO_HELPER),
    (BLOCKS, RAISE_PORT.replace("protocol 17", "protocol 6") + KERNEL_MODE + NO_HELPER),
    (BLOCKS, RAISE_PORT.replace("root", "guest") + KERNEL_MODE + NO_HELPER),  # another VDOM
    (BLOCKS, RAISE_PORT.replace('config vdom\nedit "root"\n', "") + KERNEL_MODE + NO_HELPER),  # none at all
    (BLOCKS, RAISE_PORT + KERNEL_MODE.replace("root", "guest") + NO_HELPER),
    (BLOCKS, RAISE_PORT + KERNEL_MODE + NO_HELPER.replace("13", "14")),  # another helper
    (BLOCKS, RAISE_PORT + KERNEL_MODE + NO_HELPER.replace("config global", "config vdom\nedit root")),
    (BLOCKS, RAISE_PORT + KERNEL_MODE),
    (BLOCKS, RAISE_PORT + NO_HELPER),
    (BLOCKS, KERNEL_MODE + NO_HELPER),
]


@pytest.mark.parametrize(("device", "snippet"), WRONG)
def test_a_wrong_snippet_leaves_the_verdict_at_fail(device: str, snippet: str, tmp_path: Path) -> None:
    with SimulatedRouter(device) as router:
        _enter(router, snippet, device)
        assert _audit(router, tmp_path).verdict is Verdict.FAIL


def test_the_lines_that_the_wrong_ones_are_made_of_repair(tmp_path: Path) -> None:
    with SimulatedRouter(BLOCKS) as router:
        _enter(router, RAISE_PORT + KERNEL_MODE + NO_HELPER, BLOCKS)
        assert _audit(router, tmp_path).verdict is Verdict.PASS


@pytest.mark.parametrize("named", [False, True])
@pytest.mark.parametrize("device", DEVICES)
def test_only_the_profiles_commands_reach_the_device(device: str, named: bool, tmp_path: Path) -> None:
    profile = load_profile(device)
    assert profile.session
    answers = {pager.answer for pager in profile.session.pagers}
    with SimulatedRouter(device) as router:
        capture = _capture(router, tmp_path, device if named else None)
        assert router.logins == 1
        received = [line for line in router.received if line not in {*profile.session.leave, *answers}]
    expected = []
    for document in capture.documents:
        spec = profile.documents[document.kind]
        expected += [*document.name.split("; "), *spec.leave]
        assert document.outcome is Outcome.OK or spec.optional
    assert received == expected
    assert {document.kind for document in capture.documents} <= {kind for kind, _spec in profile.commands}
    assert capture.vendor == device


def test_a_question_before_the_first_prompt_is_answered_before_the_vendor_is_known(tmp_path: Path) -> None:
    with SimulatedRouter(BLOCKS, first_login=True) as router:
        assert _capture(router, tmp_path).vendor == BLOCKS
        assert router.received[0] == "a"
