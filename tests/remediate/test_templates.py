"""Templates of vendors: their contract, what happens when they are wrong, and what they cannot reach."""

from __future__ import annotations

from pathlib import Path

import pytest
from remedy_cases import MENU, facts_of, failing, repaired, short

from auditor.model import text
from auditor.model.audit import AuditOptions, RaiseUdpTimers, Snippet, SnippetKind, Status
from auditor.model.errors import TemplateError
from auditor.profiles.loading import load_profiles
from auditor.profiles.schema import Profile, Remedies
from auditor.remediate.engine import remediate
from auditor.remediate.environment import Macros

_REMEDIES = ("raise_udp_timers", "disable_sip_alg", "add_port_forward", "remove_port_forward")
_PRINT = """               enabled: auto
           udp-timeout: 10s
    udp-stream-timeout: 3m
"""
_HELPER = (
    'Flags: X - disabled, I - invalid\n 4   name="sip" ports=5060,5061 sip-direct-media=yes sip-timeout=1h\n'
)
_FACTS = facts_of(MENU, tracking=_PRINT, service_port=_HELPER)


def _written(folder: Path, template: str) -> Path:
    (folder / f"{MENU.slug}.j2").write_text(template, encoding="utf-8")
    return folder


def _raised(folder: Path, template: str, profile: Profile = MENU) -> Snippet:
    finding = failing(RaiseUdpTimers(timers=short(_FACTS), seconds=180))
    findings, snippets = remediate(
        (finding,), _FACTS, profile, AuditOptions(), vendor_dir=_written(folder, template)
    )
    assert findings[0].fix == 0
    return snippets[0]


_ROLLBACK = "{% macro raise_udp_timers_rollback(timers) %}back{% endmacro %}\n"


@pytest.mark.parametrize("profile", load_profiles(), ids=lambda profile: str(profile.slug))
def test_every_vendor_repairs_by_macro_or_says_why_not(profile: Profile) -> None:
    macros = Macros(profile, {"variables": {}, "current": {}, "forwards": (), "wan_addresses": ()})
    for remedy in _REMEDIES:
        if macros.has(f"{remedy}_change"):
            for part in ("rollback", "verify", "risk"):
                assert macros.has(f"{remedy}_{part}")


def test_template_beside_the_profile_of_a_vendor_folder_comes_first(tmp_path: Path) -> None:
    template = (
        "{% macro raise_udp_timers_change(timers) %}\n"
        "{% for t in timers %}{{ t.name }}: {{ t.found }} > {{ t.target }}{% endfor %}\n"
        "{% endmacro %}\n"
    )
    snippet = _raised(tmp_path, template + _ROLLBACK)
    assert (snippet.kind, snippet.change) == (SnippetKind.COMMAND, "udp-timeout: 10 > 180")


@pytest.mark.parametrize(
    ("body", "line", "reason"),
    [
        ("\n{{ timers[0].nmae }}", 2, "nmae"),
        ("\n\n{{ nonsense }}", 3, "nonsense"),
        ("{% if %}", 1, "xpected"),
        ("\n{{ ''.__class__.__mro__ }}", 2, "unsafe"),
        ("\n{{ timers.__class__ }}", 2, "unsafe"),
        ("\n{{ _.__globals__ }}", 2, "unsafe"),
        ("\n{% include '../../pyproject.toml' %}", 2, "pyproject"),
        ("\n{% include '/etc/passwd' %}", 2, "passwd"),
        ("\n{{ 1 / 0 }}", 2, "zero"),
    ],
)
def test_wrong_template_is_named_with_file_and_line(
    tmp_path: Path, body: str, line: int, reason: str
) -> None:
    template = "{% macro raise_udp_timers_change(timers) %}" + body + "{% endmacro %}\n" + _ROLLBACK
    with pytest.raises(TemplateError) as caught:
        _raised(tmp_path, template)
    message = caught.value.message
    assert message.startswith(f"{tmp_path / f'{MENU.slug}.j2'}: line {line}: ")
    assert reason in message
    assert "\n" not in message


def test_unquoted_text_of_the_device_is_an_error_of_the_template(tmp_path: Path) -> None:
    template = "{% macro raise_udp_timers_change(timers) %}{{ timers[0].scope }}{% endmacro %}\n"
    with pytest.raises(TemplateError, match="quoting filter"):
        _raised(tmp_path, template + _ROLLBACK)


def test_values_cannot_be_changed_by_a_template(tmp_path: Path) -> None:
    template = "{% macro raise_udp_timers_change(timers) %}{{ current.clear() }}{% endmacro %}\n" + _ROLLBACK
    with pytest.raises(TemplateError, match="unsafe"):
        _raised(tmp_path, template)


def test_without_a_macro_a_person_reads_what_to_set(tmp_path: Path) -> None:
    snippet = _raised(tmp_path, "{# nothing #}")
    assert snippet.kind is SnippetKind.MANUAL
    assert "udp-timeout to 180 s (now 10 s)" in snippet.change
    assert "back to 10 s" in snippet.rollback


def test_template_may_leave_a_remedy_to_a_person(tmp_path: Path) -> None:
    template = "{% macro raise_udp_timers_change(timers) %}{{ manual(_('Menu X.')) }}{% endmacro %}\n"
    snippet = _raised(tmp_path, template + _ROLLBACK)
    assert snippet.kind is SnippetKind.MANUAL
    assert snippet.change.endswith("\nMenu X.")


def _with(remedies: Remedies) -> Profile:
    return MENU.model_copy(update={"remedies": remedies})


def test_profile_may_leave_a_remedy_to_a_person() -> None:
    profile = _with(MENU.remedies.model_copy(update={"manual": {"raise_udp_timers": "Ask the provider."}}))
    findings, snippets = repaired(_FACTS, profile)
    assert [snippet.kind for snippet in snippets] == [SnippetKind.MANUAL] * 2
    assert [finding.fix for finding in findings] == [0, 1]
    assert "Ask the provider." in snippets[0].change


def test_helper_is_never_disabled_by_command_where_timers_cannot_be_raised_by_command() -> None:
    profile = _with(MENU.remedies.model_copy(update={"timers": ()}))
    snippet = repaired(_FACTS, profile)[1][-1]
    assert snippet.kind is SnippetKind.MANUAL
    raising, switching = (snippet.change.index(word) for word in ("Set udp-timeout", "Switch off"))
    assert raising < switching


@pytest.mark.parametrize(("limits", "kind"), [((1, 120), SnippetKind.COMMAND), ((1, 60), SnippetKind.MANUAL)])
def test_target_stays_within_what_the_system_takes(limits: tuple[int, int], kind: SnippetKind) -> None:
    profile = _with(MENU.remedies.model_copy(update={"range": limits}))
    finding = failing(RaiseUdpTimers(timers=short(_FACTS), seconds=180))
    snippet = remediate((finding,), _FACTS, profile, AuditOptions())[1][0]
    assert snippet.kind is kind
    assert ("udp-timeout=2m" in snippet.change) is (kind is SnippetKind.COMMAND)


@pytest.mark.parametrize("status", [Status.PASS, Status.UNKNOWN, Status.NOT_APPLICABLE])
def test_only_failing_findings_are_repaired(status: Status) -> None:
    finding = failing(RaiseUdpTimers(timers=short(_FACTS), seconds=180), status=status)
    assert remediate((finding,), _FACTS, MENU, AuditOptions()) == ((finding,), ())


def test_texts_follow_the_language_in_use(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    template = "{% macro raise_udp_timers_change(timers) %}# {{ _('word') }}{% endmacro %}\n" + _ROLLBACK
    monkeypatch.setattr(text, "_", str.upper)
    assert _raised(tmp_path, template).change == "# WORD"
