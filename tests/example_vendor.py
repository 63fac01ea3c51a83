"""The example of `vendor_profiles/README.md`, as a person would copy it into a folder."""

from __future__ import annotations

import re
from pathlib import Path

SLUG = "toygate"
_GUIDE = Path(__file__).parents[1] / "vendor_profiles" / "README.md"
_FILE = re.compile(r"<!-- file: (\S+) -->\n```\w*\n(.*?)^```$", re.DOTALL | re.MULTILINE)


def copied(folder: Path) -> Path:
    """Write the files of the guide into the folder and return it."""
    files = dict(_FILE.findall(_GUIDE.read_text(encoding="utf-8")))
    assert set(files) == {f"{SLUG}.cfg", f"{SLUG}.yaml", f"{SLUG}.j2"}
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder
