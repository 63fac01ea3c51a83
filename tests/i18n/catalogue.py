"""The catalogue of texts: `python tests/i18n/catalogue.py update` after a text has changed.

It collects every text from Python, vendor profiles, requirements and templates into `auditor/locale/auditor.pot`,
brings each language's `auditor.po` up to date (what is new stands there untranslated, what is gone is dropped) and
compiles it to `auditor.mo`. `python tests/i18n/catalogue.py missing` lists what is not translated yet.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO

import yaml
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from jinja2.ext import babel_extract

ROOT = Path(__file__).resolve().parents[2]
LOCALE = ROOT / "auditor" / "locale"
TEMPLATE = LOCALE / "auditor.pot"
LANGUAGES = ("de",)
_KEYWORDS: dict[str, tuple[int, ...] | None] = {"_": None, "N_": None, "ngettext": (1, 2)}
# Where people's texts stand in data; `*` is every key or item.
_IN_PROFILES = (
    "vendor.language",
    "vendor.versions",
    "vendor.notes.*",
    "facts.blockers.*.why",
    "facts.nat.role.*.why",
    "facts.promotion.*.reason",
    "facts.sip_alg.*.cases.*.why",
    "facts.nat.source_port.*.why",
    "facts.udp_timers.*.no_default",
    "remedies.manual.*",
)
_IN_REQUIREMENTS = ("ports.*.purpose", "rows.*.title")
# The date says nothing that the history does not; a fixed one keeps the files the same.
_DATE = datetime(2026, 1, 1, tzinfo=UTC)

Text = str | tuple[str, ...]


def texts() -> Iterator[tuple[Text, str]]:
    """Yield every text that a person may read (a pair where it has a plural) and the file that it stands in."""
    for path in sorted((ROOT / "auditor").rglob("*.py")):
        yield from in_python(path)
    for path in sorted((ROOT / "templates").rglob("*.j2")):
        yield from _in_template(path)
    for path in sorted((ROOT / "vendor_profiles").glob("*.yaml")):
        yield from _in_data(path, _IN_PROFILES)
    yield from _in_data(ROOT / "auditor" / "rules" / "starface.yaml", _IN_REQUIREMENTS)


def in_python(path: Path) -> Iterator[tuple[Text, str]]:
    """Yield the marked texts of a module, those inside f-strings too, which tokens do not show in every Python."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
            continue
        words = [a.value for a in node.args if isinstance(a, ast.Constant) and isinstance(a.value, str)]
        if node.func.id in {"_", "N_"} and words:
            yield words[0], _name(path)
        elif node.func.id == "ngettext":
            yield (words[0], words[1]), _name(path)


def _in_template(path: Path) -> Iterator[tuple[Text, str]]:
    method: Any = babel_extract
    with path.open("rb") as file:
        for found in extract(method, file, keywords=_KEYWORDS, options={"encoding": "utf-8"}):
            yield found[1], _name(path)


def _in_data(path: Path, places: tuple[str, ...]) -> Iterator[tuple[Text, str]]:
    data = yaml.safe_load(path.read_text(encoding="utf-8"))
    for place in places:
        for text in _at(data, place.split(".")):
            yield text, _name(path)


def _at(data: Any, place: list[str]) -> Iterator[str]:
    if not place:
        if isinstance(data, str) and data:
            yield data
        return
    step, *rest = place
    if step != "*":
        children = [data.get(step)] if isinstance(data, dict) else []
    elif isinstance(data, dict):
        children = list(data.values())
    else:
        children = data if isinstance(data, list) else [data]
    for child in children:
        yield from _at(child, rest)


def _name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def template() -> Catalog:
    """Return the catalogue of all texts, untranslated."""
    catalogue = _empty(None)
    for text, name in texts():
        catalogue.add(text, locations=[(name, 0)])
    return catalogue


def _empty(language: str | None) -> Catalog:
    return Catalog(
        locale=language,
        project="auditor",
        version="1",
        header_comment="# Texts of auditor.",
        creation_date=_DATE,
        revision_date=_DATE,
        last_translator="auditor",
        language_team="auditor",
        msgid_bugs_address="auditor",
        fuzzy=False,
    )


def po_file(language: str) -> Path:
    """Return where a language's translations stand."""
    return LOCALE / language / "LC_MESSAGES" / "auditor.po"


def read(path: Path, language: str | None) -> Catalog:
    """Return a catalogue as it stands in its file."""
    with path.open("rb") as file:
        return read_po(file, locale=language)


def messages(catalogue: Catalog) -> tuple[Message, ...]:
    """Return the messages without the header."""
    return tuple(message for message in catalogue if message.id)


def forms(message: Message) -> tuple[str, ...]:
    """Return the translation, or its singular and plural forms; empty texts where there is none."""
    string = message.string or ""
    return (string,) if isinstance(string, str) else tuple(string)


def translated(message: Message) -> bool:
    """Tell whether every form of the message has its translation."""
    return all(forms(message))


def merged(language: str) -> Catalog:
    """Return every text with the translation that it has so far."""
    catalogue, path = _empty(language), po_file(language)
    known = {message.id: message.string for message in read(path, language)} if path.exists() else {}
    for message in messages(template()):
        catalogue.add(message.id, known.get(message.id), locations=message.locations)
    return catalogue


def update() -> None:
    """Write template, translations and compiled translations."""
    LOCALE.mkdir(exist_ok=True)
    with TEMPLATE.open("wb") as file:
        _write(file, template())
    for language in LANGUAGES:
        catalogue, path = merged(language), po_file(language)
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as file:
            _write(file, catalogue)
        with path.with_suffix(".mo").open("wb") as file:
            write_mo(file, catalogue)


def _write(file: BinaryIO, catalogue: Catalog) -> None:
    write_po(file, catalogue, width=120, include_lineno=False, sort_output=True)


def main(arguments: list[str]) -> int:
    """Update, or list what is missing; a non-zero code where something is."""
    if arguments == ["update"]:
        update()
    elif arguments != ["missing"]:
        print(__doc__)
        return 2
    gaps = [
        message for language in LANGUAGES for message in messages(merged(language)) if not translated(message)
    ]
    for message in gaps:
        print(message.id)
    return 1 if gaps else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
