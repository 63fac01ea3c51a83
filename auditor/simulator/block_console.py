"""A console of nested blocks: `config … / edit … / set … / next / end`, with or without a config for each VDOM.

What is entered into an object is kept apart until `next` or `end` takes it over; a refused line changes nothing.
"""

from __future__ import annotations

import shlex
import threading
from dataclasses import dataclass
from typing import Any

from auditor.profiles.schema import Strict
from auditor.simulator.block_tree import BadValue, Key, Node, Shape, checked, node_of, printed
from auditor.simulator.console import Reply

_GLOBAL, _DIVIDED = "global", "vdom"
_PLAIN = ""  # the only config of a device that is not divided


class Entry(Strict):
    """One live session: what filters find it by, and its text."""

    vdom: str = _PLAIN
    proto: str
    dport: str
    text: str


class BlockConsoleData(Strict):
    """A block console as data: what `get system status` shows, its words of refusal, blocks and their state.

    `vdoms` are the parts of a divided device, none where it is not; `state` holds values by part (`global`, or the VDOM)
    and block. `texts`: `parse` (with the word), `permission`, `missing` (an object that lacks a value) and `used`.
    """

    status: str
    texts: dict[str, str]
    vdoms: tuple[str, ...] = ()
    blocks: dict[str, Shape]
    state: dict[str, dict[str, dict[str, Any]]]
    sessions: tuple[Entry, ...] = ()


class Refused(Exception):
    """The console refuses the line; `kind` names the text, `word` fills it."""

    def __init__(self, kind: str, word: str = "") -> None:
        super().__init__(kind)
        self.kind = kind
        self.word = word


class BlockDevice:
    """The config of one device."""

    def __init__(self, data: dict[str, Any]) -> None:
        self.data = BlockConsoleData.model_validate(data)
        self.lock = threading.Lock()
        self.sessions = list(self.data.sessions)
        self.parts: dict[str, dict[str, Node]] = {
            part: {
                path: node_of(self.data.state.get(part, {}).get(path, {}), shape)
                for path, shape in self.data.blocks.items()
                if not self.data.vdoms or (shape.place == _GLOBAL) is (part == _GLOBAL)
            }
            for part in ((_GLOBAL, *self.data.vdoms) if self.data.vdoms else (_PLAIN,))
        }

    def open(self, *, user: str, may_write: bool, width: int) -> BlockConsole:
        """Start a session at the top."""
        del user, width
        return BlockConsole(self, may_write=may_write)

    @property
    def name(self) -> str:
        """Return the device's name."""
        part = self.parts[_GLOBAL if self.data.vdoms else _PLAIN]
        return part["system global"].values["hostname"][0]


@dataclass(slots=True)
class _Open:
    """An open block: its path, what it holds, and the object in it that is being edited."""

    path: str
    shape: Shape
    node: Node
    name: str | None = None
    draft: Node | None = None


class BlockConsole:
    """One session: which part of the device it is in, and which blocks are open."""

    def __init__(self, device: BlockDevice, *, may_write: bool) -> None:
        self._device = device
        self._may_write = may_write
        self._part: str | None = None if device.data.vdoms else _PLAIN
        self._choosing = False
        self._open: list[_Open] = []
        self._filter: dict[str, str] = {}

    @property
    def prompt(self) -> str:
        """Return the prompt with the place in brackets."""
        place = self._part or ""
        if self._choosing:
            place = _DIVIDED
        if self._open:
            block = self._open[-1]
            place = block.path.rsplit(" ", maxsplit=1)[-1] if block.name is None else block.name
        sign = "#" if self._may_write else "$"
        return f"{self._device.name} ({place}) {sign} " if place else f"{self._device.name} {sign} "

    def run(self, line: str) -> Reply:
        """Do what a line says, or refuse it."""
        try:
            words = tuple(shlex.split(line, comments=True))
            with self._device.lock:
                return self._command(words) if words else Reply()
        except ValueError:
            return self._refusal(Refused("parse", line.rsplit(maxsplit=1)[-1]))
        except Refused as refusal:
            return self._refusal(refusal)

    def _refusal(self, refusal: Refused) -> Reply:
        return Reply(text=self._device.data.texts[refusal.kind].format(word=refusal.word) + "\n")

    def _command(self, words: tuple[str, ...]) -> Reply:
        if self._open:
            return self._in_block(words)
        return self._choose(words) if self._choosing else self._at_top(words)

    def _at_top(self, words: tuple[str, ...]) -> Reply:
        verb, reply = words[0], Reply()
        if words == ("exit",):
            reply = Reply(leaves=True)
        elif words == ("end",) and self._part:
            self._part = None
        elif words == ("get", "system", "status"):
            reply = Reply(text=self._device.data.status, pages=True)
        elif verb == "show":
            reply = self._show(words[1:])
        elif verb == "config":
            self._enter(words[1:])
        elif words[:3] == ("diagnose", "sys", "session") and self._part != _GLOBAL:
            reply = self._sessions(words[3:])
        else:
            raise Refused("parse", verb)
        return reply

    def _enter(self, words: tuple[str, ...]) -> None:
        path = " ".join(words)
        if self._part is None and path == _GLOBAL:
            self._part = _GLOBAL
        elif self._part is None and path == _DIVIDED:
            self._choosing = True
        else:
            shape, node = self._block(path)
            if not self._may_write:
                raise Refused("permission")
            self._open.append(_Open(path, shape, node))

    def _choose(self, words: tuple[str, ...]) -> Reply:
        if words == ("end",):
            self._choosing = False
        elif words[0] == "edit" and len(words) == 2 and words[1] in self._device.data.vdoms:  # noqa: PLR2004
            self._choosing, self._part = False, words[1]
            return Reply(text=f"current vf={words[1]}:0\n")
        else:
            raise Refused("parse", words[-1])
        return Reply()

    def _block(self, path: str) -> tuple[Shape, Node]:
        """Return a block of the part that the session is in."""
        part = {} if self._part is None else self._device.parts[self._part]
        if path not in part:
            raise Refused("parse", path.rsplit(maxsplit=1)[-1] if path else "config")
        return self._device.data.blocks[path], part[path]

    def _show(self, words: tuple[str, ...]) -> Reply:
        full = words[:1] == ("full-configuration",)
        path = " ".join(words[1:] if full else words)
        shape, node = self._block(path)
        return Reply(text="\n".join(printed(path, shape, node, full=full)) + "\n", pages=True)

    def _in_block(self, words: tuple[str, ...]) -> Reply:
        block, verb = self._open[-1], words[0]
        run = {"edit": self._edit, "set": self._set, "unset": self._unset, "delete": self._delete}.get(verb)
        if run is not None:
            run(block, words)
        elif verb == "config":
            self._inner(block, words)
        elif verb == "next" and block.draft is not None and len(words) == 1:
            self._take(block)
        elif verb == "end" and len(words) == 1:
            if block.draft is not None:
                self._take(block)
            self._open.pop()
        else:
            raise Refused("parse", verb)
        return Reply()

    def _inner(self, block: _Open, words: tuple[str, ...]) -> None:
        name = " ".join(words[1:])
        if name not in block.shape.inner or (block.shape.table and block.draft is None):
            raise Refused("parse", words[-1])
        holder = block.draft or block.node
        self._open.append(_Open(name, block.shape.inner[name], holder.inner.setdefault(name, Node())))

    def _edit(self, block: _Open, words: tuple[str, ...]) -> None:
        fits = block.shape.table == "name" or words[-1].isdigit()
        if not block.shape.table or block.draft is not None or len(words) != 2 or not fits:  # noqa: PLR2004
            raise Refused("parse", words[-1])
        block.name = words[1]
        block.draft = block.node.objects.get(words[1], Node()).copy()

    def _take(self, block: _Open) -> None:
        """Take over the object that was edited; one that lacks a value is dropped."""
        name, draft = block.name or "", block.draft or Node()
        block.name = block.draft = None
        lacking = next((n for n, key in block.shape.keys.items() if key.needed and n not in draft.values), "")
        if lacking:
            raise Refused("missing", lacking)
        block.node.objects[name] = draft

    def _key(self, block: _Open, words: tuple[str, ...]) -> tuple[Key, Node]:
        holder = block.draft if block.shape.table else block.node
        name = words[1] if len(words) > 1 else words[0]
        if holder is None or name not in block.shape.keys:
            raise Refused("parse", name)
        return block.shape.keys[name], holder

    def _set(self, block: _Open, words: tuple[str, ...]) -> None:
        key, holder = self._key(block, words)
        if key.after and key.after not in holder.values:
            raise Refused("parse", words[1])
        try:
            holder.values[words[1]] = checked(key, words[2:], self._names)
        except BadValue as error:
            raise Refused("parse", words[-1]) from error

    def _unset(self, block: _Open, words: tuple[str, ...]) -> None:
        _key, holder = self._key(block, words)
        holder.values.pop(words[1], None)

    def _delete(self, block: _Open, words: tuple[str, ...]) -> None:
        name = words[-1]
        if block.draft is not None or name not in block.node.objects or len(words) != 2:  # noqa: PLR2004
            raise Refused("parse", name)
        if self._is_used(block.path, name):
            raise Refused("used", name)
        del block.node.objects[name]

    def _names(self, path: str) -> tuple[str, ...]:
        found = (part[path] for part in self._device.parts.values() if path in part)
        return tuple(name for node in found for name in node.objects)

    def _is_used(self, path: str, name: str) -> bool:
        """Tell whether an object of this part names the one of this block."""
        part = self._device.parts[self._part or _PLAIN]
        return any(
            name in made.values.get(key_name, ())
            for other, shape in self._device.data.blocks.items()
            for key_name, key in shape.keys.items()
            if path in key.tables and other in part
            for made in part[other].objects.values()
        )

    def _sessions(self, words: tuple[str, ...]) -> Reply:
        here = self._part or _PLAIN
        if words == ("filter", "clear"):
            self._filter = {}
        elif words[:1] == ("filter",) and len(words) == 3 and words[1] in {"proto", "dport"}:  # noqa: PLR2004
            self._filter[words[1]] = words[2]
        elif words == ("list",):
            found = [entry.text for entry in self._device.sessions if self._caught(entry, here)]
            return Reply(text="".join(f"{text}\n" for text in found) + f"total session {len(found)}\n")
        elif words == ("clear",):
            self._device.sessions = [e for e in self._device.sessions if not self._caught(e, here)]
        else:
            raise Refused("parse", words[-1] if words else "session")
        return Reply()

    def _caught(self, entry: Entry, vdom: str) -> bool:
        wanted = {"proto": entry.proto, "dport": entry.dport}
        return entry.vdom == vdom and all(wanted[key] == value for key, value in self._filter.items())
