"""Snippets for nested blocks, merged into the config by another library that knows the system, and read again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hier_config import HConfig, HConfigChild, Platform, get_hconfig

from auditor.collect.pasted import documents_of
from auditor.model.audit import Audit, AuditOptions, Snippet, SnippetKind, Status
from auditor.model.capture import Capture, Source, SourceKind, Target
from auditor.pipeline import Vendors, audit
from auditor.profiles.loading import load_profile

CASES = Path(__file__).resolve().parent.parent / "devices" / "fortinet"
PROFILE = load_profile("fortinet")


def audited(text: str) -> Audit:
    documents = documents_of(text, "x", PROFILE)
    source = Source(kind=SourceKind.FILE, name="x")
    capture = Capture(target=Target(), vendor="fortinet", source=source, documents=documents)
    return audit(capture, AuditOptions(), Vendors())


def tree(text: str) -> HConfig:
    statements = (line for line in text.split("\n") if not line.startswith(("#", "diagnose ")))
    return get_hconfig(Platform.FORTINET_FORTIOS, "\n".join(statements))


def entered(config: HConfig, snippet: str) -> HConfig:
    """Return what the library expects after the snippet; what `delete` and `unset` mean it leaves to us."""
    after = config.future(tree(snippet))
    for child in list(after.all_children()):
        verb, _, name = child.text.partition(" ")
        if verb == "delete":
            child.parent.children.delete(f"edit {name}")
        if verb == "unset":
            _drop(child.parent, f"set {name} ")
        if verb in {"delete", "unset"}:
            child.parent.children.delete(child.text)
    return after


def _drop(parent: HConfig | HConfigChild, start: str) -> None:
    for child in list(parent.children):
        if child.text.startswith(start):
            parent.children.delete(child.text)


def printed(header: str, config: HConfig) -> str:
    """Return a config as the device prints it; the other library leaves the header out."""
    return "\n".join([header, *_lines(config), ""])


def _lines(parent: HConfig | HConfigChild, depth: int = 0) -> Iterator[str]:
    ends = {"config": "end", "edit": "next"}
    for child in parent.children:
        word = child.text.partition(" ")[0]
        if word in {"end", "next"}:
            continue
        yield " " * 4 * depth + child.text
        yield from _lines(child, depth + 1)
        if word in ends:
            yield " " * 4 * depth + ends[word]


def commands(found: Audit) -> list[Snippet]:
    return [snippet for snippet in found.remediation if snippet.kind is SnippetKind.COMMAND]


@pytest.mark.parametrize("name", ["lowered_and_forwards", "service_in_a_group"])
def test_another_library_comes_to_the_same_config(name: str) -> None:
    text = (CASES / name / "input.txt").read_text(encoding="utf-8")
    first = audited(text)
    header, config = text.split("\n", 1)[0], tree(text)
    for snippet in commands(first):
        config = entered(config, snippet.change)
    repaired = audited(printed(header, config))
    failed = {finding.rule for finding in repaired.findings if finding.status is Status.FAIL}
    assert commands(first)
    assert not failed & {snippet.rule for snippet in commands(first)}
    for snippet in reversed(commands(first)):
        config = entered(config, snippet.rollback)
    restored = audited(printed(header, config))
    assert [(t.name, t.seconds, t.scope) for t in restored.facts.udp_timers] == [
        (t.name, t.seconds, t.scope) for t in first.facts.udp_timers
    ]
    assert restored.facts.sip_alg.state is first.facts.sip_alg.state
    assert {(f.rule, f.status) for f in restored.findings} == {(f.rule, f.status) for f in first.findings}
