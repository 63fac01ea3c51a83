"""Finds `vendor_profiles/` and `templates/`: in an installed package beside the code, else in its own checkout."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from auditor.model.errors import DataFilesNotFound
from auditor.model.text import _

_PACKAGE = Path(__file__).resolve().parent.parent


def data_directory(kind: Literal["vendor_profiles", "templates"]) -> Path:
    """Return the folder of this kind of data; `DataFilesNotFound` if the installation lacks it."""
    installed = _PACKAGE / "_data" / kind
    if installed.is_dir():
        return installed
    checkout = _PACKAGE.parent
    if (checkout / "pyproject.toml").is_file() and (checkout / kind).is_dir():
        return checkout / kind
    raise DataFilesNotFound(
        _("This installation has no {kind} folder.").format(kind=kind),
        advice=_("Install auditor again; a part of it is missing."),
    )
