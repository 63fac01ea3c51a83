"""What a terminal would show of a byte stream: escape sequences, overwritten lines and backspaces resolved."""

from __future__ import annotations

import re

_ERASE_TO_END, _ERASE_LINE, _BACK = (
    "\x00",
    "\x01",
    "\x08",
)  # controls that stand for sequences while lines are redrawn
_FARTHEST = 2000  # columns that a cursor is moved back
_ERASING = re.compile(r"\x1b\[0?[JK]")
_ERASING_LINE = re.compile(r"\x1b\[2K")
_LEFTWARDS = re.compile(r"\x1b\[([0-9]{0,4})D")
_ESCAPES = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]"  # colours, cursor, modes
    r"|\x1b\][^\x07\x1b\n]*(?:\x07|\x1b\\)"  # titles
    r"|\x1b[PX^_][^\x1b\n]*\x1b\\"
    r"|\x1b[()*+\-./][0-9A-Za-z]"
    r"|\x1b[ -/]*[0-~]"
)
_CONTROLS = re.compile(r"[\x00-\x07\x0b-\x0c\x0e-\x1f\x7f]")
_STRAY = re.compile(r"[\x02-\x07\x0b-\x0c\x0e-\x1f\x7f]")
_REDRAWN = re.compile(r"[\r\x08\x00\x01]")
_ECHO_LINES = 40  # in which the echo is looked for: log lines may stand before it
TAIL = 4000  # characters in which prompts, pagers and questions are looked for
_FOLDED = 6  # lines over which a long command may be folded


def shown(text: str) -> str:
    r"""Return the text as a person would see it, with LF line ends and as many lines as before.

    Examples:
        >>> shown("--More--\r        \rnext\r\n")
        'next\n'
        >>> shown("--More--\r\x1b[Knext\r\n")
        'next\n'
        >>> shown("\x1b[1mbold\x1b[0m ab\x08c")
        'bold ac'
    """
    text = _redrawing(text) if "\x1b" in text else _CONTROLS.sub("", text)
    if not _REDRAWN.search(text):
        return text
    lines = re.sub(r"\r+\n", "\n", text).split("\n")
    return "\n".join(_redrawn(line) for line in lines)


def _redrawing(text: str) -> str:
    """Return the text without escape sequences; those that redraw the line become controls."""
    text = text.replace(_ERASE_TO_END, "").replace(_ERASE_LINE, "")
    text = _ERASING.sub(_ERASE_TO_END, text)
    text = _ERASING_LINE.sub(_ERASE_LINE, text)
    text = _LEFTWARDS.sub(lambda move: _BACK * min(int(move[1] or 1), _FARTHEST), text)
    return _STRAY.sub("", _ESCAPES.sub("", text))


def _redrawn(line: str) -> str:
    if not _REDRAWN.search(line):
        return line
    cells: list[str] = []
    column = 0
    for character in line:
        if character == "\r":
            column = 0
        elif character == _BACK:
            column = max(0, column - 1)
        elif character == _ERASE_TO_END:
            del cells[column:]
        elif character == _ERASE_LINE:
            cells = [" "] * column
        else:
            cells[column : column + 1] = [character]
            column += 1
    written = "".join(cells)
    return written.rstrip() if "\r" in line else written


def behind_echo(text: str, command: str) -> str | None:
    r"""Return what stands behind the line in which the typed command came back, None while it has not.

    The command may be folded or shown twice, and other lines may have been thrown in before it.

    Examples:
        >>> behind_echo("router> show ti\nme\n12:00\nrouter> ", "show time")
        '12:00\nrouter> '
        >>> behind_echo("router> show ti", "show time") is None
        True
    """
    wanted = _bare(command)
    lines = text.split("\n", _ECHO_LINES + 1)
    bare = [_bare(line) for line in lines[:-1][:_ECHO_LINES]]
    for index, line in enumerate(bare):
        if line and "".join(bare[max(0, index + 1 - _FOLDED) : index + 1]).endswith(wanted):
            behind = index + 1
            while behind < len(bare) and bare[behind].endswith(wanted) and bare[behind] != wanted:
                behind += 1
            return "\n".join(lines[behind:])
    return None


def last_lines(text: str, count: int) -> str:
    """Return the last lines that a person would see, the one with the cursor among them."""
    return "\n".join(shown(text[-TAIL:]).split("\n")[-count:])


def printable(text: str, longest: int = 200) -> str:
    """Return the end of a device's text in one line that can be shown to a person."""
    words = " ".join(shown(text).split())
    return "".join(character if character.isprintable() else "?" for character in words)[-longest:]


def _bare(text: str) -> str:
    return "".join(text.split())
