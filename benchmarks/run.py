"""Runs the benchmarks, all or those that are named, prints them, and keeps the last result of each in results.md.

python benchmarks/run.py
python benchmarks/run.py help files live detect pbxlog causes kernel
"""

from __future__ import annotations

import platform
import re
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import detect
import file_sizes
import help_start
import kernel_nat
import live_audit
import pbx_causes
import pbx_log

_RESULTS = Path(__file__).resolve().parent / "results.md"
_ALL: dict[str, tuple[str, Callable[[], str]]] = {
    "help": ("Start", help_start.run),
    "files": ("Saved configs", file_sizes.run),
    "live": ("Live audit", live_audit.run),
    "detect": ("Detection", detect.run),
    "pbxlog": ("PBX log: speed and memory", pbx_log.run),
    "causes": ("PBX log: causes told apart", pbx_causes.run),
    "kernel": ("Phones behind a real kernel, 60 s keepalive", kernel_nat.run),
}
_INTRODUCTION = """# Results

The last run of each part of `python benchmarks/run.py`. Seconds depend on the machine; ratios and differences hardly do.
"""


def _kept() -> dict[str, str]:
    if not _RESULTS.exists():
        return {}
    parts = re.split(r"^## (.*)\n", _RESULTS.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]
    return {title: text.strip() for title, text in zip(parts[::2], parts[1::2], strict=True)}


def main(names: list[str]) -> int:
    """Run what is named and return the exit code."""
    if unknown := set(names) - set(_ALL):
        sys.stderr.write(
            f"There is no benchmark {', '.join(sorted(unknown))}; there are {', '.join(_ALL)}.\n"
        )
        return 2
    sections = _kept()
    for name in names or _ALL:
        title, run = _ALL[name]
        python, kernel = platform.python_version(), platform.release().partition("-")[0]
        when = f"{datetime.now(tz=UTC):%Y-%m-%d}, Python {python}, Linux {kernel}"
        sections[title] = f"{run()}\n{when}"
        print(f"## {title}\n\n{sections[title]}\n", flush=True)
        order = [title for title, _run in _ALL.values() if title in sections]
        parts = [_INTRODUCTION, *(f"## {title}\n\n{sections[title]}\n" for title in order)]
        _RESULTS.write_text("\n".join(parts), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
