"""README's table of what can be read is what `auditor vendors --format md` prints."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

README = Path(__file__).parents[2] / "README.md"


def test_table_of_the_readme_is_the_commands() -> None:
    table = README.read_text(encoding="utf-8").partition("<!-- vendors -->\n")[2]
    done = subprocess.run(
        [sys.executable, "-m", "auditor", "vendors", "--format", "md", "--lang", "en"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert table.partition("<!-- end of vendors -->")[0] == done.stdout
