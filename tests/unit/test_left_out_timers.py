"""nft lists no value that equals its own default; a policy that it does not show at all says nothing."""

from __future__ import annotations

import pytest

from auditor.extract.facts import extract
from auditor.model.capture import Capture, Document, Outcome, Source, SourceKind, Target
from auditor.model.facts import Facts, Known, Missing, Origin
from auditor.profiles.loading import load_profile

_RULES = """table inet t {
	ct timeout phones {
		protocol udp
		l3proto ip
		policy = { %s }
	}

	chain pre {
		type filter hook prerouting priority mangle; policy accept;
		udp dport 5060 ct timeout set "%s"
	}
}
"""


def _facts(policy: str, name: str = "phones") -> Facts:
    texts = {
        "kernel": "router 6.1.0\n",
        "timers": "net.netfilter.nf_conntrack_udp_timeout = 3\nnet.netfilter.nf_conntrack_udp_timeout_stream = 4\n",
        "nft": _RULES % (policy, name),
    }
    profile = load_profile("linux")
    documents = tuple(
        Document(kind=kind, name=profile.documents[kind].command or "", text=text, outcome=Outcome.OK)
        for kind, text in texts.items()
    )
    source = Source(kind=SourceKind.SSH, name="lab")
    return extract(
        Capture(target=Target(vendor="linux"), vendor="linux", source=source, documents=documents), profile
    )


@pytest.mark.parametrize(
    ("policy", "unreplied", "replied"),
    [
        ("unreplied : 180, replied : 300", (180, Origin.CONFIGURED), (300, Origin.CONFIGURED)),
        ("unreplied : 180", (180, Origin.CONFIGURED), (120, Origin.DEFAULT)),
        ("replied : 300", (30, Origin.DEFAULT), (300, Origin.CONFIGURED)),
        ("", (30, Origin.DEFAULT), (120, Origin.DEFAULT)),
    ],
)
def test_left_out_value_is_the_default_of_nft_and_not_of_the_kernel(
    policy: str, unreplied: tuple[int, Origin], replied: tuple[int, Origin]
) -> None:
    facts = _facts(policy)
    for fact, wanted in ((facts.unreplied, unreplied), (facts.replied, replied)):
        assert isinstance(fact, Known)
        assert (fact.value.seconds, fact.value.origin) == wanted
        assert "phones" in fact.value.name


def test_policy_that_is_not_shown_is_unknown() -> None:
    facts = _facts("unreplied : 180", name="of another table")
    assert isinstance(facts.unreplied, Missing)
    assert isinstance(facts.replied, Missing)
