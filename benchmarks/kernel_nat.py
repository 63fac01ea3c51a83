"""The kernel lab at full length: a phone with a keepalive of 60 s before and after auditor's own snippet.

Needs root and the tools of the lab in tests/lab, which is scaled down; nothing is scaled here. The routers stand side by
side, so that the whole takes as long as one of them: about five minutes.
"""

from __future__ import annotations

import json
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

from measuring import ROOT, table

sys.path.insert(0, str(ROOT / "tests" / "lab"))
from lab_network import Lab

_KEEPALIVE = 60
_MOMENTS = (20, 40, 59, 100, 119)  # seconds after the registration at which the PBX asks after the phone
_TIMERS = ((30, 120), (180, 30), (61, 61))  # un-replied, replied


def _reached(lab: Lab) -> list[str]:
    """Return what came of one question to each phone: an answer keeps an entry alive, so nobody is asked twice."""
    answers = []
    with ExitStack() as stack:
        phones = []
        for _moment in _MOMENTS:
            phone = stack.enter_context(lab.new_phone(keepalive=_KEEPALIVE))
            phones.append((phone, lab.pbx.contacts[-1]))
        for moment, (phone, contact) in zip(_MOMENTS, phones, strict=True):
            phone.wait_until(moment)
            answers.append("reached" if lab.pbx.reaches_phone(contact) else "**missed**")
    return answers


def _verdict(lab: Lab) -> str:
    done = lab.auditor("check", "--format", "json")
    assert done.out, done.err
    report = json.loads(done.out)
    weights = {"critical", "high", "medium"}
    findings = [finding for finding in report["findings"] if finding["severity"] in weights]
    failing = [finding["rule"] for finding in findings if finding["status"] == "fail"]
    return " ".join((report["verdict"], *failing))


def _rows(timers: tuple[int, int]) -> list[list[str]]:
    unreplied, replied = timers
    with tempfile.TemporaryDirectory() as folder, Lab(Path(folder)) as lab:
        lab.set_timers(unreplied=unreplied, replied=replied)
        before = _verdict(lab)
        rows = [[f"{unreplied} / {replied}", before, *_reached(lab)]]
        if before.startswith("fail"):
            applied = lab.over_ssh(lab.auditor("snippet").out)
            assert "rror" not in applied.err, applied.err
            rows.append([f"{unreplied} / {replied}, snippet applied", _verdict(lab), *_reached(lab)])
    return rows


def run() -> str:
    """Return the section."""
    with ThreadPoolExecutor() as pool:
        rows = [row for rows in pool.map(_rows, _TIMERS) for row in rows]
    moments = [f"after {moment} s" for moment in _MOMENTS]
    note = "One phone for each moment: the PBX asks it once, that many seconds after its registration.\n\n"
    return note + table(["un-replied / replied timer, s", "`auditor check`", *moments], rows)
