"""Reads a text from a file or standard input, in whatever encoding and with whatever line ends it came."""

from __future__ import annotations

import sys
from pathlib import Path

from auditor.model.errors import UnreadableDocument
from auditor.model.text import _

LARGEST = 20_000_000  # bytes
_BINARY_SHARE = 0.05  # of control characters, above which a text is none
_SAMPLE = 20_000


def read_text(path: str) -> str:
    """Return the text with LF line ends; `-` is standard input. `UnreadableDocument` tells why a file is no text."""
    name = _("standard input") if path == "-" else path
    data = _bytes(path, name)
    if len(data) > LARGEST:
        raise UnreadableDocument(
            _("{name} is larger than 20 MB, which no router's config is.").format(name=name),
            advice=_("Give the config alone, without logs or firmware."),
        )
    text = _decoded(data, name)
    if not text.strip():
        raise UnreadableDocument(_("{name} is empty.").format(name=name), advice=_("Save the config again."))
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _bytes(path: str, name: str) -> bytes:
    try:
        if path == "-":
            return sys.stdin.buffer.read(LARGEST + 1)
        with Path(path).open("rb") as file:
            return file.read(LARGEST + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise UnreadableDocument(
            _("{name} cannot be read: {reason}.").format(name=name, reason=reason),
            advice=_("Check the path and your rights to it."),
        ) from error


def _decoded(data: bytes, name: str) -> str:
    encoding = _encoding(data)
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        text = data.decode("cp1252", "replace") if encoding == "utf-8" else ""
    sample = text[:_SAMPLE]
    controls = sum(character < " " and character not in "\t\n\r\f\x08\x1b" for character in sample)
    if (data and not text) or "\0" in text or controls > _BINARY_SHARE * max(len(sample), 1):
        raise UnreadableDocument(
            _("{name} is binary, not a text.").format(name=name),
            advice=_("Export the config as text; backups in a vendor's own binary form cannot be read."),
        )
    return text.removeprefix("\ufeff")


def _encoding(data: bytes) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    even, odd = data[:400:2], data[1:400:2]
    for encoding, high, low in (("utf-16-le", odd, even), ("utf-16-be", even, odd)):
        if len(high) > 3 and high.count(0) > 0.9 * len(high) and 0 not in low:  # noqa: PLR2004 - a sign, not a limit
            return encoding
    return "utf-8"
