"""Text of a device on its way into a snippet: it gets there quoted for the vendor's console, or not at all."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable
from typing import Final

from auditor.model.errors import TemplateError
from auditor.model.text import _

_TEMPLATE_SYNTAX: Final = ("{{", "{%", "{#", "}}", "%}", "#}")
_MASKED: Final = "***"
_LONGEST: Final = 200
_BARE_WORD: Final = re.compile(r"[A-Za-z0-9_.:/@+][A-Za-z0-9_.:/@+-]{0,63}")
_MENU_ESCAPES: Final = str.maketrans({character: f"\\{character}" for character in '\\"$?'})


class UnsafeValue(TemplateError):
    """A value cannot stand in a command; the snippet becomes a text for a person."""


class Foreign:
    """A text that was read from a device. It can be compared, but enters a snippet only through a quoting filter."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def __eq__(self, other: object) -> bool:
        return self._text == (other._text if isinstance(other, Foreign) else other)

    def __hash__(self) -> int:
        return hash(self._text)

    def __bool__(self) -> bool:
        return bool(self._text)

    def __str__(self) -> str:
        raise TemplateError(_("A template prints a text of the device without a quoting filter."))

    __repr__ = __str__

    def startswith(self, beginning: str) -> bool:
        """Tell whether the text starts so."""
        return self._text.startswith(beginning)

    def endswith(self, end: str) -> bool:
        """Tell whether the text ends so."""
        return self._text.endswith(end)


def text_of(value: object) -> str:
    """Return the text of a value: for the filters, not for templates."""
    return value._text if isinstance(value, Foreign) else str(value)  # noqa: SLF001 - the only way out


def _checked(value: object) -> str:
    text = text_of(value)
    marked = any(mark in text for mark in (*_TEMPLATE_SYNTAX, _MASKED))
    if marked or not text.isprintable() or len(text) > _LONGEST:
        raise UnsafeValue(
            _("The value {value} cannot be entered safely.").format(value=words(value)),
            advice=_("Enter it by hand."),
        )
    return text


def _refuse(value: object) -> UnsafeValue:
    return UnsafeValue(
        _("The value {value} cannot be quoted for this console.").format(value=words(value)),
        advice=_("Enter it by hand."),
    )


def posix_shell(value: object) -> str:
    """Quote for a POSIX shell; a value that starts like an option is refused.

    Examples:
        >>> print(posix_shell("a; reboot"))
        'a; reboot'
    """
    text = _checked(value)
    if text.startswith("-"):
        raise _refuse(value)
    return shlex.quote(text)


def shell_words(value: object) -> list[str]:
    """Split a line as a POSIX shell would and quote each of its words again."""
    text = _checked(value)
    try:
        return [shlex.quote(word) for word in shlex.split(text)]
    except ValueError as error:
        raise _refuse(value) from error


def menu(value: object) -> str:
    r"""Quote for a menu console; other letters than ASCII are refused, for their encoding is not known.

    Examples:
        >>> print(menu('say "$hi?"'))
        "say \"\$hi\?\""
    """
    text = _checked(value)
    if not text.isascii():
        raise _refuse(value)
    return f'"{text.translate(_MENU_ESCAPES)}"'


def double_quotes(value: object) -> str:
    """Quote for consoles whose quotes know no escapes: what could end or expand them is refused."""
    text = _checked(value)
    if not text.isascii() or any(character in text for character in '"\\?$`!'):
        raise _refuse(value)
    return f'"{text}"'


def bare(value: object) -> str:
    """Let a plain word pass; these consoles know no quotes."""
    text = _checked(value)
    if not _BARE_WORD.fullmatch(text):
        raise _refuse(value)
    return text


def number(value: object) -> str:
    """Let a whole number pass, such as the one that a rule goes by; anything else is refused."""
    text = _checked(value)
    if not (text.isascii() and text.isdigit()):
        raise _refuse(value)
    return text


QUOTING: Final[dict[str, Callable[[object], str]]] = {
    "posix_shell": posix_shell,
    "menu": menu,
    "double_quotes": double_quotes,
    "none": bare,
}


def words(value: object) -> str:
    """Return a device's text for a sentence: one line, no control characters, not too long."""
    text = "".join(character if character.isprintable() else "?" for character in text_of(value))
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."
