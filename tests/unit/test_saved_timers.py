"""Whether a restart changes a timer is known only where the saved values were read."""

from __future__ import annotations

from auditor.extract.facts import extract
from auditor.model.capture import Capture, Document, Outcome, Source, SourceKind, Target
from auditor.model.facts import Facts
from auditor.profiles.loading import load_profile

RUNNING = (
    "net.netfilter.nf_conntrack_udp_timeout = 180\nnet.netfilter.nf_conntrack_udp_timeout_stream = 180\n"
)


def facts_of(**texts: tuple[str, Outcome]) -> Facts:
    profile = load_profile("linux")
    documents = tuple(
        Document(kind=kind, name=kind, text=text, outcome=outcome) for kind, (text, outcome) in texts.items()
    )
    source = Source(kind=SourceKind.SSH, name="x")
    return extract(Capture(target=Target(), vendor="linux", source=source, documents=documents), profile)


def test_without_the_saved_values_it_is_not_known() -> None:
    facts = facts_of(timers=(RUNNING, Outcome.OK))
    assert facts.saved_timers == ()
    assert facts.saved_gap is not None
    assert "nf_conntrack_udp_timeout" in facts.saved_gap.what
    assert facts.saved_gap.why


def test_with_them_it_is() -> None:
    saved = "".join(f"/etc/sysctl.d/90.conf:{line}\n" for line in RUNNING.splitlines())
    facts = facts_of(timers=(RUNNING, Outcome.OK), saved_timers=(saved, Outcome.OK))
    assert (facts.saved_timers, facts.saved_gap) == ((), None)
    differing = facts_of(
        timers=(RUNNING, Outcome.OK),
        saved_timers=(saved.replace("timeout = 180", "timeout = 30"), Outcome.OK),
    )
    assert [(one.seconds, one.saved) for one in differing.saved_timers] == [(180, 30)]
