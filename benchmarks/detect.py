"""How soon a router whose vendor nobody named is asked its first question: on every simulated device, quick and slow."""

from __future__ import annotations

import statistics
import tempfile
import time
from pathlib import Path

from measuring import table, verdict

from auditor.collect.credentials import Credentials
from auditor.collect.options import SessionOptions
from auditor.model.capture import Target
from auditor.model.errors import VendorUnknown
from auditor.pipeline import Vendors, capture_live
from auditor.simulator.device_file import device_slugs
from auditor.simulator.server import SimulatedRouter

_DELAYS = (0.0, 1.0)
_RUNS = 3
_SOON = 3.0  # seconds, on a router that takes one for each reply


class _FirstCommand(Exception):
    """The vendor is known, and its first command about to be typed."""


def _stop(command: str) -> None:
    raise _FirstCommand(command)


def _once(slug: str, delay: float, folder: Path) -> tuple[float, int, bool]:
    """Return the seconds up to the first command, the lines typed before it, and whether the vendor was known."""
    with SimulatedRouter(slug, delay=delay) as router:
        known_hosts = folder / "known_hosts"
        known_hosts.write_text(router.host_key_line + "\n", encoding="utf-8")
        credentials = Credentials(user=router.user, password=router.password, use_agent=False)
        options = SessionOptions(port=router.port, known_hosts=known_hosts)
        known = False
        start = time.perf_counter()
        try:
            capture_live(Target(host=router.host), Vendors(), credentials, options, _stop)
        except _FirstCommand:
            known = True
        except VendorUnknown:
            pass
        seconds = time.perf_counter() - start
        return seconds, sum(bool(line.strip()) for line in router.received), known


def _row(slug: str, delay: float, folder: Path) -> list[str]:
    runs = [_once(slug, delay, folder) for _run in range(_RUNS)]
    seconds = statistics.median(run[0] for run in runs)
    lines = max(run[1] for run in runs)
    return [
        slug,
        f"{delay:.0f} s",
        "yes" if all(run[2] for run in runs) else "left open",
        str(lines),
        f"{seconds:.2f} s (under {_SOON:.0f}: {verdict(seconds < _SOON)})",
        f"{seconds - delay * lines:.2f} s",
    ]


def run() -> str:
    """Return the section."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        _once(device_slugs()[0], 0.0, folder)  # the libraries are loaded once
        rows = [_row(slug, delay, folder) for slug in device_slugs() for delay in _DELAYS]
    heads = [
        "router",
        "thinks",
        "vendor known",
        "lines typed before",
        "first command after",
        "without its thinking",
    ]
    return "From the connection to the first command, log-in and key exchange included.\n\n" + table(
        heads, rows
    )
