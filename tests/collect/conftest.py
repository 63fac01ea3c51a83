"""The tool's command line as a fixture."""

from __future__ import annotations

from pathlib import Path

import pytest
from command_line import Auditor


@pytest.fixture
def auditor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Auditor:
    return Auditor(tmp_path, monkeypatch, capsys)
