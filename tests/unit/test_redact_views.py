"""Secrets in configs of views are masked, whatever the statement; what a line says beside them stays."""

from __future__ import annotations

import pytest

from auditor.collect.redact import redact


@pytest.mark.parametrize(
    ("line", "masked"),
    [
        (" local-user a password irreversible-cipher $1a$x/y$Planted7$", " local-user a password irreversible-cipher ***"),
        (" ppp chap password cipher %^%#Planted7,x%^%#", " ppp chap password cipher ***"),
        (" ppp pap local-user a password simple Planted7", " ppp pap local-user a password simple ***"),
        (" snmp-agent community read cipher %^%#Planted7%^%#", " snmp-agent community read cipher ***"),
        (" snmp-agent community write Planted7 acl 2001", " snmp-agent community write *** acl 2001"),
        (" snmp-agent usm-user v3 u g simple authentication-mode sha Planted7 privacy-mode aes128 Planted8",
         " snmp-agent usm-user v3 u g simple authentication-mode sha *** privacy-mode aes128 ***"),
        (" key authentication cipher $c$3$Planted7", " key authentication cipher ***"),
        (" super password level 3 cipher Planted7", " super password level 3 cipher ***"),
        (" wpa2 psk pass-phrase cipher Planted7", " wpa2 psk pass-phrase cipher ***"),
        (" sim-pin cipher Planted7", " sim-pin cipher ***"),
        (" peer 192.0.2.1 password cipher Planted7", " peer 192.0.2.1 password cipher ***"),
        (" firewall-nat session udp aging-time 180", " firewall-nat session udp aging-time 180"),
        (" nat server protocol udp global current-interface 5060 inside 192.0.2.1 5060",
         " nat server protocol udp global current-interface 5060 inside 192.0.2.1 5060"),
        (" ppp authentication-mode chap domain system", " ppp authentication-mode chap domain system"),
    ],
)  # fmt: skip
def test_a_secret_in_a_view_is_masked_and_the_rest_stays(line: str, masked: str) -> None:
    assert redact(line) == masked
    assert redact(masked) == masked
