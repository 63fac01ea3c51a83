"""Secrets in UCI: options are named, and every way of writing a value is masked."""

from __future__ import annotations

import pytest

from auditor.collect.redact import redact


@pytest.mark.parametrize(
    "line",
    [
        "\toption key 'HIDDEN with blanks'",
        "\toption key HIDDEN",
        '\toption preshared_key "HIDDEN"',
        "\toption private_key 'HIDDEN='",
        "\toption sae_password\tHIDDEN",
        "\toption passwd 'HIDDEN'",
        "\toption auth_secret 'HIDDEN'",
        "\toption pincode '1HIDDEN'",
        "\tlist 'token' 'HIDDEN'",
        "wireless.@wifi-iface[0].key='HIDDEN two'",
        "wireless.default_radio0.key=HIDDEN bare three",
        "network.wg0.private_key='HIDDEN='",
        "network.@wireguard_wg0[0].preshared_key='HIDDEN'",
        "mwan.sim.pin=HIDDEN",
    ],
)
def test_the_value_of_a_telling_option_is_masked(line: str) -> None:
    masked = redact(line)
    assert "HIDDEN" not in masked
    assert masked.startswith(line.partition("HIDDEN")[0].rstrip("1'\""))
    assert redact(masked) == masked


@pytest.mark.parametrize(
    "line",
    [
        "\toption src_dport '5060'",
        "firewall.@redirect[0].dest_ip='192.0.2.7'",
        "\toption keepalive '20'",
        "\toption disabled '1' # the key is under the mat",
    ],
)
def test_everything_else_stays(line: str) -> None:
    assert redact(line) == line
