"""`auditor check --file` by size of the config: time, memory, and the limit."""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from generated_configs import KINDS, MANY, USUAL
from measuring import Cost, cost, table, verdict

_GENERATOR = Path(__file__).resolve().parent / "generated_configs.py"
_MB = 1_000_000
_SIZES = (1, 5, 10, 19)  # MB; 20 is the limit, and a generated config ends a line above its size
_SECONDS_FOR_1_MB, _MEMORY_FOR_5_MB, _LINEAR, _NOT_AUDITED = 1, 150, 1.3, 3
_RUNS = {1: 5, 5: 3, 10: 1, 19: 1}


def _check(file: Path) -> Cost:
    return cost(("-m", "auditor", "check", "--file", str(file), "--format", "json"))


def _generate(kind: str, size: int, file: Path, forwards: int = USUAL) -> None:
    # In a process of its own: a child's peak memory begins with what its parent holds.
    with file.open("w") as text:
        words = [sys.executable, str(_GENERATOR), kind, str(size), str(forwards)]
        subprocess.run(words, stdout=text, check=True)


def _row(kind: str, size: int, folder: Path, small: float) -> tuple[list[str], float]:
    file = folder / "config"
    _generate(kind, size * _MB, file)
    costs = [_check(file) for _run in range(_RUNS[size])]
    assert all(one.code in {0, 1, 4} for one in costs), costs[0].err
    wall = statistics.median(one.wall for one in costs)
    memory = max(one.memory for one in costs)
    per_mb = (wall - small) / size
    wanted = {
        1: f"under {_SECONDS_FOR_1_MB} s: {verdict(wall < _SECONDS_FOR_1_MB)}",
        5: f"under {_MEMORY_FOR_5_MB} MB: {verdict(memory < _MEMORY_FOR_5_MB)}",
    }.get(size, "")
    return [kind, f"{size} MB", f"{wall:.2f} s", f"{per_mb:.2f} s", f"{memory:.0f} MB", wanted], per_mb


def _crowded(kind: str, folder: Path) -> list[str]:
    """Return the row of a config whose every fifth byte belongs to a forward."""
    _generate(kind, _MB, folder / "config", MANY)
    wall = statistics.median(_check(folder / "config").wall for _run in range(3))
    return [kind, "1 MB, thousands of forwards", f"{wall:.2f} s", "", "", ""]


def run() -> str:
    """Return the section."""
    rows: list[list[str]] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for kind in KINDS:
            _generate(kind, 1000, folder / "config")
            small = statistics.median(_check(folder / "config").wall for _run in range(5))
            rows.append([kind, "1 KB", f"{small:.2f} s", "", "", ""])
            made = [_row(kind, size, folder, small) for size in _SIZES]
            rows += [row for row, _per_mb in made]
            growth = made[-1][1] / made[1][1]
            rows[-1][-1] = f"linear, {growth:.2f} times the time per MB of 5 MB: {verdict(growth < _LINEAR)}"
            rows.append(_crowded(kind, folder))
            _generate(kind, 20 * _MB + 1, folder / "config")
            refused = _check(folder / "config")
            reason = " ".join(refused.err.split()).replace(str(folder / "config"), "config")
            rows.append(
                [
                    kind,
                    "over 20 MB",
                    f"{refused.wall:.2f} s",
                    "",
                    f"{refused.memory:.0f} MB",
                    f"refused: {verdict(refused.code == _NOT_AUDITED)} ({reason})",
                ]
            )
    heads = ["config", "size", "time", "per MB, above 1 KB", "peak memory", "wanted"]
    return table(heads, rows)
