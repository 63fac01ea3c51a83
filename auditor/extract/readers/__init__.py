"""One reader per config language, shared by vendors: text in, records out."""

from __future__ import annotations

import difflib
import importlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, cast

from auditor.extract.records import Reading
from auditor.model.errors import ProfileError
from auditor.model.text import _

Reader = Callable[[str, Mapping[str, Any]], Reading]


def reader_for(language: str) -> Reader:
    """Return the reader of a language; `ProfileError` names the nearest one if there is none."""
    known = sorted(path.stem for path in Path(__file__).parent.glob("[a-z]*.py"))
    if language in known:
        module = importlib.import_module(f"{__name__}.{language}")
        if hasattr(module, "read"):
            return cast("Reader", module.read)
    near = difflib.get_close_matches(language, known, n=1, cutoff=0.3)
    hint = _("Did you mean {name}?").format(name=near[0]) if near else ""
    raise ProfileError(_("There is no reader {name}.").format(name=language), advice=hint)
