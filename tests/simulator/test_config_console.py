"""The simulated configuration mode, typed by hand over real SSH: what is refused, pending, committed and lost."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from routers import captured
from terminal_client import TerminalClient

from auditor.model.capture import Outcome
from auditor.simulator.faults import NO_FAULTS, Faults
from auditor.simulator.server import SimulatedRouter

DEVICE, FORK = "vyos", "ubiquiti_edgerouter"
SHELL, PROMPTS = "admin@office:~$ ", ("$ ", "# ")
TIMERS = "sysctl net.netfilter.nf_conntrack_udp_timeout net.netfilter.nf_conntrack_udp_timeout_stream"
OTHER = "set system conntrack timeout udp other 180"


@pytest.fixture
def console(router: SimulatedRouter) -> Iterator[TerminalClient]:
    with TerminalClient(router, options="") as client:
        client.read_to(SHELL)
        yield client


def run(console: TerminalClient, line: str) -> str:
    """Type a line in either mode and return what the device shows."""
    return console.run(line, prompt=PROMPTS)


def test_a_statement_runs_only_once_it_is_committed(console: TerminalClient) -> None:
    assert "[edit]" in run(console, "configure")
    assert "failed" not in run(console, OTHER)
    assert "+system conntrack timeout udp other '180'" in run(console, "compare")
    assert "Cannot exit" in run(console, "exit")
    run(console, "exit discard")
    assert "timeout = 30" in run(console, TIMERS)
    for line in ("configure", OTHER, "commit", "exit"):
        run(console, line)
    assert "timeout = 180" in run(console, TIMERS)


@pytest.mark.parametrize(
    "line",
    [
        "set system conntrack timeout udp other 3m",
        "set system conntrack timeout udp other 0",
        "set system conntrack timeout udp",
        "set system conntrack timeout udp other 180 180",
        "set firewall global-options timeout udp other 180",
        "set system conntrack modules sip disable",
        "set nat destination rule x disable",
        "delete system conntrack modules sips",
        "delete system conntrack timeout udp other 180 180",
        "/ip firewall",
        "set 'open",
    ],
)
def test_what_the_device_does_not_know_is_refused_and_changes_nothing(
    console: TerminalClient, line: str
) -> None:
    run(console, "configure")
    shown = run(console, line)
    assert any(word in shown for word in ("failed", "Invalid command"))
    assert "No configuration changes" in run(console, "commit")


def test_a_shell_knows_no_statements(console: TerminalClient) -> None:
    assert "Invalid command: [set]" in run(console, OTHER)
    assert "timeout = 30" in run(console, TIMERS)


def test_a_user_without_rights_cannot_configure() -> None:
    with SimulatedRouter(DEVICE, may_write=False) as router, TerminalClient(router, options="") as client:
        client.read_to(SHELL)
        assert "Invalid command: [configure]" in run(client, "configure")


def test_the_listing_is_sorted_quoted_and_can_be_searched(console: TerminalClient) -> None:
    lines = [
        line for line in run(console, "show configuration commands | no-more").split("\n") if "set " in line
    ]
    assert lines == sorted(lines, key=lambda line: line.split()[:2])
    assert "set system conntrack timeout udp other '30'" in "\n".join(lines)
    found = run(console, 'show configuration commands | match "conntrack modules"')
    assert "modules sip" in found
    assert "host-name" not in found


@pytest.mark.parametrize("device", [DEVICE, FORK])
@pytest.mark.parametrize(
    "faults",
    [
        NO_FAULTS,
        Faults(repeat_echo=True),
        Faults(bytes_per_second=40_000),
        Faults(refuse_commands=(("^(?:sysctl|cat /proc/sys/)", "-vbash: command: command not found"),)),
    ],
)
def test_relatives_on_the_same_banner_are_told_apart(device: str, faults: Faults, tmp_path: Path) -> None:
    with SimulatedRouter(device, faults=faults) as router:
        capture = captured(router, tmp_path)
    assert capture.vendor == device
    config = next(document for document in capture.documents if document.kind == "config")
    assert config.outcome is Outcome.OK
    assert "walnut" not in config.text
