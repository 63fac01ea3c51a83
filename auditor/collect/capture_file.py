"""A capture as a file: collected once, audited as often as needed, with the same result."""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path
from typing import Any

from auditor import __version__
from auditor.model.capture import Capture, Document, Outcome, Source, SourceKind, Target
from auditor.model.errors import UnreadableDocument, UsageError
from auditor.model.text import _

SCHEMA = "auditor.capture/1"


def to_json(capture: Capture) -> str:
    """Return the capture as JSON text that people can read and compare: one line of the file for each line of a document."""
    data = {
        "schema": SCHEMA,
        "tool": {"name": "auditor", "version": __version__},
        "target": {"site": capture.target.site, "host": capture.target.host, "vendor": capture.target.vendor},
        "vendor": capture.vendor,
        "source": {
            "kind": capture.source.kind.value,
            "name": capture.source.name,
            "collected_at": capture.source.collected_at,
        },
        "documents": [
            {
                "kind": document.kind,
                "name": document.name,
                "outcome": document.outcome.value,
                "detail": document.detail,
                "first_line": document.first_line,
                "context": document.context,
                "text": document.text.split("\n"),
            }
            for document in capture.documents
        ],
    }
    return json.dumps(data, ensure_ascii=False, indent=1) + "\n"


def from_json(text: str) -> Capture | None:
    """Return the capture that a text holds, None if it is none; `UnreadableDocument` for a damaged or newer one."""
    if not text.lstrip().startswith("{") or '"auditor.capture/' not in text[:2000]:
        return None
    try:
        data: Any = json.loads(text)
    except ValueError as error:
        raise UnreadableDocument(
            _("The capture is damaged: {reason}.").format(reason=error), advice=_("Collect it again.")
        ) from error
    if data.get("schema") != SCHEMA:
        raise UnreadableDocument(
            _("The capture was written by another version of auditor ({schema}).").format(
                schema=data.get("schema")
            ),
            advice=_("Install the version of auditor that wrote it, or collect again."),
        )
    try:
        return _capture(data)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise UnreadableDocument(
            _("The capture lacks a part that every capture has: {reason}.").format(reason=error),
            advice=_("Collect it again."),
        ) from error


def _capture(data: dict[str, Any]) -> Capture:
    target, source = data["target"], data["source"]
    return Capture(
        target=Target(host=target["host"], site=target["site"], vendor=target["vendor"]),
        vendor=str(data["vendor"]),
        source=Source(
            kind=SourceKind(source["kind"]), name=source["name"], collected_at=source["collected_at"]
        ),
        documents=tuple(
            Document(
                kind=str(entry["kind"]),
                name=str(entry["name"]),
                text="\n".join(str(line) for line in entry["text"]),
                outcome=Outcome(entry["outcome"]),
                detail=str(entry["detail"]),
                first_line=int(entry["first_line"]),
                context=str(entry.get("context", "")),
            )
            for entry in data["documents"]
        ),
    )


def write(capture: Capture, path: Path) -> None:
    """Write the capture, readable by its owner only; an older file stays whole until the new one is."""
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(to_json(capture))
            Path(name).replace(path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise UsageError(
            _("The capture cannot be written to {path}: {reason}.").format(path=path, reason=error.strerror)
        ) from error
