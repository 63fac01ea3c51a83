"""What `auditor --help` costs above a bare typer application."""

from __future__ import annotations

import statistics

from measuring import RUNS, cost, table, verdict

_MOST = 0.05  # seconds of process time
_BARE = """
import typer
app = typer.Typer(add_completion=False)

@app.command()
def greet(name: str = "you") -> None:
    print(name)

app(["--help"], prog_name="bare")
"""


def run() -> str:
    """Return the section."""
    # In turns, so that both see the same machine.
    both = [(cost(("-c", _BARE)), cost(("-m", "auditor", "--help"))) for _run in range(2 * RUNS + 1)][1:]
    assert all(bare.code == ours.code == 0 for bare, ours in both)
    bare, ours = (statistics.median(costs.process for costs in side) for side in zip(*both, strict=True))
    rows = [
        ["bare typer application", f"{bare:.3f} s", "", ""],
        ["`auditor --help`", f"{ours:.3f} s", f"{ours / bare:.2f}", ""],
        ["above it", f"{ours - bare:.3f} s", "", f"at most {_MOST} s: {verdict(ours - bare <= _MOST)}"],
    ]
    return table(["process time", "median", "ratio", "wanted"], rows)
