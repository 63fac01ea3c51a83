"""The same repairs in words: title, what a person has to do, and how to undo it."""

from __future__ import annotations

from collections.abc import Sequence

from auditor.model.audit import WantedForward
from auditor.model.facts import PortForward
from auditor.model.text import _
from auditor.remediate.quoting import words
from auditor.remediate.subjects import LayerOff, TimerChange


def raise_title(timers: Sequence[TimerChange]) -> str:
    """Return what is done in a few words."""
    names = ", ".join(words(timer.name) for timer in timers)
    return _("Raise {timers} to {seconds} s").format(
        timers=names, seconds="/".join(dict.fromkeys(str(timer.target) for timer in timers))
    )


def raise_change(timers: Sequence[TimerChange]) -> str:
    """Return one line a timer, with the value now and the one to set."""
    return "\n".join(
        _("Set {timer} to {target} s (now {found} s).").format(
            timer=words(timer.name), target=timer.target, found="/".join(map(str, timer.possible))
        )
        for timer in timers
    )


def raise_rollback(timers: Sequence[TimerChange]) -> str:
    """Return how to set the timers back, without guessing a value that was not shown."""
    lines = []
    for timer in timers:
        name = words(timer.name)
        if timer.found is None:
            lines.append(
                _("Set {timer} back to the value that you read before the change.").format(timer=name)
            )
        else:
            lines.append(_("Set {timer} back to {found} s.").format(timer=name, found=timer.found))
    return "\n".join(lines)


def layer_names(layers: Sequence[LayerOff]) -> str:
    """Return the layers' names for a sentence."""
    return ", ".join(words(layer.name) for layer in layers)


def disable_change(layers: Sequence[LayerOff]) -> str:
    """Return how to switch the layers off for the entries that stand already, too."""
    off = _("Switch off {layers}.").format(layers=layer_names(layers))
    clear = _(
        "Then clear the entries to UDP port 5060, or restart the router: existing entries keep the helper."
    )
    return f"{off}\n{clear}"


def register_again() -> str:
    """Return what the phones have to do once the helper is off and the entries are cleared."""
    return _(
        "All phones must re-register: restart them, or wait for their next registration; until then calls may not reach them."
    )


def add_text(wanted: WantedForward) -> str:
    """Return the forward to make, as a title."""
    text = _("Forward {protocol} {ports} to {address}").format(
        protocol=words(wanted.protocol.replace("_", "/")),
        ports=words(wanted.ports),
        address=words(wanted.address),
    )
    if wanted.source:
        text += " " + _("(only from {source})").format(source=words(wanted.source))
    return text


def forward_text(forward: PortForward) -> str:
    """Return which forward is meant and where it stands."""
    return _("{name} ({document}, line {line}: {text})").format(
        name=words(forward.name),
        document=words(forward.evidence.document),
        line=forward.evidence.line,
        text=words(forward.evidence.text.strip()),
    )
