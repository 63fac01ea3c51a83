"""Snippets as text: alone for the device, and with all that a person has to know before entering them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from auditor.model.audit import Audit, Snippet, SnippetKind
from auditor.model.text import _, ngettext
from auditor.report.headline import headline, verdict_word
from auditor.report.paper import Ink, Paper
from auditor.report.plain import visible

_WIDTH = 80
_OF_A_SNIPPET = re.compile(r"\d{2,}-[A-Za-z0-9_-]+-(?:change|verify|rollback|manual)\.txt")
_STEP = "  "


def render(audit: Audit) -> str:
    """Return what can be entered on the device as it stands: the change of every command snippet, in order."""
    return "".join(_lines(snippet.change) for snippet in audit.remediation if _is_command(snippet))


def notes(audit: Audit) -> str:
    """Return what belongs beside it: side effects, rollback and check, and what a person has to do by hand."""
    paper = Paper(width=_WIDTH)
    paper.prose(headline(audit), start=f"{verdict_word(audit)}: ")
    if not audit.remediation:
        paper.prose(_("There is nothing to change by a snippet."))
    write_snippets(paper, audit, with_changes=False)
    return str(paper)


def files(audit: Audit) -> dict[str, str]:
    """Return the files for a folder by name: change, rollback and check of each command, and README.txt on all."""
    paper = Paper(width=_WIDTH)
    paper.prose(headline(audit), start=f"{verdict_word(audit)}: ")
    paper.prose(visible(audit.target.host or audit.source.name) + f", {audit.vendor}")
    count = len(audit.remediation)
    many = ngettext("{count} snippet.", "{count} snippets, to be done in this order.", count)
    paper.prose(many.format(count=count) if count else _("There is nothing to change by a snippet."))
    contents: dict[str, str] = {}
    for number, snippet in enumerate(audit.remediation, start=1):
        contents |= dict(_files_of(number, snippet))
    write_snippets(paper, audit)
    return {**contents, "README.txt": str(paper)}


def is_of_a_snippet(name: str) -> bool:
    """Tell whether a file of this name was written for an earlier audit, so that it must not stay beside a new one."""
    return bool(_OF_A_SNIPPET.fullmatch(name))


def write_snippets(paper: Paper, audit: Audit, *, with_changes: bool = True) -> None:
    """Write every snippet. Commands stand flush left and unwrapped between free lines; `with_changes` tells whether the change of a command snippet is written too."""
    total = len(audit.remediation)
    for number, snippet in enumerate(audit.remediation, start=1):
        paper.gap()
        start = _("Snippet {number} of {total} ({rule}): ").format(
            number=number, total=total, rule=snippet.rule
        )
        paper.prose(snippet.title, start=start, indent=_STEP, ink=Ink.STRONG)
        if snippet.risk:
            paper.gap()
            paper.prose(_("Before you enter it:") if _is_command(snippet) else _("Before you do it:"))
            for line in snippet.risk.split("\n"):
                paper.prose(line, start=f"{_STEP}- ")
        if _is_command(snippet):
            _write_command(paper, snippet, with_changes=with_changes)
        else:
            _write_manual(paper, snippet)


def _write_command(paper: Paper, snippet: Snippet, *, with_changes: bool) -> None:
    if with_changes:
        _write_block(paper, _("Change, to be entered as it stands:"), snippet.change)
    _write_block(paper, _("Check afterwards with:"), snippet.verify)
    _write_block(paper, _("Take it back with:"), snippet.rollback)


def _write_manual(paper: Paper, snippet: Snippet) -> None:
    for title, text in ((_("Do this by hand:"), snippet.change), (_("To take it back:"), snippet.rollback)):
        if text:
            paper.gap()
            paper.prose(title)
            for line in text.split("\n"):
                paper.prose(line, start=_STEP)
    _write_block(paper, _("Check afterwards with:"), snippet.verify)


def _write_block(paper: Paper, title: str, text: str) -> None:
    if text:
        paper.gap()
        paper.prose(title)
        paper.block(text)


def _files_of(number: int, snippet: Snippet) -> Iterator[tuple[str, str]]:
    stem = f"{number:02}-{re.sub(r'[^A-Za-z0-9_-]', '_', snippet.rule)}"
    if not _is_command(snippet):
        yield f"{stem}-manual.txt", _lines(snippet.change)
        return
    for part, text in (
        ("change", snippet.change),
        ("verify", snippet.verify),
        ("rollback", snippet.rollback),
    ):
        if text:
            yield f"{stem}-{part}.txt", _lines(text)


def _is_command(snippet: Snippet) -> bool:
    return snippet.kind is SnippetKind.COMMAND


def _lines(text: str) -> str:
    return "".join(f"{visible(line, keep=chr(9))}\n" for line in text.rstrip("\n").split("\n"))
