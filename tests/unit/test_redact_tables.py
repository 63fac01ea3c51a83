"""Secrets that stand in the columns of a table, not behind a word: scripts of consoles with a tree of menus."""

from __future__ import annotations

from auditor.collect.redact import redact

SCRIPT = """\
# router: 192.0.2.1, password: walnut
cd /Setup/WAN/PPP
tab Peer Authent.request Key Time Username
add "INTERNET" none "two words" 5 "user@provider"
set SPARE none walnut 5 "user@provider"
set SPARE {Key} walnut {Time} 7
cd /Setup/VPN/Keys
tab Name Shared-Sec Type
add OFFICE walnut 1
cd /Setup/IP-Router/1-N-NAT/Service-Table
tab D-port-from D-port-to Intranet-Address
add 5060 5061 192.0.2.10
set /Setup/Config/Admin-Password walnut ; set /Setup/IP-Router/1-N-NAT/UDP-Aging-Seconds 120
"""


def test_secrets_are_masked_by_their_column_and_the_rest_stays() -> None:
    masked = redact(SCRIPT)
    assert "walnut" not in masked
    assert "two words" not in masked
    lines = masked.split("\n")
    assert lines[3] == 'add "INTERNET" none "***" 5 "user@provider"'
    assert lines[5] == "set SPARE {Key} *** {Time} 7"
    assert lines[11] == "add 5060 5061 192.0.2.10"
    assert lines[12].endswith(" ; set /Setup/IP-Router/1-N-NAT/UDP-Aging-Seconds 120")


def test_masking_twice_changes_nothing_more() -> None:
    masked = redact(SCRIPT)
    assert redact(masked) == masked
    assert masked.count("\n") == SCRIPT.count("\n")
