"""The main job on a real kernel: the phone is missed, the audit says why, its snippet repairs it, the rollback restores."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from lab_network import Lab

pytestmark = pytest.mark.lab

_KEEPALIVE = 6
_WANTED = ("--keepalive", str(_KEEPALIVE))


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    with Lab(tmp_path) as made:
        yield made


def _reached(lab: Lab) -> tuple[bool, bool]:
    """Return whether a new phone is reached just before its first keepalive, and just before its second."""
    with lab.new_phone(keepalive=_KEEPALIVE) as phone:
        phone.wait_until(_KEEPALIVE - 1)
        first = lab.pbx.reaches_phone()
        phone.wait_until(2 * _KEEPALIVE - 1)
        return first, lab.pbx.reaches_phone()


def _check(lab: Lab, *words: str) -> tuple[int, dict[str, Any]]:
    done = lab.auditor("check", "--format", "json", *_WANTED, *words)
    assert done.err == ""
    return done.code, json.loads(done.out)


def _failing(report: dict[str, Any]) -> set[str]:
    """Return the rules that decide the verdict."""
    return {
        finding["rule"]
        for finding in report["findings"]
        if finding["status"] == "fail" and finding["severity"] in {"critical", "high", "medium"}
    }


def _enter(lab: Lab, lines: str) -> None:
    """Enter lines on the router over SSH; only the counter of cleared entries may say something."""
    assert lines.strip()
    said = lab.over_ssh(lines).err
    assert [
        line for line in said.splitlines() if not re.match(r"conntrack v\S+ .* entries have been", line)
    ] == []


def _rollback(report: dict[str, Any]) -> str:
    return "\n".join(remedy["rollback"] for remedy in report["remediation"])


def _known(report: dict[str, Any]) -> dict[str, Any]:
    """Return what the router says of itself, without the entries that come and go with its phones."""
    return {
        key: report[key] for key in ("facts", "effective_udp_timeout", "unreplied_udp_timeout", "verdict")
    }


@pytest.mark.parametrize(
    ("unreplied", "replied", "rule", "reached"),
    [(3, 120, "NAT002", (False, False)), (120, 4, "NAT001", (True, False))],
    ids=["unreplied timer", "replied timer"],
)
def test_phone_is_missed_repaired_reached_and_rolled_back(
    lab: Lab, unreplied: int, replied: int, rule: str, reached: tuple[bool, bool]
) -> None:
    lab.set_timers(unreplied=unreplied, replied=replied)
    assert _reached(lab) == reached

    code, before = _check(lab)
    assert (code, before["verdict"], _failing(before)) == (1, "fail", {rule})
    assert before["unreplied_udp_timeout"]["seconds"] == unreplied
    assert before["effective_udp_timeout"]["seconds"] == replied

    snippet = lab.auditor("snippet", *_WANTED)
    assert snippet.code == 1, snippet.err
    _enter(lab, snippet.out)

    code, after = _check(lab)
    assert (code, after["verdict"], _failing(after)) == (0, "pass", set())
    assert _reached(lab) == (True, True)

    _enter(lab, _rollback(before))
    code, again = _check(lab)
    assert code == 1
    assert _known(again) == _known(before)
