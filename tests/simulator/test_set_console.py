"""The console with a candidate config: nothing holds before a commit, and what it does not know it refuses."""

from __future__ import annotations

import pytest

from auditor.simulator.console import Console
from auditor.simulator.device_file import read_device
from auditor.simulator.set_console import SetDevice

SHOW = "show configuration security alg | display set"
WAY = "security policies from-zone trust to-zone untrust policy"


@pytest.fixture
def device() -> SetDevice:
    return SetDevice(read_device("juniper_junos").console)


def session(device: SetDevice, *, may_write: bool = True) -> Console:
    return device.open(user="admin", may_write=may_write, width=80)


def typed(console: Console, *lines: str) -> str:
    return "".join(console.run(line).text for line in lines)


def test_a_candidate_holds_only_after_a_commit(device: SetDevice) -> None:
    console = session(device)
    typed(console, "configure private", "set security alg sip disable")
    assert console.prompt == "\n[edit]\nadmin@fw-branch# "
    assert not typed(session(device), SHOW)
    typed(console, "commit check")
    assert not typed(session(device), SHOW)
    typed(console, "commit confirmed 10", "exit")
    assert typed(session(device), SHOW) == "set security alg sip disable\n"
    assert "Disabled" in typed(console, "show security alg status | match sip")
    assert console.run("exit").leaves


def test_leaving_without_a_commit_drops_the_candidate(device: SetDevice) -> None:
    console = session(device)
    typed(
        console,
        "configure private",
        "set security alg sip disable",
        "exit",
        "configure private",
        "commit",
        "exit",
    )
    assert not typed(console, SHOW)


@pytest.mark.parametrize(
    "line",
    [
        "set security alg sip enable", "set security alg sip", "set applications application A inactivity-timeout 3",
        "set applications application A inactivity-timeout 86401", "set applications application A destination-port sip",
        f"set {WAY} X then accept", "set security policies from-zone lan to-zone untrust policy X then permit",
        "delete security alg sip disable", "deactivate security alg sip", "activate security nat", f"insert {WAY} X before policy trust-to-untrust",
        f"insert {WAY} trust-to-untrust", "commit now", "commit confirmed soon", "load merge terminal", "show version",
    ],
)  # fmt: skip
def test_what_the_device_does_not_know_is_refused(device: SetDevice, line: str) -> None:
    console = session(device)
    before = typed(console, "show configuration | display set")
    typed(console, "configure private")
    assert typed(console, line)
    typed(console, "commit", "exit")
    assert typed(console, "show configuration | display set") == before


def test_an_application_has_to_be_defined_before_a_policy_can_be_committed(device: SetDevice) -> None:
    console = session(device)
    answer = typed(
        console, "configure private", f"set {WAY} X match application GONE", "commit check", "commit"
    )
    assert answer.count("configuration check-out failed") == 2
    assert "GONE" not in typed(session(device), "show configuration | display set")


def test_statements_stand_beside_their_own_and_can_be_moved(device: SetDevice) -> None:
    console = session(device)
    lines = (
        f"set {WAY} X match application any",
        f"set {WAY} X then permit",
        f"insert {WAY} X before policy trust-to-untrust",
    )
    typed(console, "configure private", *lines, "commit", "exit")
    shown = typed(console, "show configuration security policies | display set").splitlines()
    first = [line.split()[8] for line in shown if "from-zone trust to-zone untrust" in line]
    assert first == ["X", "X", *["trust-to-untrust"] * 4]


def test_a_value_is_replaced_and_a_rule_is_switched_off(device: SetDevice) -> None:
    console = session(device)
    timer = "set applications application A inactivity-timeout {}"
    rule = "security nat destination rule-set FROM-INTERNET rule CAMERA"
    typed(
        console,
        "configure private",
        timer.format(60),
        timer.format(300),
        f"deactivate {rule}",
        "commit",
        "exit",
    )
    shown = typed(console, "show configuration | display set")
    assert shown.count("inactivity-timeout") == 1
    assert f"deactivate {rule}\n" in shown
    typed(console, "configure private", f"activate {rule}", "commit", "exit")
    assert "deactivate" not in typed(console, "show configuration | display set")


def test_a_reader_may_not_configure_and_long_output_stops_until_it_is_told_not_to(device: SetDevice) -> None:
    console = session(device, may_write=False)
    assert "permission denied" in typed(console, "configure private")
    assert console.run("show configuration | display set").pages
    typed(console, "set cli screen-length 0")
    assert not console.run("show configuration | display set").pages
    assert typed(console, "shwo version") == "unknown command.\n"
