"""An audit that did not come about: what happened, and what to do next."""

from __future__ import annotations

import json

from auditor.model.errors import AuditorError
from auditor.report.plain import visible


def render(error: AuditorError) -> str:
    """Return one paragraph without line breaks of its own, harmless on a terminal."""
    return visible(" ".join(f"{error.message} {error.advice}".split()))


def to_json(error: AuditorError) -> str:
    """Return the same for a program: `{"error", "message", "advice"}`, the error by the name of its class."""
    return json.dumps({"error": type(error).__name__, "message": error.message, "advice": error.advice})
