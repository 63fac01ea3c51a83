"""Runs the tool as a user would, in this process."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from auditor.cli.app import run
from auditor.simulator.server import SimulatedRouter

DEVICE = "mikrotik_routeros"


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """How a run ended."""

    code: int
    out: str
    err: str

    @property
    def report(self) -> dict[str, Any]:
        report: dict[str, Any] = json.loads(self.out)
        return report


class Auditor:
    """The command line, with a password in the environment and no agent."""

    def __init__(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        self._folder = folder
        self._monkeypatch = monkeypatch
        self._capsys = capsys
        self.known_hosts = folder / "known_hosts"

    def __call__(
        self, router: SimulatedRouter, *more: str, command: str = "check", password: str | None = ""
    ) -> Done:
        """Run a command against a router; the password is the router's unless another is given, or None."""
        given = router.password if password == "" else password
        for name in ("SSH_AUTH_SOCK", "AUDITOR_PASSWORD", "AUDITOR_USER", "AUDITOR_ENABLE_SECRET"):
            self._monkeypatch.delenv(name, raising=False)
        if given is not None:
            self._monkeypatch.setenv("AUDITOR_PASSWORD", given)
        if not self.known_hosts.exists():
            self.known_hosts.write_text(f"{router.host_key_line}\n", encoding="utf-8")
        form = ("--format", "json") if command == "check" else ()
        self._capsys.readouterr()
        code = run([
            command, router.host, "--port", str(router.port), "--user", router.user,
            "--known-hosts", str(self.known_hosts), *form, *more,
        ])  # fmt: skip
        shown = self._capsys.readouterr()
        return Done(code=code, out=shown.out, err=shown.err)
