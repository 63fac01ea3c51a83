"""What a terminal would show of a byte stream: escape sequences, overwritten lines and backspaces resolved."""

from __future__ import annotations

import re

_ESCAPES = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]"  # colours, cursor, erase
    r"|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)"  # titles
    r"|\x1b[PX^_][^\x1b]*\x1b\\"
    r"|\x1b[()*+\-./][0-9A-Za-z]"
    r"|\x1b[ -/]*[0-~]"
)
_OTHER_CONTROLS = re.compile(r"[\x00-\x07\x0b-\x0c\x0e-\x1f\x7f]")


def shown(text: str) -> str:
    r"""Return the text as a person would see it, with LF line ends.

    Examples:
        >>> shown("--More--\r        \rnext\r\n")
        'next\n'
        >>> shown("\x1b[1mbold\x1b[0m ab\x08c")
        'bold ac'
    """
    text = _OTHER_CONTROLS.sub("", _ESCAPES.sub("", text))
    if "\r" not in text and "\x08" not in text:
        return text
    lines = re.sub(r"\r+\n", "\n", text).split("\n")
    return "\n".join(_overwritten(line) for line in lines)


def _overwritten(line: str) -> str:
    if "\r" not in line and "\x08" not in line:
        return line
    cells: list[str] = []
    column = 0
    for character in line:
        if character == "\r":
            column = 0
        elif character == "\x08":
            column = max(0, column - 1)
        else:
            cells[column : column + 1] = [character]
            column += 1
    written = "".join(cells)
    return written.rstrip() if "\r" in line else written


def without_echo(text: str, command: str) -> str:
    """Take the typed command off the start of what came back, wrapped or repeated as it may be."""
    wanted = "".join(command.split())
    lines = text.split("\n")
    seen = ""
    for index, line in enumerate(lines[:6]):
        seen += "".join(line.split())
        if seen.endswith(wanted):
            return "\n".join(lines[index + 1 :])
        if len(seen) > 4 * len(wanted) + 200:
            break
    return text
