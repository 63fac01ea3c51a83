"""Schema of `vendor_profiles/<slug>.yaml`, for every vendor; what it does not name is refused.

A profile says how to reach the device (`session`), how to know it (`detect`), what to read (`documents`), where the
facts stand in what the readers return (`facts`), and what may be repaired (`remedies`). Facts are picked from records
(see `auditor.extract.records`) by section, by matching values and by key, so that a live `print`, a saved export and
a pasted session can feed the same fact.
"""

from __future__ import annotations

from auditor.profiles.schema.base import USABLE, Strict, Texts, Where
from auditor.profiles.schema.documents import Completeness, DocumentKind, Placeholder
from auditor.profiles.schema.facts import (
    Blocker,
    FactSpec,
    Groups,
    IdentityFacts,
    Join,
    Layer,
    NatFacts,
    Paths,
    PromotionCase,
    SipLayerSpec,
    Timer,
    Wan,
)
from auditor.profiles.schema.forwards import FilterTable, ForwardFields, ForwardTable, Permission
from auditor.profiles.schema.picks import Case, Condition, Default, Pick
from auditor.profiles.schema.remedies import Remedies, Variable
from auditor.profiles.schema.session import (
    Answered,
    Detect,
    Elevation,
    Enable,
    Fingerprint,
    Login,
    Refusal,
    Session,
    Step,
    Vendor,
)

__all__ = [
    "USABLE",
    "Answered",
    "Blocker",
    "Case",
    "Completeness",
    "Condition",
    "Default",
    "Detect",
    "DocumentKind",
    "Elevation",
    "Enable",
    "FactSpec",
    "FilterTable",
    "Fingerprint",
    "ForwardFields",
    "ForwardTable",
    "Groups",
    "IdentityFacts",
    "Join",
    "Layer",
    "Login",
    "NatFacts",
    "Paths",
    "Permission",
    "Pick",
    "Placeholder",
    "Profile",
    "PromotionCase",
    "Refusal",
    "Remedies",
    "Session",
    "Signs",
    "SipLayerSpec",
    "Step",
    "Strict",
    "Texts",
    "Timer",
    "Variable",
    "Vendor",
    "Wan",
    "Where",
]


class Signs(Strict):
    """How to know a vendor and to talk to its devices: what a profile says before it is known that it is the one."""

    slug: str
    vendor: Vendor
    session: Session | None = None
    detect: Detect


class Profile(Signs):
    """One vendor."""

    sources: dict[str, str]
    documents: dict[str, DocumentKind]
    facts: FactSpec
    remedies: Remedies = Remedies()

    @property
    def commands(self) -> tuple[tuple[str, DocumentKind], ...]:
        """Documents that are collected live, in order."""
        return tuple((kind, doc) for kind, doc in self.documents.items() if doc.command)
