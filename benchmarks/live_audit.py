"""A live audit of a slow router: above the router's own slowness, and above netmiko with `expect_string`."""

from __future__ import annotations

import statistics
import tempfile
from collections.abc import Sequence
from pathlib import Path

from measuring import Cost, cost, table, verdict

from auditor.simulator.server import SimulatedRouter

_DEVICE = "mikrotik_routeros"
_RUNS = {0.0: 7, 1.0: 3}
_ABOVE_ROUTER, _ABOVE_NETMIKO = 3.0, 0.3  # seconds
_NETMIKO = """
import os, sys
from netmiko import ConnectHandler

host, port, user, kind, *commands = sys.argv[1:]
with ConnectHandler(device_type=kind, host=host, port=int(port), username=user, password=os.environ["AUDITOR_PASSWORD"]) as session:
    for command in commands:
        session.send_command(command, expect_string=r"\\] > $")
"""


def _audit(router: SimulatedRouter, known_hosts: Path) -> Cost:
    login = (
        "--user",
        router.user,
        "--port",
        str(router.port),
        "--no-agent",
        "--known-hosts",
        str(known_hosts),
    )
    words = ("check", router.host, "--vendor", _DEVICE, *login, "--format", "json")
    done = cost(("-m", "auditor", *words), AUDITOR_PASSWORD=router.password)
    assert done.code in {0, 1, 4}, done.err
    return done


def _netmiko(router: SimulatedRouter, commands: Sequence[str]) -> Cost:
    words = (router.host, str(router.port), router.user, _DEVICE, *commands)
    done = cost(("-c", _NETMIKO, *words), AUDITOR_PASSWORD=router.password)
    assert done.code == 0, done.err
    return done


def _row(delay: float, folder: Path) -> list[str]:
    ours, theirs = [], []
    commands: list[str] = []
    for _run in range(_RUNS[delay]):
        with SimulatedRouter(_DEVICE, delay=delay) as router:
            (folder / "known_hosts").write_text(router.host_key_line + "\n")
            ours.append(_audit(router, folder / "known_hosts").wall)
            commands = [line for line in router.received if " print" in line]  # all but the leaving
        with SimulatedRouter(_DEVICE, delay=delay) as router:
            theirs.append(_netmiko(router, commands).wall)
    audit, session = statistics.median(ours), statistics.median(theirs)
    above_router, above_session = audit - delay * len(commands), audit - session
    return [
        f"{delay:.0f} s",
        str(len(commands)),
        f"{audit:.2f} s",
        f"{above_router:.2f} s (at most {_ABOVE_ROUTER}: {verdict(above_router <= _ABOVE_ROUTER)})",
        f"{session:.2f} s",
        f"{above_session:+.2f} s (at most {_ABOVE_NETMIKO}: {verdict(above_session <= _ABOVE_NETMIKO)})",
        f"{audit / session:.2f}",
    ]


def run() -> str:
    """Return the section."""
    with tempfile.TemporaryDirectory() as name:
        rows = [_row(delay, Path(name)) for delay in _RUNS]
    heads = [
        "router thinks",
        "commands",
        "audit",
        "above commands x delay",
        "netmiko",
        "above netmiko",
        "ratio",
    ]
    return "Whole processes, from start to end, on the same simulated router.\n\n" + table(heads, rows)
