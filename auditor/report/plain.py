"""Text of a device made harmless for the terminal: nothing in it can move the cursor, hide or reorder words."""

from __future__ import annotations

from typing import Final

from auditor.model.facts import Evidence

LONGEST: Final = 500
_LONGEST_NAME: Final = 50  # of a document or a device: some are long commands
_TAB: Final = 4


def visible(text: str, *, keep: str = "") -> str:
    r"""Return the text with every character that does not print written out; those in `keep` stay.

    Examples:
        >>> visible("a\x1b[2Jb"), visible("a\nb", keep="\n"), visible("\u202e")
        ('a\\x1b[2Jb', 'a\nb', '\\u202e')
    """
    if text.isprintable():
        return text
    return "".join(
        char if char.isprintable() or char in keep else ascii(char)[1:-1].replace("\\\\", "\\")
        for char in text
    )


def paragraph(text: str) -> str:
    """Return the text with harmless line breaks only."""
    return visible(text.replace("\t", " "), keep="\n")


def clipped(text: str) -> str:
    """Return the start of a line that is too long to be quoted; nothing is added, so that it stays a quotation."""
    return text[:LONGEST]


def short(name: str) -> str:
    """Return a name that a device or a person gave, harmless and cut where it would fill the page."""
    name = visible(name)
    return name if len(name) <= _LONGEST_NAME else name[: _LONGEST_NAME - 1] + "…"


def quotation(evidence: Evidence) -> str:
    """Return `document:line: text` in one line; a long command is named by its start."""
    text = visible(clipped(evidence.text).expandtabs(_TAB).strip())
    return f"{short(evidence.document)}:{evidence.line}: {text}"
