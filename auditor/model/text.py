"""Language of everything that a person reads: English in the source, German from the catalogue."""

from __future__ import annotations

import gettext
import os
from pathlib import Path

LANGUAGES = ("en", "de")
_LOCALE = Path(__file__).resolve().parent.parent / "locale"
_current: gettext.NullTranslations = gettext.NullTranslations()


def language_of_environment() -> str:
    """Return the language that the user's locale asks for, `en` where it names none of ours."""
    for name in ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"):
        value = os.environ.get(name, "")
        for choice in value.split(":"):
            if choice:
                code = choice.split("_")[0].split(".")[0].lower()
                return code if code in LANGUAGES else "en"
    return "en"


def use_language(code: str) -> None:
    """Make every text that follows appear in this language, one of `LANGUAGES`."""
    global _current  # noqa: PLW0603 - one process speaks one language
    _current = (
        gettext.NullTranslations()
        if code == "en"
        else gettext.translation("auditor", localedir=_LOCALE, languages=[code])
    )


def _(message: str) -> str:
    """Return the message in the language in use."""
    return _current.gettext(message) if message else ""


def ngettext(one: str, many: str, count: int) -> str:
    """Return the singular or plural message in the language in use."""
    return _current.ngettext(one, many, count)


def N_(message: str) -> str:  # noqa: N802 - gettext's own name for it
    """Mark a message for the catalogue; it is translated later, with `_`, where it is shown."""
    return message
