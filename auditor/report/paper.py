"""A page of text: prose is wrapped to the width, quotations and commands stay as they are."""

from __future__ import annotations

import enum
import textwrap

from auditor.report.plain import paragraph, visible


class Ink(enum.StrEnum):
    """Colours by meaning, as the terminal's attributes."""

    BAD = "1;31"
    DOUBT = "1;33"
    GOOD = "1;32"
    STRONG = "1"
    FAINT = "2"


class Paper:
    """Collects lines; whatever is written on it is harmless on a terminal."""

    def __init__(self, *, width: int, colour: bool = False) -> None:
        self._width = width
        self._colour = colour
        self._lines: list[str] = []

    def __str__(self) -> str:
        """Return the page; it ends with one line end, or is empty."""
        return "\n".join([*self._lines, ""]) if self._lines else ""

    def gap(self) -> None:
        """Leave a line free, once."""
        if self._lines and self._lines[-1]:
            self._lines.append("")

    def prose(self, text: str, *, start: str = "", indent: str | None = None, ink: Ink | None = None) -> None:
        """Write wrapped text behind `start`; further lines begin with `indent`. `ink` colours `start` or, without one, all."""
        later = " " * len(start) if indent is None else indent
        first = start
        for part in paragraph(text).split("\n"):
            lines = textwrap.wrap(
                part,
                self._width,
                initial_indent=first,
                subsequent_indent=later,
                break_long_words=False,
                break_on_hyphens=False,
            )
            for number, line in enumerate(lines):
                if first == start and start and not number:
                    self._lines.append(self._inked(start, ink) + line[len(start) :])
                else:
                    self._lines.append(line if start else self._inked(line, ink))
            if lines:
                first = later

    def heading(self, text: str) -> None:
        """Write a heading with free lines around it."""
        self.gap()
        self.prose(text, ink=Ink.STRONG)
        self.gap()

    def quote(self, text: str, *, indent: str = "") -> None:
        """Write one line as it is, however long."""
        self._lines.append(self._inked(indent + visible(text), Ink.FAINT))

    def block(self, text: str) -> None:
        """Write lines for a device, flush left and unchanged, with free lines around them."""
        self.gap()
        self._lines.extend(visible(line, keep="\t") for line in text.rstrip("\n").split("\n"))
        self.gap()

    def _inked(self, text: str, ink: Ink | None) -> str:
        return f"\x1b[{ink}m{text}\x1b[0m" if ink and self._colour and text else text
