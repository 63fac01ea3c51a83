"""Runs a command and says what it cost; medians, because other work on the machine only ever makes a run slower."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
RUNS = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """Cost of one process: seconds by the clock, seconds of processor time, peak memory in MB, and how it ended."""

    wall: float
    process: float
    memory: float
    code: int
    out: str
    err: str


def cost(words: Sequence[str], **environment: str) -> Cost:
    """Run this Python with these words to the end."""
    # In the checkout, the folder of the package is found first; files, because a full pipe would stop the process.
    settings: Mapping[str, str] = {**os.environ, "LC_ALL": "C.UTF-8", "COLUMNS": "100", **environment}
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
        start = time.perf_counter()
        process = subprocess.Popen([sys.executable, *words], cwd=ROOT, env=settings, stdout=out, stderr=err)
        _pid, status, used = os.wait4(process.pid, 0)
        wall = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        for file in (out, err):
            file.seek(0)
        return Cost(
            wall=wall,
            process=used.ru_utime + used.ru_stime,
            memory=used.ru_maxrss / 1024,
            code=process.returncode,
            out=out.read(),
            err=err.read(),
        )


def median_of(measure: Callable[[], float], runs: int = RUNS) -> float:
    """Return the median of several runs, one more having warmed the caches up."""
    measure()
    return statistics.median(measure() for _run in range(runs))


def table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a markdown table."""
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


def verdict(holds: bool) -> str:
    """Return how a wish is answered in a table."""
    return "yes" if holds else "**no**"
