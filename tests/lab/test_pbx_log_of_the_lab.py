"""A router's timer is read out of the PBX's log alone, and the log is clean once the snippet is entered."""

from __future__ import annotations

import json
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from lab_network import Lab
from lab_qualify import Watched, log_of

pytestmark = pytest.mark.lab

_TIMES = 5  # how much faster than in life
_KEEPALIVE, _TIMER, _PHONES = 60, 30, 10


def _pbxlog(lab: Lab, file: Path) -> dict[str, Any]:
    with ExitStack() as stack:
        phones = []
        for number in range(_PHONES):
            phone = stack.enter_context(lab.new_phone(keepalive=_KEEPALIVE / _TIMES))
            # A registration makes the PBX ask anew, so its questions meet every moment between two keepalives.
            first = phone.started + (number + 0.5) * _KEEPALIVE / _PHONES / _TIMES
            phones.append((first, Watched(f"{20 + number}.lab", lab.pbx.contacts[-1])))
        lines = log_of(lab.pbx, phones, seconds=2.2 * _KEEPALIVE / _TIMES, times=_TIMES)
    file.write_text("".join(f"{line}\n" for line in ["[Mar  4 08:00:00] NOTICE[1] x.c: start", *lines]))
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "auditor",
            "pbxlog",
            str(file),
            "--format",
            "json",
            "--year",
            "2026",
            "--zone",
            "UTC",
        ],
        capture_output=True,
        check=True,
    )
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def test_log_names_the_timer_within_its_bounds_and_is_clean_after_the_fix(tmp_path: Path) -> None:
    with Lab(tmp_path) as lab:
        lab.set_timers(unreplied=_TIMER // _TIMES, replied=_TIMER // _TIMES)
        before = _pbxlog(lab, tmp_path / "before.log")
        snippet = lab.auditor("snippet", "--keepalive", str(_KEEPALIVE // _TIMES))
        assert (snippet.code, "180" in snippet.out) == (1, True)
        lab.over_ssh(snippet.out)
        after = _pbxlog(lab, tmp_path / "after.log")
    (cause,) = before["causes"]
    assert cause["class"] == "nat_timer"
    assert cause["nat_timer_seconds"]["min"] <= _TIMER <= cause["nat_timer_seconds"]["max"] < _KEEPALIVE
    assert (after["events"], after["scope"], after["causes"]) == ([], "none", [])
