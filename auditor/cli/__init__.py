"""The command line. Starting must be instant: what is slow to load is imported by the command that needs it."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Sequence

from auditor.model.text import LANGUAGES, language_of_environment, use_language


def main() -> None:
    """Run the command line and end the process with its exit code."""
    use_language(_language(sys.argv[1:]))
    # What a config is read into holds no cycles; looking for them again and again takes a tenth of the time.
    gc.set_threshold(100_000, 20)
    os.environ.setdefault(
        "PYDANTIC_DISABLE_PLUGINS", "__all__"
    )  # they are looked for in every installed package
    from auditor.cli.app import run

    sys.exit(run(sys.argv[1:]))


def _language(arguments: Sequence[str]) -> str:
    """Return the language that `--lang` names, before any text is built; else the locale's."""
    for index, argument in enumerate(arguments):
        name, _, value = argument.partition("=")
        if name == "--lang":
            value = value or (arguments[index + 1] if index + 1 < len(arguments) else "")
            if value in LANGUAGES:
                return value
    return language_of_environment()
