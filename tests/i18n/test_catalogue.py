"""Every text reaches its reader in his language: nothing untranslated, nothing lost, nothing past the catalogue."""

from __future__ import annotations

import gettext
import re
import string
from collections import Counter
from pathlib import Path

import catalogue
import pytest
from babel.messages.catalog import Message

LANGUAGES = pytest.mark.parametrize("language", catalogue.LANGUAGES)
STALE = "run: python tests/i18n/catalogue.py update"


def po(language: str) -> tuple[Message, ...]:
    return catalogue.messages(catalogue.read(catalogue.po_file(language), language))


def done(language: str) -> tuple[Message, ...]:
    return tuple(message for message in po(language) if catalogue.translated(message))


def pairs(language: str) -> list[tuple[str, str]]:
    """Return each form of each message with its translation; plural forms beside the plural."""
    found: list[tuple[str, str]] = []
    for message in done(language):
        ids = (message.id,) if isinstance(message.id, str) else tuple(message.id)
        found.extend(zip(ids, catalogue.forms(message), strict=True))
    return found


def test_the_template_holds_every_text() -> None:
    stored = catalogue.messages(catalogue.read(catalogue.TEMPLATE, None))
    current = catalogue.messages(catalogue.template())
    assert {message.id for message in stored} == {message.id for message in current}, STALE


@LANGUAGES
def test_every_text_is_translated(language: str) -> None:
    assert {message.id for message in po(language)} == {
        message.id for message in catalogue.messages(catalogue.template())
    }, STALE
    assert [message.id for message in po(language) if not catalogue.translated(message)] == []
    assert [message.id for message in po(language) if message.fuzzy] == []


def names(text: str) -> Counter[str]:
    return Counter(
        name for _literal, name, _spec, _conversion in string.Formatter().parse(text) if name is not None
    )


def is_format(text: str) -> bool:
    try:
        return bool(names(text))
    except ValueError:
        return False


@LANGUAGES
def test_placeholders_are_the_same(language: str) -> None:
    wrong = [
        (one, other)
        for one, other in pairs(language)
        if is_format(one) and names(one).keys() != names(other).keys()
    ]
    assert wrong == []


@LANGUAGES
def test_what_is_typed_is_the_same(language: str) -> None:
    """Options, quoted commands, variables and addresses are not for translation."""
    typed = re.compile(r"(?<![\w-])--?[a-z][a-z-]*|`[^`]+`|AUDITOR_\w+|https?://\S+|/[a-z]+(?:/[\w.-]+)+")
    wrong = [
        (one, other)
        for one, other in pairs(language)
        if {found.rstrip(".:,;/") for found in typed.findall(one)}
        - {found.rstrip(".:,;/") for found in typed.findall(other)}
    ]
    assert wrong == []


@LANGUAGES
def test_ends_and_lines_are_the_same(language: str) -> None:
    """Texts are put together: a space at an end, a colon, and the number of lines count."""

    def shape(text: str) -> tuple[str, str, int, bool]:
        start, end = text[: len(text) - len(text.lstrip())], text[len(text.rstrip()) :]
        return start, end, text.count("\n"), text.rstrip().endswith(".")

    assert [(one, other) for one, other in pairs(language) if shape(one) != shape(other)] == []


@LANGUAGES
def test_the_compiled_catalogue_is_that_of_the_text_file(language: str) -> None:
    with catalogue.po_file(language).with_suffix(".mo").open("rb") as file:
        compiled = gettext.GNUTranslations(file)
    for message in done(language):
        if isinstance(message.id, str):
            assert (compiled.gettext(message.id),) == catalogue.forms(message), STALE
        else:
            one, many = message.id
            assert tuple(compiled.ngettext(one, many, count) for count in (1, 2)) == catalogue.forms(
                message
            ), STALE


def test_the_tool_finds_texts_everywhere() -> None:
    kinds = {name.split("/")[0] + name[name.rindex(".") :] for _text, name in catalogue.texts()}
    assert kinds == {"auditor.py", "auditor.yaml", "templates.j2", "vendor_profiles.yaml"}


def test_texts_are_found_wherever_python_allows_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    module = tmp_path / "module.py"
    module.write_text(
        "A = N_('late')\nB = f\"{told}\\n{_('To find out: {command}').format(command=x)}\" if y else _('plain')\n"
        "C = ngettext('{n} router', '{n} routers', n)\nD = other('not a text')\n",
        encoding="utf-8",
    )
    monkeypatch.setattr(catalogue, "ROOT", tmp_path)
    found = [text for text, _name in catalogue.in_python(module)]
    assert sorted(map(str, found)) == sorted(
        map(str, ["late", "To find out: {command}", "plain", ("{n} router", "{n} routers")])
    )
