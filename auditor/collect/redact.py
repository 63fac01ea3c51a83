"""Masks secrets in texts of devices before anything is kept or shown; lines and line numbers stay."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable

MASK = "***"
_SHORTEST = 4  # characters of a literal secret: a shorter one would mask half the text

# Words that name a secret when a value follows; `key` alone would also be a menu's `key=value`.
_NAMES = (
    r"[\w.-]*(?:pass(?:word|wd|phrase|code)?|secret|psk|passwd|community|credential|token|api[-_]?key|"
    r"pre-?shared-?key|shared-?key|private-?key|secret-?key|auth-?key|encryption-?key|wpa2?-pre-shared-key|"
    r"authentication-(?:password|key)|md5-key|sae-password|ipsec-secret|radius-?key|tacacs-?key|pin)"
)
_NOT_SECRETS = r"(?:yes|no|on|off|none|enabled?|disabled?|true|false|\*+|\"\"|''|)"
_ASSIGNED = re.compile(rf"(?i)(?P<name>\b{_NAMES}\s*[=:]\s*)(?P<value>\"(?:\\.|[^\"\\])*\"|'[^']*'|[^\s;,]+)")
_WORDS = re.compile(
    r"(?i)^(?P<name>.*?\b(?:password|passwd|secret|psksecret|pre-shared-key|psk|pass-phrase|community|key-string|"
    r"auth-pass|passphrase|[a-z]{2,12}-authentication|authentication-key|key|md5|sha|priv|auth)\s+(?:(?:ENC|irreversible-cipher|cipher|simple|read|write|"
    r"hash|sha-512|sha512|plain-text|encrypted|encrypted-password|level|ascii-text|hexadecimal|local|remote|remote-id|ro|rw|[0-9]{1,2})\s+)*)"
    r"(?P<value>\"[^\"]+\"|(?=\S*[^a-z\s-])\S{6,}|\$\S+)"
)
# Consoles with views: these words say in which form the secret follows, in whatever statement.
_FORMED = re.compile(
    r"(?i)(?P<name>\b(?:(?:irreversible-)?cipher|simple|(?:authentication|privacy)-mode\s+[a-z]+[0-9]*)\s+)"
    r"(?P<value>(?=\S*[^a-z\s-])\S{4,})"
)
_HASH = re.compile(r"\$(?:1|2[aby]?|5|6|7|8|9|14|y|sha1|apr1)\$[^\s\"':;,]+")
_URL = re.compile(r"(?P<name>\b[a-z][a-z0-9+.-]{1,12}://[^\s:/@]{1,200}:)[^\s@/]{1,200}(?=@)")
_URL_KEY = re.compile(r"(?P<name>\bwss?://[^\s+]{1,200}\+)[^\s+]+")
_LONG_KEY = re.compile(r"(?P<name>\b(?:ssh-(?:rsa|ed25519|dss)|ecdsa-sha2-\S+)\s+)[A-Za-z0-9+/=]{40,}")
_BLOCK = re.compile(r"-----BEGIN [A-Z0-9 ]*(?:PRIVATE KEY|CERTIFICATE)[A-Z0-9 ]*-----")
_BLOCK_END = re.compile(r"-----END [A-Z0-9 ]*-----")
# Consoles with a tree of menus: `tab` names the columns of the rows that `add` writes, a path or braces name a value.
_TELLING = r"(?:pass|secret|\bsec\b|psk|key|\bpin\b|pincode|communit|credential|token)"
_TAB = re.compile(r"(?i)^\s*tab\s(?P<columns>.*)")
_ROW = re.compile(r"(?i)^\s*(?:add|set)\s+(?!/)[^{]*$")
_CELL = re.compile(r'"[^"]*"|\S+')
_IN_TREE = re.compile(
    rf"(?i)(?P<name>\bset\s+/\S*{_TELLING}[^\s/]*\s+|\{{[^{{}}]*{_TELLING}[^{{}}]*\}}\s+)"
    r"(?P<value>\"[^\"]*\"|[^\s;{][^\s;]*)"
)
# UCI: an option or list by its name, in a file or as it is shown; the value is the rest of the line.
_OPTION = re.compile(
    rf"(?i)^(?P<name>\s*(?:(?:option|list)\s+['\"]?[\w-]*{_TELLING}[\w-]*['\"]?\s+"
    rf"|[\w-]+\.[^\s.=]+\.[\w-]*{_TELLING}[\w-]*=))(?P<value>\S.*?)\s*$"
)
# An XML element whose content is a secret, and what stands between tags.
_SECRET_ELEMENT = re.compile(
    r"(?i)(?P<start><(?P<name>[\w.-]*(?:passw(?:or)?d|pwd|passphrase|secret|community|hash|psk|token|bindpw|otp_seed)"
    r"|[\w.-]*(?:pre-?shared|shared|priv(?:ate)?|api|auth|encryption|static|tls)[_-]?keys?|prv|tls|authorizedkeys)"
    r"(?:\s[^<>]*)?>)(?P<value>[^<]+|<!\[CDATA\[.{0,10000}?\]\]>)(?=</(?P=name)>|$)"
)
_RAW, _RAW_END = "<![CDATA[", "]]>"
_ELEMENT = re.compile(r"^\s*</?[A-Za-z_][\w.:-]*(?:\s[^<>]*)?/?>")
_BETWEEN_TAGS = re.compile(r"(<!\[CDATA\[.*?(?:\]\]>|$)|<[^<>]*>)")
# A line without any of these, in lower case, holds nothing to mask: most lines of a large config do not.
_HINTS = [
    "pass",
    "pwd",
    "bindpw",
    "hash",
    "prv",
    "otp",
    "tls",
    "sec",
    "communit",
    "psk",
    "credential",
    "token",
    "key",
    "pin",
    "md5",
    "sha",
    "priv",
    "auth",
    "ssh-",
    "ecdsa",
    "://",
    "-----begin",
    "$",
]


def redact(text: str, secrets: Iterable[str] = ()) -> str:
    """Return the text with every secret as `***`: those named here, and those that the text itself marks as such.

    The same number of lines comes back; doing it twice changes nothing more.
    """
    for secret in sorted({s for s in secrets if len(s) >= _SHORTEST}, key=len, reverse=True):
        text = text.replace(secret, MASK)
    lowered = text.lower()
    hints = [hint for hint in _HINTS if hint in lowered]
    if not hints:
        return text
    lines = text.split("\n")
    inside, columns = False, frozenset[int]()
    for index, (line, low) in enumerate(zip(lines, lowered.split("\n"), strict=True)):
        if inside:
            inside = not _BLOCK_END.search(line)
            lines[index] = line if not inside else MASK
        elif named := _TAB.match(line):
            columns = _secret_columns(named["columns"])
        elif columns and _ROW.match(line):
            lines[index] = _row(line, columns)
        elif any(hint in low for hint in hints):
            lines[index] = _line(line)
            inside = bool(_BLOCK.search(line)) and not _BLOCK_END.search(line)
    return "\n".join(lines)


def _secret_columns(names: str) -> frozenset[int]:
    return frozenset(
        number for number, name in enumerate(names.split(), 1) if re.search(_TELLING, name, re.IGNORECASE)
    )


def _row(line: str, columns: frozenset[int]) -> str:
    """Mask the cells of a row by their place; the verb is the first."""
    numbers = itertools.count()

    def cell(match: re.Match[str]) -> str:
        value = match[0]
        if next(numbers) not in columns or value in {"", '""', f'"{MASK}"'}:
            return value
        return f'"{MASK}"' if value.startswith('"') else MASK

    return _CELL.sub(cell, line)


def _line(line: str) -> str:
    """Mask a line; tags of XML stay whole, or nothing behind them could be read."""
    if not _ELEMENT.match(line):
        return _words(line)
    line = _SECRET_ELEMENT.sub(rf"\g<start>{MASK}", line)
    return "".join(_part(part) for part in _BETWEEN_TAGS.split(line))


def _part(text: str) -> str:
    if text.startswith(_RAW):
        end = _RAW_END if text.endswith(_RAW_END) else ""
        return f"{_RAW}{_words(text[len(_RAW) :].removesuffix(end))}{end}"
    return text if text.startswith("<") else _words(text)


def _words(line: str) -> str:
    line = _HASH.sub(MASK, line)
    line = _URL.sub(rf"\g<name>{MASK}", line)
    line = _URL_KEY.sub(rf"\g<name>{MASK}", line)
    line = _LONG_KEY.sub(rf"\g<name>{MASK}", line)
    line = _ASSIGNED.sub(_masked, line)
    line = _IN_TREE.sub(_masked, line)
    line = _OPTION.sub(_masked, line)
    line = _FORMED.sub(_masked, line)
    return _WORDS.sub(_masked, line) if len(line) < 2000 else line  # noqa: PLR2004 - no config line is longer


def _masked(match: re.Match[str]) -> str:
    value = match["value"]
    if re.fullmatch(f"(?i){_NOT_SECRETS}", value):
        return match[0]
    quote = value[0] if value[0] in "\"'" and len(value) > 1 and value[-1] == value[0] else ""
    return f"{match['name']}{quote}{MASK}{quote}"
