"""A vendor's profile and template, told in the rows that the report prints."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from auditor.model.text import N_, _
from auditor.profiles.schema import Profile, Timer
from auditor.remediate.environment import Macros
from auditor.report.vendors import CommandRow, RepairRow, TimerRow, VendorPage, VendorRow

_REMEDIES = {
    "raise_udp_timers": N_("UDP timers"),
    "disable_sip_alg": N_("SIP helper"),
    "add_port_forward": N_("missing port forwards"),
    "remove_port_forward": N_("harmful port forwards"),
}


def row_of(profile: Profile, vendor_dir: Path | None) -> VendorRow:
    """Return the vendor's line of the table."""
    repairs = tuple(_repairs(profile, vendor_dir))
    return VendorRow(
        slug=profile.slug,
        name=profile.vendor.name,
        versions=profile.vendor.versions,
        status=profile.vendor.status,
        live=profile.session is not None,
        timers=len({timer.name for timer in profile.facts.udp_timers}),
        forwards=bool(profile.facts.port_forwards),
        sip_layers=len({layer.name for layer in profile.facts.sip_alg}),
        repairs=tuple(row.remedy for row in repairs if not row.by_hand),
        by_hand=tuple(row.remedy for row in repairs if row.by_hand),
        sources=len(profile.sources),
    )


def page_of(profile: Profile, vendor_dir: Path | None) -> VendorPage:
    """Return everything about one vendor that a user may ask."""
    return VendorPage(
        row=row_of(profile, vendor_dir),
        language=profile.vendor.language,
        maintainer=profile.vendor.maintainer,
        commands=tuple(
            CommandRow(
                document=kind, command=document.command and "; ".join((*document.enter, document.command))
            )
            for kind, document in profile.documents.items()
        ),
        timers=tuple(
            dict.fromkeys(row for timer in profile.facts.udp_timers for row in _timers(timer, profile))
        ),
        sip_layers=tuple(layer.name for layer in profile.facts.sip_alg),
        repairs=tuple(_repairs(profile, vendor_dir)),
        sources=tuple(profile.sources.values()),
        notes=profile.vendor.notes,
    )


def _repairs(profile: Profile, vendor_dir: Path | None) -> Iterator[RepairRow]:
    macros = Macros(profile, {}, vendor_dir)
    for remedy, words in _REMEDIES.items():
        by_hand = profile.remedies.manual.get(remedy, "")
        if not by_hand and not macros.has(f"{remedy}_change"):
            by_hand = N_("no command is confirmed for it")
        yield RepairRow(remedy=_(words), by_hand=by_hand)


def _timers(timer: Timer, profile: Profile) -> Iterator[TimerRow]:
    if not timer.defaults:
        yield TimerRow(name=timer.name, flow=timer.flow.value)
    for default in timer.defaults:
        seconds = " / ".join(map(str, default.seconds)) if default.seconds else _("never")
        yield TimerRow(
            name=timer.name,
            flow=timer.flow.value,
            seconds=seconds,
            versions=default.versions,
            source=profile.sources[default.source],
            confidence=default.confidence,
        )
