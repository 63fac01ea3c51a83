"""What a person reads is marked for the catalogue, and marked in a way that the catalogue can use."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator

import pytest
from catalogue import ROOT

from auditor.model import errors

SOURCES = sorted((ROOT / "auditor").rglob("*.py"))
ERRORS = {
    name
    for name, value in vars(errors).items()
    if inspect.isclass(value) and issubclass(value, errors.AuditorError)
}
# What else speaks to people: the class, and its arguments that hold prose.
SPEAKING = {
    **{name: {"message", "advice"} for name in ERRORS},
    "Missing": {"what", "why"},
    "Finding": {"title", "detail", "expected", "actual"},
    "Problem": {"title", "detail", "expected", "actual"},
    "Note": {"title", "detail", "expected", "actual"},
    "Snippet": {"title", "risk"},
    "Promotion": {"reason"},
    "rule": {"references", "matters"},
}
MARKS = {"_", "N_", "ngettext"}


def called(node: ast.Call) -> str:
    function = node.func
    return function.id if isinstance(function, ast.Name) else getattr(function, "attr", "")


def calls(tree: ast.AST) -> Iterator[ast.Call]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.Call))


def literal(call: ast.Call) -> bool:
    return any(isinstance(text, ast.Constant) for text in call.args)


def formatted(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and called(node) == "format"


def unusable(tree: ast.AST) -> Iterator[int]:
    """Yield the lines where a marked text is put together before it is looked up, or stands where it is not found."""
    for made in ast.walk(tree):
        if isinstance(made, ast.JoinedStr):  # the catalogue's tool does not look into f-strings
            yield from (call.lineno for call in calls(made) if called(call) in MARKS and literal(call))
    for call in calls(tree):
        if isinstance(call.func, ast.Name) and call.func.id in MARKS:
            texts = call.args[:2] if call.func.id == "ngettext" else call.args
            for text in texts:
                if isinstance(text, ast.JoinedStr | ast.BinOp) or formatted(text):
                    yield text.lineno


def words(node: ast.expr) -> bool:
    """Tell whether an expression puts words of its own before a person: letters in a literal that is not marked."""
    if isinstance(node, ast.Call):
        inner = node.func.value if isinstance(node.func, ast.Attribute) else None
        return isinstance(inner, ast.expr) and not isinstance(inner, ast.Name) and words(inner)
    if isinstance(node, ast.Constant):
        return isinstance(node.value, str) and any(char.isalpha() for char in node.value)
    if isinstance(node, ast.JoinedStr):
        return any(words(part) for part in node.values if isinstance(part, ast.Constant))
    if isinstance(node, ast.Tuple):
        return any(words(part) for part in node.elts)
    if isinstance(node, ast.BinOp | ast.BoolOp | ast.IfExp):
        parts = (
            [node.left, node.right]
            if isinstance(node, ast.BinOp)
            else node.values
            if isinstance(node, ast.BoolOp)
            else [node.body, node.orelse]
        )
        return any(words(part) for part in parts)
    return False


def unmarked(tree: ast.AST) -> Iterator[int]:
    """Yield the lines where something that speaks to people is given words that are not marked."""
    for call in calls(tree):
        prose = SPEAKING.get(called(call))
        if prose is None:
            continue
        given = [word.value for word in call.keywords if word.arg in prose]
        if called(call) in ERRORS:
            given += call.args
        yield from (text.lineno for text in given if words(text))


@pytest.mark.parametrize("check", [unusable, unmarked])
def test_no_text_goes_past_the_catalogue(check: object) -> None:
    assert callable(check)
    found = [
        f"{path.relative_to(ROOT)}:{line}"
        for path in SOURCES
        for line in check(ast.parse(path.read_text(encoding="utf-8")))
    ]
    assert found == []


@pytest.mark.parametrize(
    ("check", "source"),
    [
        (unusable, "_(f'{host} is gone')"),
        (unusable, """f'{why} {_("It is gone")}'"""),
        (unusable, "_('{host} is gone'.format(host=host))"),
        (unusable, "ngettext('one ' + x, 'many', n)"),
        (unmarked, "raise HostUnreachable('no route')"),
        (unmarked, "UsageError(_('wrong'), advice='Try again.')"),
        (unmarked, "UsageError(f'{host} is gone')"),
        (unmarked, "UsageError('{host} is gone'.format(host=host))"),
        (unmarked, "errors.UsageError(_('a') + ' and more')"),
        (unmarked, "Missing(what='port', why=why)"),
        (unmarked, "rule('NAT001', references=(N_('RFC 1'), 'measured'))"),
        (unmarked, "Missing(what=name, why=answer.why or 'not shown')"),
    ],
)
def test_the_search_finds_what_it_is_for(check: object, source: str) -> None:
    assert callable(check)
    assert list(check(ast.parse(source))) == [1]


@pytest.mark.parametrize(
    "source",
    [
        "_(case.reason)",
        "_(WORDS.get(word, word))",
        "ngettext('{n} router', '{n} routers', len(found))",
        "UsageError(_('{host} is gone').format(host=f'x{host}'), advice=advice)",
        "Missing(what=name, why=f'{why}; {_(spec.why)}')",
        "Finding(title=_('a'), detail=sentences('x', y), rule='NAT001')",
    ],
)
def test_the_search_leaves_the_rest_alone(source: str) -> None:
    assert [*unusable(ast.parse(source)), *unmarked(ast.parse(source))] == []
