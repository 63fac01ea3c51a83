"""A simulated device, or a text of one, read as a user would read it, for the tests of every room."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from auditor.collect.credentials import Credentials
from auditor.collect.options import SessionOptions
from auditor.collect.pasted import documents_of
from auditor.model.audit import Audit, AuditOptions
from auditor.model.capture import Capture, Source, SourceKind, Target
from auditor.pipeline import Vendors, audit, capture_live
from auditor.profiles.loading import load_profile
from auditor.simulator.server import SimulatedRouter


def log_in(
    router: SimulatedRouter, folder: Path, enable_secret: str | None = None, **options: Any
) -> tuple[Credentials, SessionOptions]:
    """Return password and options for the device, its host key known; a `known_hosts` that is there already stays."""
    known_hosts = folder / "known_hosts"
    if not known_hosts.exists():
        known_hosts.write_text(router.host_key_line + "\n", encoding="utf-8")
    credentials = Credentials(
        user=router.user, password=router.password, use_agent=False, enable_secret=enable_secret
    )
    return credentials, SessionOptions(**{"port": router.port, "known_hosts": known_hosts, **options})


def captured(router: SimulatedRouter, folder: Path, vendor: str | None = None, **options: Any) -> Capture:
    """Read the device; `options` are the session's."""
    return capture_live(
        Target(host=router.host, vendor=vendor), Vendors(), *log_in(router, folder, **options)
    )


def audit_of(text: str, vendor: str) -> Audit:
    """Audit a text of a named vendor."""
    documents = documents_of(text, "x", load_profile(vendor))
    source = Source(kind=SourceKind.FILE, name="x")
    capture = Capture(target=Target(), vendor=vendor, source=source, documents=documents)
    return audit(capture, AuditOptions(), Vendors())
