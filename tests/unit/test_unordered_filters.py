"""A filter whose listing does not show which rule is asked first: all rules that can catch a packet have to agree."""

from __future__ import annotations

from pathlib import Path

import pytest

from auditor.extract.facts import extract
from auditor.model.capture import Capture, Document, Outcome, Source, SourceKind, Target
from auditor.profiles.loading import read_profile

PROFILE = """\
vendor: {name: Toy, language: toy lines, versions: "1", status: documented, maintainer: tests}
sources: {manual: "Toy manual"}
session: {prompt: 'toy> $', harmless: ['show [a-z -]+']}
detect: {text: [{pattern: '^toy ', weight: 10}]}
documents:
  forwards:
    command: show forwards
    reader: lines
    options: {section: forwards, patterns: ['^forward (?P<protocol>\\w+) (?P<port>\\d+) (?P<to>\\S+)$']}
    sections: [forwards]
    absence: none
  rules:
    command: show rules
    reader: lines
    options:
      section: rules
      patterns: ['^(?P<action>\\w+)(?: proto (?P<protocol>\\w+))?(?: to (?P<address>\\S+))?(?: if (?P<more>\\S+))?$']
    sections: [rules]
    absence: none
facts:
  layers: {nat: {name: NAT}}
  udp_timers: [{name: udp, section: timers, key: seconds, flow: any, layer: nat}]
  promotion: [{late: false, reason: one timer}]
  port_forwards:
    - section: forwards
      fields: {protocol: protocol, external_ports: port, internal_address: to}
  filter:
    - section: rules
      start: [""]
      order: unknown
      fields: {action: action, protocol: protocol, external_address: address}
      accept: [allow]
      drop: [deny]
      policy_default: yes
  nat: {role: []}
"""


@pytest.mark.parametrize(
    ("rules", "permitted"),
    [
        ("", "yes"),
        ("deny", "no"),
        ("allow\ndeny", "unknown"),
        ("deny\nallow", "unknown"),
        ("deny\nallow proto tcp", "no"),
        ("deny proto tcp", "yes"),
        ("deny if night", "unknown"),
        ("allow if night", "yes"),
        ("deny\nallow to 192.0.2.9", "unknown"),
        ("deny\nallow to 192.0.2.8", "no"),
        ("allow to 192.0.2.9", "yes"),
    ],
)
def test_rules_have_to_agree(tmp_path: Path, rules: str, permitted: str) -> None:
    path = tmp_path / "toy.yaml"
    path.write_text(PROFILE, encoding="utf-8")
    texts = {"forwards": "forward udp 5060 192.0.2.9", "rules": rules}
    documents = tuple(
        Document(kind=kind, name=kind, text=text, outcome=Outcome.OK) for kind, text in texts.items()
    )
    source = Source(kind=SourceKind.SSH, name="x")
    capture = Capture(target=Target(), vendor="toy", source=source, documents=documents)
    (forward,) = extract(capture, read_profile(path)).port_forwards
    assert forward.permitted.value == permitted
