"""Reads XML configs: each element at a path that the profile names is a record, with its leaves by relative path.

Options:

    root        name of the outermost element; a text without it is read as a part of what stands inside it
    whole_with  an element right below the root that every whole config has; without it a closed text is only a part
    sections    list of what is read, each with
      section   name of the records
      path      elements from below the root, `*` for any: `nat/rule`, `interfaces/*`
      flags     leaves that are read as `yes` or `no`: `0` is no, anything else that is there is yes, also nothing
      negated   flag: leaves whose value it turns round, which gives them a leading `!`
      lower     leaves in small letters
      rename    leaf: another name, so that two forms of one table share their words
      unsaid    leaf: values that say no more than their absence
      same      leaf: another leaf; where both are equal the first says nothing
      line      leaves whose line stands for the record, the first that is there
      values    given to every record

A record's values are the texts of its leaves, blanks at both ends cut off; a leaf without text that is no flag says
nothing and is left out, one that stands there several times gives a line for each. `@element` is the record's own name,
`@uuid` and the like its attributes, `@text` what stands in it where it is a leaf itself. Records of one section come in
the order of the items, then of the text.

Document types, entities, endless depth and texts of absurd length are no part of any config: they are refused. A stray
`&` or control character is taken as the text that it is.
"""

from __future__ import annotations

import re
import xml.sax
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from xml.sax.handler import ContentHandler
from xml.sax.xmlreader import AttributesImpl, Locator

from defusedxml.common import DefusedXmlException
from defusedxml.expatreader import create_parser

from auditor.extract.records import NotUnderstood, Reading, Record
from auditor.model.errors import UnreadableDocument
from auditor.model.text import _

_DEEPEST = 64
_LONGEST = 1_000_000  # characters of one value
_DOCUMENT_TYPE = re.compile(r"<!(?:DOCTYPE|ENTITY)\b")
_DECLARATION = re.compile(r"<\?xml\b[^>]*\?>")
# What an `&` may stand in: comments and raw texts, to be left alone, and the entities that XML knows by itself.
_AMPERSAND = re.compile(
    r"<!\[CDATA\[.*?(?:\]\]>|\Z)|<!--.*?(?:-->|\Z)|&(?!(?:amp|lt|gt|quot|apos|#[0-9]+|#x[0-9A-Fa-f]+);)",
    re.DOTALL,
)
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


@dataclass(frozen=True, slots=True)
class _Item:
    """One entry of `sections`."""

    order: int
    section: str
    path: tuple[str, ...]
    flags: frozenset[str]
    negated: Mapping[str, Sequence[str]]
    lower: Sequence[str]
    rename: Mapping[str, str]
    unsaid: Mapping[str, Sequence[str]]
    same: Mapping[str, str]
    quoted: Sequence[str]
    values: Mapping[str, str]

    def record(self, raw: _Raw) -> Record:
        """Return the record of an element."""
        values = {key: "\n".join(parts) for key, parts in raw.leaves.items()}
        for flag in self.flags & set(values):
            values[flag] = "no" if values[flag].split("\n")[0] == "0" else "yes"
        values = {key: value for key, value in values.items() if value}
        for flag, keys in self.negated.items():
            if values.get(flag) == "yes":
                values |= {key: f"!{values[key]}" for key in keys if key in values}
        values |= {key: values[key].lower() for key in self.lower if key in values}
        values = {
            key: value
            for key, value in values.items()
            if value not in self.unsaid.get(key, ()) and value != values.get(self.same.get(key, ""))
        }
        return Record(
            section=self.section,
            values=dict(self.values)
            | {self.rename.get(key, key): value for key, value in values.items()}
            | raw.attributes,
            line=next((raw.lines[key] for key in self.quoted if key in raw.lines), raw.line),
            lines={self.rename.get(key, key): line for key, line in raw.lines.items()},
        )


@dataclass(slots=True)
class _Raw:
    """An element while it is read."""

    item: _Item
    line: int
    attributes: dict[str, str]
    leaves: dict[str, list[str]] = field(default_factory=dict)
    lines: dict[str, int] = field(default_factory=dict)


@dataclass(slots=True)
class _Node:
    """A step of the wanted paths: what may follow, and what is read here."""

    below: dict[str, _Node] = field(default_factory=dict)
    item: _Item | None = None

    def child(self, name: str) -> _Node | None:
        return self.below.get(name) or self.below.get("*")


def read(text: str, options: Mapping[str, Any]) -> Reading:
    """Return the records of every section. `UnreadableDocument` where the text is an attack and no config."""
    root = str(options["root"])
    items = [_item(order, one) for order, one in enumerate(options["sections"])]
    source, bare = _prepared(text, root)
    parser = create_parser(forbid_dtd=True)
    handler = _Handler(items, root, parser, bare=bare)
    parser.setContentHandler(handler)
    odd: list[NotUnderstood] = []
    try:
        parser.feed(source)
    except DefusedXmlException as error:
        raise _refused(_("it declares a document type or entities")) from error
    except xml.sax.SAXParseException as error:
        # What follows the end is a prompt or a note, unless it is a second config.
        if not handler.ended or source.count(f"</{root}>") > 1:
            line = error.getLineNumber() or 1
            odd = [
                NotUnderstood(section=name, line=line, why=f"XML: {error.getMessage()}")
                for name in dict.fromkeys(item.section for item in items)
            ]
    if handler.open:
        raw = handler.open
        odd.append(NotUnderstood(section=raw.item.section, line=raw.line, why=_("it is cut off")))
    rows = sorted(handler.rows, key=lambda row: row[0])
    return Reading(
        records=tuple(record for _order, record in rows),
        sections=_begun(handler, items, str(options.get("whole_with", ""))),
        not_understood=tuple(odd),
        ended=handler.ended,
    )


def _item(order: int, options: Mapping[str, Any]) -> _Item:
    return _Item(
        order=order,
        section=str(options["section"]),
        path=tuple(str(options["path"]).split("/")),
        flags=frozenset(options.get("flags", ())),
        negated=options.get("negated", {}),
        lower=options.get("lower", ()),
        rename=options.get("rename", {}),
        unsaid=options.get("unsaid", {}),
        same=options.get("same", {}),
        quoted=options.get("line", ()),
        values={str(key): str(value) for key, value in options.get("values", {}).items()},
    )


def _prepared(text: str, root: str) -> tuple[str, bool]:
    """Return what the parser is given, line by line as the text, and whether the outermost element was lacking."""
    start = re.search(rf"<(?:\?xml\b|!DOCTYPE\b|!--|{re.escape(root)}[\s>/])", text)
    whole = re.search(rf"<{re.escape(root)}[\s>/]", text)
    bare = start is None or whole is None
    if bare and _DOCUMENT_TYPE.search(text):
        raise _refused(_("it declares a document type or entities"))
    begin = start.start() if start and not bare else 0
    text = "\n" * text.count("\n", 0, begin) + text[begin:]
    text = _DECLARATION.sub(lambda found: "\n" * found[0].count("\n"), text, count=1)
    if "&" in text:
        text = _AMPERSAND.sub(lambda found: found[0] if found[0][0] == "<" else "&amp;", text)
    text = _FORBIDDEN.sub("\N{REPLACEMENT CHARACTER}", text)
    return (f"<{root}>{text}", True) if bare else (text, False)


def _begun(handler: _Handler, items: Sequence[_Item], whole_with: str) -> tuple[tuple[str, int], ...]:
    """Return where each section begins; in a whole config also those of which nothing is there."""
    begun = list(handler.begun)
    if handler.ended and (not whole_with or whole_with in handler.top):
        begun += [(item.section, 1) for item in items if item.section not in {name for name, _line in begun}]
    return tuple(sorted(begun, key=lambda place: place[1]))


def _refused(why: str) -> UnreadableDocument:
    return UnreadableDocument(
        _("The XML text is refused: {why}.").format(why=why),
        advice=_("Export the config again from the device."),
    )


class _Handler(ContentHandler):
    """Takes the wanted elements out of the parser's events."""

    def __init__(self, items: Sequence[_Item], root: str, place: Locator, *, bare: bool) -> None:
        super().__init__()
        self.rows: list[tuple[int, Record]] = []
        self.begun: list[tuple[str, int]] = []
        self.top: set[str] = set()
        self.open: _Raw | None = None
        self.ended = False
        self._tree = _Node()
        self._started: dict[str, list[str]] = {}
        for item in items:
            node = self._tree
            for name in item.path:
                node = node.below.setdefault(name, _Node())
            node.item = item
            self._started.setdefault(item.path[0], []).append(item.section)
        self._root = root
        self._bare = bare
        self._place = place
        self._nodes: list[_Node | None] = []
        self._names: list[str] = []  # from the record's element down
        self._text: list[str] | None = None
        self._length = 0

    def startElement(self, name: str, attrs: AttributesImpl) -> None:  # noqa: N802 - the library's name
        depth = len(self._nodes)
        if depth > _DEEPEST:
            raise _refused(_("its elements are nested too deeply"))
        if depth == 0:
            self._nodes.append(self._tree if name == self._root else None)
            return
        if depth == 1:
            self._top_element(name)
        if self.open:
            self._nodes.append(None)
            self._names.append(name)
            self._text, self._length = [], 0
            self.open.lines.setdefault("/".join(self._names), self._line())
            return
        above = self._nodes[-1]
        node = above.child(name) if above else None
        self._nodes.append(node)
        if node and node.item:
            own = {"@element": name} | {f"@{key}": str(value) for key, value in attrs.items()}
            self.open = _Raw(node.item, self._line(), own)
            self._text, self._length = [], 0

    def characters(self, content: str) -> None:
        if self._text is not None:
            self._length += len(content)
            if self._length > _LONGEST:
                raise _refused(_("one of its values is longer than any config's"))
            self._text.append(content)

    def endElement(self, name: str) -> None:  # noqa: ARG002, N802 - the library's name
        self._nodes.pop()
        raw = self.open
        if raw is None:
            self.ended = not self._nodes and not self._bare
            return
        text, self._text = self._text, None
        if self._names:
            if text is not None:
                raw.leaves.setdefault("/".join(self._names), []).append("".join(text).strip())
            self._names.pop()
            return
        if text is not None:
            raw.leaves["@text"] = ["".join(text).strip()]
        self.rows.append((raw.item.order, raw.item.record(raw)))
        self.open = None

    def _top_element(self, name: str) -> None:
        self.top.add(name)
        self.begun += [(section, self._line()) for section in self._started.get(name, ())]

    def _line(self) -> int:
        return int(self._place.getLineNumber() or 1)
