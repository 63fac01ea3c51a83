"""What is audited and what was collected: Target, Document, Capture."""

from __future__ import annotations

import enum
from dataclasses import dataclass


class Outcome(enum.StrEnum):
    """What became of one command."""

    OK = "ok"  # whole: the prompt closed it
    FRAGMENT = "fragment"  # from a file: what it states counts, its end proves nothing by itself
    REFUSED = "refused"  # the device does not know the command
    NO_PRIVILEGE = "no_privilege"  # the log-in may not run it
    TIMED_OUT = "timed_out"
    CUT_OFF = "cut_off"  # the line dropped in mid-output: the text is kept, its end is missing
    SKIPPED = "skipped"  # a placeholder could not be filled, or an earlier failure ended the session


class SourceKind(enum.StrEnum):
    """Where the documents came from."""

    SSH = "ssh"
    FILE = "file"
    CAPTURE = "capture"


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Which router, and what is known of it before it is read."""

    host: str | None = None
    site: str | None = None
    vendor: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """One text: the output of a command or a saved file, secrets masked.

    `kind` names the document in the vendor's profile. `text` has LF line ends. `first_line` is the 1-based number of
    its first line in what was collected: a part of a terminal session counts from the session's start. `context` is the
    part of the device that it speaks of (VDOM, VRF), empty for the whole.
    """

    kind: str
    name: str
    text: str
    outcome: Outcome = Outcome.OK
    detail: str = ""
    first_line: int = 1
    context: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where a capture came from; `collected_at` is RFC 3339 or None."""

    kind: SourceKind
    name: str
    collected_at: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Capture:
    """Everything that was read of one target; all that follows is computed from it."""

    target: Target
    vendor: str
    source: Source
    documents: tuple[Document, ...]
