"""How the child is started: in bubblewrap's empty room where there is one, else bare, and always locked from within."""

from __future__ import annotations

import compileall
import importlib.util
import os
import shutil
import subprocess
import sys
import sysconfig
from functools import cache
from pathlib import Path

_BOOT = "import sys; sys.path[:0] = sys.argv[1:]; from integration.reading.child import main; main()"
_PROBE = (
    "import sys; sys.path[:0] = sys.argv[1:]; from integration.reading.lockdown import give_up_everything; "
    "print('+'.join(give_up_everything()))"
)
_PROBE_SECONDS = 60  # a busy machine is no reason to go without bubblewrap


def child_command() -> list[str]:
    """The command that starts a child: the same for every document, so it says nothing of any."""
    return [*_room(), *_python(_BOOT)]


@cache
def tried_confinement() -> str:
    """What holds the child on this machine, found out by starting one."""
    inside = _run(*_room(), *_python(_PROBE))
    parts = ["bubblewrap"] if _room() else []
    parts += inside.split("+") if inside else []
    return f"{', '.join(parts)}, resource limits" if parts else "resource limits only: install bubblewrap"


def _python(boot: str) -> list[str]:
    """Our interpreter alone: no environment, no user site, no site files; only the folders that it needs."""
    return [sys.executable, "-I", "-S", "-B", "-X", "utf8", "-c", boot, *(str(path) for path in _import_paths())]


@cache
def _import_paths() -> tuple[Path, ...]:
    """Where our own packages lie and where libraries lie."""
    _compile_our_packages()
    roots = dict.fromkeys(package.parent for package in _our_packages())
    libraries = dict.fromkeys(Path(sysconfig.get_path(name)) for name in ("purelib", "platlib"))
    return (*roots, *(path for path in libraries if path not in roots))


@cache
def _our_packages() -> tuple[Path, ...]:
    found = []
    for name in ("integration", "mappings"):
        spec = importlib.util.find_spec(name)
        if spec is None or not spec.submodule_search_locations:
            raise ModuleNotFoundError(name)
        found.append(Path(next(iter(spec.submodule_search_locations))).resolve())
    return tuple(found)


def _compile_our_packages() -> None:
    """The child cannot write byte code, so it is written here once, if it may be; else each start compiles anew."""
    for package in _our_packages():
        compileall.compile_dir(package, quiet=2, maxlevels=3)


@cache
def _room() -> tuple[str, ...]:
    """Bubblewrap's arguments, if it is there and works here; else nothing."""
    bubblewrap = shutil.which("bwrap", path="/usr/bin:/bin:/usr/local/bin")
    if bubblewrap is None:
        return ()
    room = (bubblewrap, *_walls())
    return room if _run(*room, *_python("print('ok')")) == "ok" else ()


def _walls() -> list[str]:
    """An empty root with the interpreter, our code and the system's libraries, all read-only; nothing shared."""
    arguments = ["--unshare-all", "--die-with-parent", "--new-session", "--cap-drop", "ALL", "--clearenv"]
    for folder in ("/lib", "/lib64", "/lib32", "/bin"):
        if os.path.islink(folder):
            arguments += ["--symlink", os.readlink(folder), folder]
        elif folder != "/bin":
            arguments += ["--ro-bind-try", folder, folder]
    shared = ["/usr/lib", "/usr/lib64", "/usr/local/lib", "/etc/ld.so.cache"]
    interpreter = [sys.executable, os.path.realpath(sys.executable), sys.prefix, sys.base_prefix]
    prefixes = [*interpreter, os.path.realpath(sys.base_prefix), os.path.realpath(sys.prefix)]
    ours = [str(path) for path in (*_our_packages(), *_library_paths())]
    for path in dict.fromkeys([*shared, *prefixes, *ours]):
        arguments += ["--ro-bind-try", path, path]
    return [*arguments, "--chdir", "/"]


def _library_paths() -> list[Path]:
    return [Path(sysconfig.get_path(name)) for name in ("purelib", "platlib", "stdlib")]


def _run(*command: str) -> str:
    """What a fixed command of ours prints; nothing if it fails."""
    try:
        done = subprocess.run(  # noqa: S603 - a fixed command
            command, capture_output=True, timeout=_PROBE_SECONDS, check=False, env={}, cwd="/", stdin=subprocess.DEVNULL
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.decode(errors="replace").strip() if done.returncode == 0 else ""
