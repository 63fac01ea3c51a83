"""`auditor check --file` by size of the config: time, memory, and the limit."""

from __future__ import annotations

import statistics
import tempfile
from pathlib import Path

from generated_configs import KINDS
from measuring import Cost, cost, table, verdict

_MB = 1_000_000
_SIZES = (1, 5, 10, 19)  # MB; 20 is the limit, and a generated config ends a line above its size
_SECONDS_FOR_1_MB, _MEMORY_FOR_5_MB, _LINEAR, _NOT_AUDITED = 1, 150, 1.3, 3
_RUNS = {1: 5, 5: 3, 10: 1, 19: 1}


def _check(file: Path) -> Cost:
    return cost(("-m", "auditor", "check", "--file", str(file), "--format", "json"))


def _row(kind: str, size: int, folder: Path, small: float) -> tuple[list[str], float]:
    file = folder / "config"
    file.write_text(KINDS[kind](size * _MB))
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


def run() -> str:
    """Return the section."""
    rows: list[list[str]] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for kind, grow in KINDS.items():
            (folder / "config").write_text(grow(1000))
            small = statistics.median(_check(folder / "config").wall for _run in range(5))
            rows.append([kind, "1 KB", f"{small:.2f} s", "", "", ""])
            made = [_row(kind, size, folder, small) for size in _SIZES]
            rows += [row for row, _per_mb in made]
            growth = made[-1][1] / made[1][1]
            rows[-1][-1] = f"linear, {growth:.2f} times the time per MB of 5 MB: {verdict(growth < _LINEAR)}"
            (folder / "config").write_text(grow(20 * _MB + 1))
            refused = _check(folder / "config")
            reason = " ".join(refused.err.split())
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
