"""The port matrix: what gets out, which forwards a feature calls for, and what must not be forwarded."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from itertools import groupby

from auditor.model.text import N_, _
from auditor.report.paper import Ink, Paper

_DIRECTIONS = {
    "forward": N_("Port forwards to the PBX"),
    "outbound": N_("Has to get out; the answers come back by themselves, no forward is needed"),
    "no_forward": N_("Must not be forwarded: such a forward takes packets away from the phones"),
}
_USERS = {
    "any": N_("for everybody"),
    "provider": N_("for the provider only"),
    "partner": N_("for the partner PBX only"),
    "known_addresses": N_("for known addresses only"),
    "cloud_pbx": N_("for the cloud PBX only"),
}
_CONFIDENCE = {
    "documented": N_("documented"),
    "seen": N_("seen in use"),
    "inferred": N_("concluded"),
    "unverified": N_("not verified"),
}
_STEP = "  "


@dataclass(frozen=True, slots=True, kw_only=True)
class PortRow:
    """One line of the matrix, in plain words: `ports` is `5060` or `10000-20000`, `users` is set for forwards.

    `direction`, `users`, `exposure` and `confidence` are the words of the requirements data; `alternatives` names the
    ports of which one is enough.
    """

    row: str
    title: str
    port: str
    ports: str
    protocols: tuple[str, ...]
    direction: str
    purpose: str
    requirement: str
    exposure: str
    users: str | None = None
    alternatives: tuple[str, ...] = ()
    confidence: str = "documented"
    sources: tuple[str, ...] = ()


def render(rows: Iterable[PortRow], *, scenario: str, form: str = "text", width: int = 80) -> str:
    """Return the matrix as `text` or `json`, without a final line end."""
    rows = tuple(rows)
    if form == "json":
        return json.dumps(
            {"scenario": scenario, "ports": [asdict(row) for row in rows]}, ensure_ascii=False, indent=2
        )
    paper = Paper(width=width)
    for title, of_title in groupby(rows, key=lambda row: row.title):
        paper.heading(title)
        for direction, group in groupby(of_title, key=lambda row: row.direction):
            _write_group(paper, direction, tuple(group))
    paper.gap()
    paper.prose(
        _(
            "STARFACE's page lists ports and purposes. Directions and who may use a port are conclusions from what each service is; they hold for IPv4."
        )
    )
    return str(paper).rstrip("\n")


def _write_group(paper: Paper, direction: str, rows: tuple[PortRow, ...]) -> None:
    paper.gap()
    paper.prose(_(_DIRECTIONS.get(direction, direction)), start=_STEP, ink=Ink.STRONG)
    sockets = {row.port: _socket(row) for row in rows}
    wide = max(map(len, sockets.values())) + 2
    for row in rows:
        paper.prose(_words(row, sockets), start=_STEP * 2 + sockets[row.port].ljust(wide))


def _socket(row: PortRow) -> str:
    return f"{'/'.join(row.protocols).upper()} {row.ports}"


def _words(row: PortRow, sockets: Mapping[str, str]) -> str:
    parts = [row.purpose]
    if row.users:
        parts.append(_(_USERS.get(row.users, row.users)))
    if row.users == "any":
        parts.append(_("not needed with a VPN"))
    if row.alternatives:
        others = ", ".join(sockets.get(port, port) for port in row.alternatives)
        parts.append(_("or instead: {ports}").format(ports=others))
    if row.confidence != "documented":
        parts.append(_(_CONFIDENCE.get(row.confidence, row.confidence)))
    return "; ".join(parts)
