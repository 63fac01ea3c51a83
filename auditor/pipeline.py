"""Chains the stages for one target: the only place where they meet."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from auditor.collect.capture_file import from_json
from auditor.collect.input_file import read_text
from auditor.collect.pasted import documents_of
from auditor.collect.redact import redact
from auditor.extract.facts import extract, fill, holds
from auditor.model.audit import Audit, AuditOptions
from auditor.model.capture import Capture, Source, SourceKind, Target
from auditor.model.errors import VendorMismatch, VendorUnknown
from auditor.model.text import _
from auditor.profiles.detection import detect_text
from auditor.profiles.loading import load_profile, load_profiles, load_signs
from auditor.profiles.schema import Profile, Signs
from auditor.remediate.engine import remediate
from auditor.rules.engine import check

if TYPE_CHECKING:
    from auditor.collect.credentials import Credentials
    from auditor.collect.options import SessionOptions


@dataclass(frozen=True, slots=True, kw_only=True)
class Vendors:
    """Which vendors there are: ours and those of a folder that the user names."""

    folder: Path | None = None

    def one(self, slug: str) -> Profile:
        """Return a vendor's profile; `NoSuchVendor` names the nearest slug."""
        return load_profile(slug, self.folder)

    def all(self) -> tuple[Profile, ...]:
        """Return every vendor's profile."""
        return load_profiles(self.folder)

    def signs(self) -> tuple[Signs, ...]:
        """Return how to know every vendor, without the rest of the profiles."""
        return load_signs(self.folder)


def audit(capture: Capture, options: AuditOptions, vendors: Vendors) -> Audit:
    """Return the whole answer for what was collected. A pure function of capture, options and vendor data."""
    profile = vendors.one(capture.vendor)
    facts = extract(capture, profile, options.limit)
    findings = check(facts, options)
    findings, snippets = remediate(findings, facts, profile, options, vendor_dir=vendors.folder)
    return Audit(
        target=capture.target,
        vendor=capture.vendor,
        source=capture.source,
        options=options,
        facts=facts,
        findings=findings,
        remediation=snippets,
    )


def capture_live(
    target: Target,
    vendors: Vendors,
    credentials: Credentials,
    options: SessionOptions,
    progress: Callable[[str], None] | None = None,
) -> Capture:
    """Log in, run the vendor's commands and return what they showed, secrets masked."""
    from auditor.collect.live import Lookup, collect  # netmiko takes 0.3 s to load

    named = vendors.one(target.vendor) if target.vendor else None
    return collect(
        target,
        profile=named,
        signs=() if named else vendors.signs(),
        profile_of=vendors.one,
        credentials=credentials,
        options=options,
        lookup=Lookup(fill=fill, holds=holds),
        progress=progress,
    )


def capture_file(path: str, target: Target, vendors: Vendors, command: str | None = None) -> Capture:
    """Return what a file (`-` for standard input) holds: a capture as it was written, or a text of the device."""
    text = read_text(path)
    name = "-" if path == "-" else Path(path).name
    stored = from_json(text)
    if stored is not None:
        return _again(stored, target, name)
    profile = _vendor_of(text, name, target, vendors)
    return Capture(
        target=replace(target, vendor=profile.slug),
        vendor=profile.slug,
        source=Source(kind=SourceKind.FILE, name=name),
        documents=documents_of(redact(text), name, profile, command),
    )


def _again(stored: Capture, target: Target, name: str) -> Capture:
    if target.vendor and target.vendor != stored.vendor:
        raise VendorMismatch(
            _("{name} is a capture of {found}, not of {wanted}.").format(
                name=name, found=stored.vendor, wanted=target.vendor
            ),
            advice=_("Leave --vendor out, or name {found}.").format(found=stored.vendor),
        )
    source = Source(kind=SourceKind.CAPTURE, name=name, collected_at=stored.source.collected_at)
    return replace(stored, source=source)


def _vendor_of(text: str, name: str, target: Target, vendors: Vendors) -> Profile:
    """Return the vendor named, unless the text proves another one; else the vendor that the text proves."""
    named = vendors.one(target.vendor) if target.vendor else None
    found, candidates = detect_text(text, vendors.signs())
    if named:
        if found and found.slug != named.slug and named.slug not in {one.slug for one in candidates}:
            raise VendorMismatch(
                _("{name} was not written by {wanted}: it is {found}.").format(
                    name=name, wanted=named.vendor.name, found=found.vendor.name
                ),
                advice=_("Leave --vendor out, or name {slug}.").format(slug=found.slug),
            )
        return named
    if found:
        return vendors.one(found.slug)
    if candidates:
        listing = ", ".join(profile.slug for profile in candidates)
        raise VendorUnknown(
            _("{name}: the vendor cannot be told for sure; possible: {vendors}.").format(
                name=name, vendors=listing
            ),
            advice=_("Name it with --vendor."),
        )
    raise VendorUnknown(
        _("{name}: no known vendor writes such a text.").format(name=name),
        advice=_("Name it with --vendor; `auditor vendors` lists what can be read."),
    )
