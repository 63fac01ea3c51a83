"""What is read of a device, and what the absence of a statement means in it."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from auditor.profiles.schema.base import Pattern, Patterns, Strict, Texts, Where
from auditor.profiles.schema.picks import Condition


class Placeholder(Strict):
    """A value for a command, from an earlier document of the same session."""

    section: str
    key: str
    where: Where = {}
    each: bool = False


class Completeness(Strict):
    """When the absence of a statement means the default.

    `end` matches the last line of a whole text. `order` names sections in the order in which every export prints
    them: a later one in the text proves that an earlier one was not cut off, if the text is one export (`begin` matches
    its first line) of menus to which both belong. `broken` are marks of a failed export.
    `elsewhere`: a mark in the text (pattern) says that the document of this kind holds more. `always` are sections that
    every whole text begins, if only to say that they are empty: without its beginning nothing is absent from it.
    """

    end: Pattern | None = None
    begin: Pattern | None = None
    order: Texts = ()
    broken: Patterns = ()
    elsewhere: dict[Pattern, str] = {}
    always: Texts = ()


class Twin(Strict):
    """Another document that shows some statements of this one once more, better to read; `mark` is in its text then."""

    document: str
    mark: Pattern


class DocumentKind(Strict):
    """One document: a command's output, or a kind of saved file where `command` is absent.

    `options` goes to the reader as it is. `sections` names what the document holds (`"*"` for all); `absence` says
    what a missing statement means in it. `recognise`: any match in the text tells this document from the vendor's
    others. `typed` are full matches of the other ways in which people ask for it, for pasted sessions. `instead_of`: it is
    run only where that earlier document could not be had. `beside`: without these documents (read, or unknown to the
    device) the absence of a statement in this one proves nothing. `twin`: what the reader marks as shown there, too,
    is read from there. `when`: it is collected only where this holds for the documents before it. `enter` and `leave` are
    navigation around the command, session-local; the value of the placeholder `context` names the part of the device
    (VDOM, VRF) that the document speaks of.
    """

    command: str | None = None
    typed: Patterns = ()
    instead_of: str | None = None
    when: tuple[Condition, ...] = ()
    enter: Texts = ()
    leave: Texts = ()
    context: str | None = None
    beside: Texts = ()
    twin: Twin | None = None
    fill: dict[str, Placeholder] = {}
    privileged: bool = False
    optional: bool = False  # a refusal here is normal and needs no word to the user
    reader: str
    options: dict[str, Any] = {}
    sections: Texts = ("*",)
    absence: Literal["default", "unknown", "none"] = "unknown"
    complete: Completeness = Completeness()
    recognise: Patterns = ()
    timeout: int | None = Field(default=None, ge=1, le=600)
