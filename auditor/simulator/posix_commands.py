"""The commands of a simulated shell, as far as anybody needs them to see and set what ends a phone's entry."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from auditor.simulator.nft_tables import NftError
from auditor.simulator.posix_host import PosixHost

_NONE = "No such file or directory"
_SIP_FILTER = ("-p", "udp", "--orig-port-dst", "5060")
_TRACKER = "conntrack v1.4.6 (conntrack-tools)"
_NOT_PERMITTED = "Operation not permitted (you must be root)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    """What a command writes: output and errors."""

    text: str = ""
    error: str = ""


class Commands:
    """The commands of one session."""

    def __init__(self, host: PosixHost, *, root: bool) -> None:
        self._host = host
        self._root = root
        self._known: dict[str, Callable[[tuple[str, ...], str], Output]] = {
            "cat": self._cat, "conntrack": self._conntrack, "grep": self._grep, "ls": self._ls, "nft": self._nft,
            "printf": self._printf, "rm": self._rm, "sudo": self._sudo, "sysctl": self._sysctl, "uname": self._uname,
        }  # fmt: skip

    def run(self, words: tuple[str, ...], given: str = "") -> Output:
        """Run one command; `given` is its standard input."""
        called, data = words[0], self._host.data
        name = called.rpartition("/")[2]
        fixed = {known.partition(" ")[0] for known in data.outputs}
        if "/" in called and (name not in self._known.keys() | fixed or not _is_tool(called)):
            return Output(error=f"-bash: {called}: {_NONE}\n")
        hidden = not self._root and called in data.administration
        if hidden or name not in self._known.keys() | fixed:
            return Output(error=f"-bash: {called}: command not found\n")
        arguments = words[1:]
        printed = data.outputs.get(" ".join((name, *arguments)))
        if printed is not None:
            return self._fixed(name, printed)
        if name not in self._known:
            return Output(error=f"{name}: unknown arguments: {' '.join(arguments)}\n")
        return self._known[name](arguments, given)

    def _fixed(self, name: str, printed: str) -> Output:
        if name.endswith("-save") and not self._root:
            return Output(error="Fatal: can't open lock file /run/xtables.lock: Permission denied\n")
        return Output(text=printed)

    def _sudo(self, words: tuple[str, ...], given: str) -> Output:
        arguments = words[1:] if words[:1] == ("-n",) else words
        if not arguments:
            return Output(error="usage: sudo -h | -K | -k | -V\n")
        if not self._root:
            return Output(error="sudo: a password is required\n")
        return self.run(arguments, given)

    def _uname(self, words: tuple[str, ...], given: str) -> Output:
        del given
        data = self._host.data
        letters = "".join(word.removeprefix("-") for word in words) or "s"
        fields = {"s": "Linux", "n": data.name, "r": data.kernel}
        if any(word[:1] != "-" for word in words) or not set(letters) <= fields.keys():
            return Output(error=f"uname: invalid option -- '{letters}'\n")
        return Output(text=" ".join(fields[letter] for letter in "snr" if letter in letters) + "\n")

    def _printf(self, words: tuple[str, ...], given: str) -> Output:
        del given
        if not words:
            return Output(error="-bash: printf: usage: printf [-v var] format [arguments]\n")
        form = words[0].replace("\\n", "\n")
        texts = [form.replace("%s", word) for word in words[1:]] or [form.replace("%s", "")]
        return Output(text="".join(texts))

    def _cat(self, words: tuple[str, ...], given: str) -> Output:
        text, error = "" if words else given, ""
        for path in words:
            found = self._host.read(path)
            if found is None:
                error += f"cat: {path}: {_NONE}\n"
            elif not self._root and path.startswith("/sys/module/"):
                error += f"cat: {path}: Permission denied\n"
            else:
                text += found
        return Output(text=text, error=error)

    def _ls(self, words: tuple[str, ...], given: str) -> Output:
        del given
        paths = [word for word in words if not word.startswith("-")]
        missing = [path for path in paths if not self._host.exists(path)]
        return Output(
            text="".join(f"{path}\n" for path in paths if path not in missing),
            error="".join(f"ls: cannot access '{path}': {_NONE}\n" for path in missing),
        )

    def _grep(self, words: tuple[str, ...], given: str) -> Output:
        del given
        if words[:1] != ("-s",) or len(words) < 3:  # noqa: PLR2004 - option, pattern, file
            return Output(error="Usage: grep [OPTION]... PATTERNS [FILE]...\n")
        paths = [path for word in words[2:] for path in self._host.matching(word)]
        lines = [
            f"{path}:{line}\n"
            for path in paths
            for line in self._host.files[path].splitlines()
            if words[1] in line
        ]
        return Output(text="".join(lines))

    def _rm(self, words: tuple[str, ...], given: str) -> Output:
        del given
        force = words[:1] == ("-f",)
        error = ""
        for path in words[1:] if force else words:
            if not self._root:
                error += f"rm: cannot remove '{path}': Permission denied\n"
            elif self._host.files.pop(path, None) is None and not force:
                error += f"rm: cannot remove '{path}': {_NONE}\n"
        return Output(error=error)

    def _sysctl(self, words: tuple[str, ...], given: str) -> Output:
        del given
        if words[:1] == ("-p",):
            path = words[1] if len(words) > 1 else "/etc/sysctl.conf"
            text = self._host.read(path)
            if text is None:
                return Output(error=f'sysctl: cannot open "{path}": {_NONE}\n')
            wishes = [line for line in text.splitlines() if line.strip() and line.strip()[0] not in "#;"]
        else:
            wishes = [word for word in words if word != "-w"]
        if not wishes:
            return Output(error="sysctl: no variables specified\nTry `sysctl --help' for more information.\n")
        done = [self._key(wish) for wish in wishes]
        return Output(text="".join(part.text for part in done), error="".join(part.error for part in done))

    def _key(self, wish: str) -> Output:
        name, mark, value = (part.strip() for part in wish.partition("="))
        keys = self._host.keys
        if name not in keys:
            return Output(error=f"sysctl: cannot stat /proc/sys/{name.replace('.', '/')}: {_NONE}\n")
        if mark:
            if not self._root:
                return Output(error=f'sysctl: permission denied on key "{name}"\n')
            if not value.isdecimal() or int(value) > 2**31 - 1:
                return Output(error=f'sysctl: setting key "{name}": Invalid argument\n')
            keys[name] = str(int(value))
        return Output(text=f"{name} = {keys[name]}\n")

    def _conntrack(self, words: tuple[str, ...], given: str) -> Output:
        del given
        if words[1:] != _SIP_FILTER or words[0] not in {"-L", "-D"}:
            return Output(
                error=f"{_TRACKER}: unknown arguments\nTry `conntrack -h' or 'conntrack --help' for more information.\n"
            )
        if not self._root:
            return Output(error=f"{_TRACKER}: Operation failed: sorry, you must be root\n")
        entries = self._host.entries()
        if words[0] == "-D":
            self._host.clear()
        verb = "shown" if words[0] == "-L" else "deleted"
        return Output(
            text="".join(f"{entry}\n" for entry in entries),
            error=f"{_TRACKER}: {len(entries)} flow entries have been {verb}.\n",
        )

    def _nft(self, words: tuple[str, ...], given: str) -> Output:
        del given
        if not self._root:
            return Output(
                error=f"{_NOT_PERMITTED}\nnetlink: Error: cache initialization failed: Operation not permitted\n"
            )
        try:
            return self._nft_done(words)
        except KeyError:
            return Output(error=f"Error: {_NONE}\n{' '.join(words)}\n")

    def _nft_done(self, words: tuple[str, ...]) -> Output:
        tables = self._host.tables
        match words:
            case ("list", "ruleset"):
                return Output(text=tables.listing())
            case ("list", "table", family, name):
                return Output(text=tables.table(family, name))
            case ("delete", "table", family, name):
                tables.delete(family, name)
                return Output()
            case ("-f", path):
                return self._load(path)
        wrong = " ".join(words)
        return Output(error=f"Error: syntax error, unexpected {wrong or 'end of file'}\n{wrong}\n")

    def _load(self, path: str) -> Output:
        text = self._host.read(path)
        if text is None:
            return Output(error=f'internal:0:0-0: Error: Could not open file "{path}": {_NONE}\n')
        try:
            self._host.tables.load(text)
        except NftError as error:
            wrong = text.split("\n")[error.line - 1].strip()
            return Output(error=f"{path}:{error.line}:1-{len(wrong)}: Error: {error.reason}\n{wrong}\n")
        return Output()


def _is_tool(path: str) -> bool:
    return path.rpartition("/")[0] in {"/bin", "/sbin", "/usr/bin", "/usr/sbin"}
