"""Secrets in XML are masked, and the tags around them stay whole: nothing behind a broken tag could be read."""

from __future__ import annotations

import re

import pytest

from auditor.collect.redact import redact


@pytest.mark.parametrize(
    ("line", "masked"),
    [
        ("<password>geheim</password>", "<password>***</password>"),
        ("  <bcrypt-hash>abcdefgh</bcrypt-hash>", "  <bcrypt-hash>***</bcrypt-hash>"),
        ("<password>a &lt; b &amp; c</password>", "<password>***</password>"),
        ("<password><![CDATA[ge<heim]]></password><x>1</x>", "<password>***</password><x>1</x>"),
        ("<pre-shared-key>abc def</pre-shared-key>", "<pre-shared-key>***</pre-shared-key>"),
        ("<prv>LS0tLS1CRUdJTg</prv>", "<prv>***</prv>"),
        ("<rocommunity>lesen</rocommunity>", "<rocommunity>***</rocommunity>"),
        ("<ldap_bindpw>x</ldap_bindpw>", "<ldap_bindpw>***</ldap_bindpw>"),
        ("<descr>Radius auth Server01</descr>", "<descr>Radius auth ***</descr>"),
        (
            "<descr>Telefon pin: 123456</descr><port>5060</port>",
            "<descr>Telefon pin: ***</descr><port>5060</port>",
        ),
        ("<descr><![CDATA[password: abcdef]]></descr>", "<descr><![CDATA[password: ***]]></descr>"),
        ("<password/>", "<password/>"),
        ("<target>192.0.2.1</target><!-- key -->", "<target>192.0.2.1</target><!-- key -->"),
    ],
)
def test_values_go_and_tags_stay(line: str, masked: str) -> None:
    assert redact(line) == masked
    assert redact(masked) == masked
    tags = re.compile(r"</?[\w-]+/?>")
    assert tags.findall(redact(line)) == tags.findall(line)
