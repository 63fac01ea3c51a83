"""`auditor pbxlog` by size of the log: speed beside grep's, and memory."""

from __future__ import annotations

import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from measuring import Cost, cost, table, verdict

_MB = 1_000_000
_SIZES = (100, 400, 800)  # MB
_WANTED_SPEED, _SLOWER, _WANTED_MEMORY = 100, 3, 100
_SHARE = 0.002  # of the lines that are events
_OTHERS = (
    'VERBOSE[17903][C-{0:08x}] pbx.c:     -- Executing [s@macro-dial:{1}] NoOp("SIP/44{1}.snomd715-{0:08x}", "x") in new stack',
    "VERBOSE[17903][C-{0:08x}] app_dial.c:     -- SIP/44{1}.snomd715-{0:08x} is ringing",
    "DEBUG[17903][C-{0:08x}] chan_sip.c: = Looking for  Call ID: {0:x}@203.0.113.7 (Checking From) --From tag as2f --To-tag",
)  # fmt: skip


def write_log(size: int) -> None:
    """Write an ordered log of so many bytes to standard output."""
    out = sys.stdout.buffer
    written = 0
    for piece in _pieces():
        out.write(piece)
        written += len(piece)
        if written >= size:
            return


def _pieces() -> Iterator[bytes]:
    chance, second, down = random.Random(1), 0, set[int]()  # noqa: S311 - a model, no secret
    while True:
        lines = []
        for _line in range(2000):
            second += chance.random() < 0.1  # noqa: PLR2004 - ten lines a second
            day, rest = divmod(second, 86400)
            stamp = f"[2026-{1 + day // 28 % 12:02d}-{1 + day % 28:02d} {rest // 3600:02d}:{rest // 60 % 60:02d}:{rest % 60:02d}]"
            if chance.random() < _SHARE:
                phone = chance.randrange(40)
                word = "Reachable. (30ms / 2000ms)" if phone in down else "UNREACHABLE!  Last qualify: 30"
                down ^= {phone}
                lines.append(f"{stamp} NOTICE[1] chan_sip.c: Peer '44{phone}.snomd715' is now {word}")
            else:
                text = chance.choice(_OTHERS).format(chance.getrandbits(32), chance.randrange(10, 99))
                lines.append(f"{stamp} {text}")
        yield ("\n".join(lines) + "\n").encode()


def _generate(size: int, file: Path) -> None:
    with file.open("wb") as text:
        subprocess.run([sys.executable, __file__, str(size)], stdout=text, check=True)


def _grep(file: Path) -> float:
    start = time.perf_counter()
    # Into a pipe: with nobody to read its output grep stops at the first match.
    subprocess.run(["grep", "-c", "UNREACHABLE", str(file)], stdout=subprocess.PIPE, check=True)
    return time.perf_counter() - start


def _pbxlog(file: Path, form: str) -> Cost:
    done = cost(("-m", "auditor", "pbxlog", str(file), "--format", form, "--zone", "UTC"))
    assert done.code == 0, done.err
    return done


def run() -> str:
    """Return the section."""
    rows = []
    with tempfile.TemporaryDirectory() as name:
        file = Path(name) / "full"
        _generate(_MB // 100, file)
        start = statistics.median(_pbxlog(file, "jsonl").process for _run in range(5))
        for size in _SIZES:
            _generate(size * _MB, file)
            _grep(file)  # into the cache
            grep = statistics.median(_grep(file) for _run in range(3))
            for form in ("jsonl", "text"):
                done = [_pbxlog(file, form) for _run in range(3)]
                seconds = statistics.median(one.process for one in done) - start
                memory = max(one.memory for one in done)
                speed = size / seconds
                fast = speed >= min(_WANTED_SPEED, size / grep / _SLOWER)
                rows.append(
                    [
                        f"{size} MB",
                        form,
                        f"{speed:.0f} MB/s",
                        f"{size / grep:.0f} MB/s",
                        f"at least {_WANTED_SPEED} MB/s or a third of grep: {verdict(fast)}",
                        f"{memory:.0f} MB",
                        f"under {_WANTED_MEMORY} MB: {verdict(memory < _WANTED_MEMORY)}",
                    ]
                )
    note = (
        "Processor time of the whole process less that of its start; one line in 500 is an event. Peak memory begins with "
        "what the benchmark held itself.\n\n"
    )
    heads = ["log", "form", "speed", "`grep -c UNREACHABLE`", "wanted", "peak memory", "wanted"]
    return note + table(heads, rows)


if __name__ == "__main__":
    write_log(int(sys.argv[1]))
