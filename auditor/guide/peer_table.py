"""The table that `sip show peers` prints: how many phones there are, the quiet ones too."""

from __future__ import annotations

import re

_HEAD = re.compile(rb"^.{0,80}?Name/username\s+Host\b.*$", re.MULTILINE)
_ROW = re.compile(
    rb"^(?P<name>\S.*?)\s{1,}(?P<host>\d+\.\d+\.\d+\.\d+|[0-9a-fA-F:]*::?[0-9a-fA-F:]*|\(Unspecified\)|\(null\))\s"
    rb".*?(?P<status>OK \(\d+ ms\)|LAGGED \(\d+ ms\)|UNREACHABLE|UNKNOWN|Unmonitored)(?!\w)",
    re.MULTILINE,
)


def phones_of_table(text: bytes) -> int | None:
    r"""Return the number of peers that are watched in a peer table inside this text; None where there is no table.

    Examples:
        >>> phones_of_table(
        ...     b"Name/username  Host        Dyn Port Status\n20/20  192.0.2.7  D  5060  OK (21 ms)\n"
        ... )
        1
    """
    head = _HEAD.search(text)
    if head is None:
        return None
    names = set[bytes]()
    for row in _ROW.finditer(text, head.end()):
        if row["status"] != b"Unmonitored":
            names.add(row["name"])
    return len(names) or None
