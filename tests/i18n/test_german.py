"""A German reader meets no English: whole reports, made by the real stages from texts of devices."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import catalogue
import jsonschema
import pytest
from catalogue import ROOT

from auditor.collect.pasted import documents_of
from auditor.extract.facts import extract
from auditor.model.audit import Audit, AuditOptions, Scenario
from auditor.model.capture import Capture, Source, SourceKind, Target
from auditor.model.text import LANGUAGES, language_of_environment, use_language
from auditor.profiles.loading import load_profile
from auditor.remediate.engine import remediate
from auditor.report.json_report import to_json
from auditor.report.schema import schema
from auditor.report.snippet_text import files, notes
from auditor.report.text import render
from auditor.rules.engine import check

CASES = sorted((ROOT / "tests" / "devices").glob("*/*/input.txt"))
OPTIONS = (
    AuditOptions(),
    AuditOptions(
        scenario=Scenario.ONPREM,
        features=("home-office", "sip-trunk-static", "mobile-app"),
        pbx="192.0.2.10",
        sources=("198.51.100.0/24",),
    ),
)
# Shorter texts, such as "on" or "nothing", are words of devices, too.
SHORTEST = 15


@pytest.fixture(autouse=True)
def _german() -> Iterator[None]:
    use_language("de")
    yield
    use_language("en")


def english() -> tuple[str, ...]:
    """Return the texts without placeholders that read otherwise in German."""
    pairs = (
        (message.id, message.string)
        for message in catalogue.messages(catalogue.read(catalogue.po_file("de"), "de"))
    )
    return tuple(
        text
        for text, german in pairs
        if isinstance(text, str) and text not in str(german) and "{" not in text and len(text) >= SHORTEST
    )


def audited(path: Path, options: AuditOptions) -> Audit:
    profile = load_profile(path.parent.parent.name, None)
    capture = Capture(
        target=Target(),
        vendor=profile.slug,
        source=Source(kind=SourceKind.FILE, name=path.name),
        documents=documents_of(path.read_text(encoding="utf-8"), path.name, profile, None),
    )
    facts = extract(capture, profile)
    findings, snippets = remediate(check(facts, options), facts, profile, options)
    return Audit(
        target=capture.target,
        vendor=profile.slug,
        source=capture.source,
        options=options,
        facts=facts,
        findings=findings,
        remediation=snippets,
    )


@pytest.mark.parametrize("options", OPTIONS, ids=lambda options: options.scenario.value)
@pytest.mark.parametrize("path", CASES, ids=lambda path: f"{path.parent.parent.name}-{path.parent.name}")
def test_a_report_is_german_throughout_and_valid(path: Path, options: AuditOptions) -> None:
    made = audited(path, options)
    device = path.read_text(encoding="utf-8")
    jsonschema.Draft202012Validator(schema()).validate(json.loads(to_json(made)))
    texts = (render(made, width=10_000, colour=False), to_json(made), notes(made), *files(made).values())
    foreign = {text for text in english() if text not in device for shown in texts if text in shown}
    assert foreign == set()


def test_the_first_line_in_german() -> None:
    case = ROOT / "tests" / "devices" / "mikrotik_routeros" / "v7_session" / "input.txt"
    text = render(audited(case, AuditOptions()), width=80, colour=False)
    assert text.startswith("NICHT BESTANDEN: Timer zu kurz \N{EN DASH} SIP-ALG an")
    assert max(len(line) for line in text.split("\n") if not line.lstrip().startswith("/")) <= 80


def test_the_search_for_english_can_find_some() -> None:
    case = ROOT / "tests" / "devices" / "mikrotik_routeros" / "v7_session" / "input.txt"
    use_language("en")
    shown = render(audited(case, AuditOptions()), width=10_000, colour=False)
    assert sum(text in shown for text in english()) > 5


@pytest.mark.parametrize(
    ("environment", "language"),
    [
        ({"LANG": "de_DE.UTF-8"}, "de"),
        ({"LANG": "de_DE.UTF-8", "LC_ALL": "C"}, "en"),
        ({"LANGUAGE": "de:en", "LANG": "en_GB.UTF-8"}, "de"),
        ({"LANG": "fr_FR.UTF-8"}, "en"),
        ({}, "en"),
    ],
)
def test_the_locale_chooses_the_language(
    environment: dict[str, str], language: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert language_of_environment() == language


def test_every_language_offered_has_its_catalogue() -> None:
    assert set(LANGUAGES) == {"en", *catalogue.LANGUAGES}
