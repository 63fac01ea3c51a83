"""A line that was not understood is never passed over, unless another document shows the whole of what it speaks of."""

from __future__ import annotations

from auditor.extract.facts import extract
from auditor.model.capture import Capture, Document, Outcome, Source, SourceKind, Target
from auditor.model.facts import Facts, Known, Missing
from auditor.profiles.loading import load_profile

TREE = load_profile("lancom_lcos")
TABLE = "D-port-from  D-port-to  Intranet-Address\n----------------------------------------\n80           80         192.0.2.9\n"
SCRIPT = "cd /Setup/IP-Router/1-N-NAT/Service-Table\nadd 5060 5060 192.0.2.9\n"


def _facts(outcome: Outcome, **documents: str) -> Facts:
    return extract(
        Capture(
            target=Target(),
            vendor=TREE.slug,
            source=Source(kind=SourceKind.SSH, name="x"),
            documents=tuple(
                Document(kind=kind, name=kind, text=text, outcome=outcome) for kind, text in documents.items()
            ),
        ),
        TREE,
    )


def _why(facts: Facts, what: str) -> str:
    return next(missing.why for missing in facts.unknown if missing.what == what)


def test_a_script_that_is_not_understood_takes_nothing_from_a_whole_listing() -> None:
    assert isinstance(_facts(Outcome.OK, service_table=TABLE, script=SCRIPT).forwards_complete, Known)


def test_it_counts_beside_a_listing_that_may_have_been_cut_or_was_not_understood_either() -> None:
    for outcome, table in ((Outcome.FRAGMENT, TABLE), (Outcome.OK, f"{TABLE}5060 ...\n")):
        facts = _facts(outcome, service_table=table, script=SCRIPT)
        assert isinstance(facts.forwards_complete, Missing)
    assert "line 2 was not understood: add 5060 5060 192.0.2.9" in _why(
        _facts(Outcome.OK, script=SCRIPT), "port forwards"
    )


def test_the_line_is_shown_where_a_value_was_expected() -> None:
    facts = _facts(Outcome.OK, nat="UDP-Aging-Seconds   VALUE:   2m\n", sip_alg="Operating = No\n")
    assert "line 1 was not understood: UDP-Aging-Seconds VALUE: 2m" in _why(facts, "UDP-Aging-Seconds")
    assert "line 1 was not understood: Operating = No" in _why(facts, "SIP-ALG")
