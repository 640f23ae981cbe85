"""What the child gives up by itself, before it parses: network, other programs, and files.

Linux only; elsewhere nothing is given up, and `confinement()` says so. No library is needed: the calls are made by
number, and one that the kernel does not know is left out.

    (1) no new privileges, no core dump, no tracing
    (2) Landlock: no file may be changed, and none read but the interpreter's own and its libraries'
    (3) seccomp: the system calls that reach a network, another process or the file system fail; threads may start
"""

from __future__ import annotations

import ctypes
import os
import platform
import struct
import sys
from collections.abc import Iterable

_PR_SET_DUMPABLE, _PR_SET_SECCOMP, _PR_SET_NO_NEW_PRIVS = 4, 22, 38
_SECCOMP_MODE_FILTER = 2
_LANDLOCK_CREATE, _LANDLOCK_ADD, _LANDLOCK_RESTRICT, _LANDLOCK_VERSION_FLAG = 444, 445, 446, 1
_LANDLOCK_BENEATH, _LANDLOCK_READ = 1, 0b1101  # execute, read a file, list a folder
_ALLOW, _DENY_EPERM, _DENY_ENOSYS = 0x7FFF0000, 0x00050001, 0x00050026
_LOAD, _JUMP_EQUAL, _JUMP_AT_LEAST, _JUMP_IF_BITS, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_X32_BIT, _CLONE_THREAD, _CLONE3 = 0x40000000, 0x00010000, 435
_LIBRARIES = ("/usr/lib", "/usr/lib64", "/usr/local/lib", "/lib", "/lib64")

# Architecture as seccomp names it, the number of clone, and the numbers of the calls that fail.
_CALLS: dict[str, tuple[int, int, tuple[int, ...]]] = {
    "x86_64": (
        0xC000003E,
        56,
        (
            41, 42, 43, 44, 46, 49, 50, 53, 288, 299, 307,  # socket, connect, accept, send…, bind, listen, socketpair
            57, 58, 59, 322,  # fork, vfork, execve, execveat
            62, 101, 200, 234, 310, 311, 424, 434, 438,  # kill, ptrace, tkill, tgkill, process_vm…, pidfd…
            76, 77, 82, 83, 84, 85, 86, 87, 88, 90, 91, 92, 93, 94,  # truncate, rename, mkdir, link, unlink, chmod…
            258, 259, 260, 263, 264, 265, 266, 268, 280, 316, 452,  # the same relative to a directory
            133, 161, 165, 166, 272, 308, 155, 428, 429, 430, 431, 432, 442,  # mount, chroot, unshare, setns
            248, 249, 250, 298, 321, 323, 319, 356, 425, 426, 427, 447,  # keys, perf, bpf, userfaultfd, memfd, io_uring
        ),
    ),
    "aarch64": (
        0xC00000B7,
        220,
        (
            198, 199, 200, 201, 202, 203, 206, 211, 242, 269,
            221, 281,
            129, 117, 130, 131, 270, 271, 424, 434, 438,
            45, 46, 34, 35, 36, 37, 38, 52, 53, 54, 55, 276, 452, 33,
            39, 40, 41, 51, 97, 268, 428, 429, 430, 431, 432, 442,
            217, 218, 219, 241, 279, 280, 282, 425, 426, 427, 447,
        ),
    ),
}  # fmt: skip


def give_up_everything() -> tuple[str, ...]:
    """Give up all that this kernel lets us give up; the names of what is now in force."""
    if not sys.platform.startswith("linux"):
        return ()
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)  # (1)
    if libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
        return ()
    given_up = []
    if _close_file_system(libc, (*sys.path, sys.prefix, sys.base_prefix, *_LIBRARIES)):  # (2)
        given_up.append("Landlock")
    if _forbid_calls(libc):  # (3)
        given_up.append("seccomp")
    return tuple(given_up)


def _close_file_system(libc: ctypes.CDLL, readable: Iterable[str]) -> bool:
    """A Landlock ruleset that handles every kind of access and allows reading in a few folders, and no more."""
    version = libc.syscall(_LANDLOCK_CREATE, None, 0, _LANDLOCK_VERSION_FLAG)
    if version < 1:
        return False
    every_access = (1 << {1: 13, 2: 14}.get(version, 15 if version < 5 else 16)) - 1
    rules = ctypes.create_string_buffer(struct.pack("=Q", every_access), 8)
    ruleset = libc.syscall(_LANDLOCK_CREATE, rules, 8, 0)
    if ruleset < 0:
        return False
    try:
        for folder in dict.fromkeys(path for path in readable if os.path.isdir(path)):
            _allow_reading(libc, ruleset, folder)
        return bool(libc.syscall(_LANDLOCK_RESTRICT, ruleset, 0) == 0)
    finally:
        os.close(ruleset)


def _allow_reading(libc: ctypes.CDLL, ruleset: int, folder: str) -> None:
    """The interpreter's own files and its libraries may be read: parsers load parts of themselves late."""
    handle = os.open(folder, os.O_PATH | os.O_CLOEXEC)
    try:
        rule = ctypes.create_string_buffer(struct.pack("=Qi", _LANDLOCK_READ, handle), 12)
        libc.syscall(_LANDLOCK_ADD, ruleset, _LANDLOCK_BENEATH, rule, 0)
    finally:
        os.close(handle)


def _forbid_calls(libc: ctypes.CDLL) -> bool:
    """A seccomp filter: of another architecture nothing is allowed, of ours all but the calls in the list."""
    known = _CALLS.get(platform.machine())
    if known is None or sys.maxsize < 2**32:
        return False
    program = _filter_program(*known)
    buffer = ctypes.create_string_buffer(program, len(program))
    count = len(program) // 8
    header = struct.pack("=HxxxxxxQ", count, ctypes.addressof(buffer))
    holder = ctypes.create_string_buffer(header, len(header))
    return bool(libc.prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, ctypes.byref(holder), 0, 0) == 0)


def _filter_program(architecture: int, clone: int, calls: tuple[int, ...]) -> bytes:
    """Berkeley packet filter instructions: (code, jump if true, jump if false, value)."""
    denied = sorted(set(calls))
    last = len(denied)
    steps = [
        (_LOAD, 0, 0, 4),  # the architecture
        (_JUMP_EQUAL, 1, 0, architecture),
        (_RETURN, 0, 0, _DENY_EPERM),
        (_LOAD, 0, 0, 0),  # the call's number
        (_JUMP_AT_LEAST, last + 6, 0, _X32_BIT),
        (_JUMP_EQUAL, 0, 1, _CLONE3),
        (_RETURN, 0, 0, _DENY_ENOSYS),  # the C library then asks with clone, whose flags can be seen
        (_JUMP_EQUAL, 0, 2, clone),
        (_LOAD, 0, 0, 16),  # the flags: a thread may start, a process may not
        (_JUMP_IF_BITS, last, last + 1, _CLONE_THREAD),
        *((_JUMP_EQUAL, last - at, 0, number) for at, number in enumerate(denied)),
        (_RETURN, 0, 0, _ALLOW),
        (_RETURN, 0, 0, _DENY_EPERM),
    ]
    return b"".join(struct.pack("=HBBI", *step) for step in steps)
