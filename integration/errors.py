"""Every error that we raise on purpose: who can mend it, in which phase it arose, and the exit code it ends with.

A message names the place and the remedy, and never a person: it may be printed, logged and mailed.
"""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """How a command ends; a contract with scripts and schedulers."""

    DONE = 0
    FAILED = 1
    USAGE = 2
    HELD = 3  # done, and something waits for a person
    REFUSED = 4  # the document was refused
    CONFIGURATION = 5
    UNAVAILABLE = 6  # an outside system cannot be reached, or an effect is still owed


class FlagtagError(Exception):
    """Something went wrong that we foresaw: printed as one line, without a traceback."""

    exit_code = ExitCode.FAILED


class UsageError(FlagtagError):
    """The command was asked for something that is not there or not allowed; the person at the keyboard mends it."""

    exit_code = ExitCode.USAGE


class ConfigurationError(FlagtagError):
    """A setting is missing, wrong or unsafe; the system administrator mends it."""

    exit_code = ExitCode.CONFIGURATION


class DocumentRefused(FlagtagError):
    """A document is unsafe, unreadable or not ours; it is kept and shown until a person settles it.

    `reason` is a short fixed sentence and may be recorded; it never quotes the document.
    """

    exit_code = ExitCode.REFUSED

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Unavailable(FlagtagError):
    """An outside system did not answer as it should; trying later may help.

    `phase` says how far we got: resolve, connect, host key, sign in, list, download, set aside, remove, read, write …
    """

    exit_code = ExitCode.UNAVAILABLE

    def __init__(self, system: str, phase: str, reason: str) -> None:
        super().__init__(f"{system}: {phase}: {reason}")
        self.system, self.phase, self.reason = system, phase, reason


class Conflict(FlagtagError):
    """Somebody else changed it first; look again and decide again."""

    exit_code = ExitCode.USAGE


class IntegrityBroken(FlagtagError):
    """Our own records contradict themselves: a log that does not verify, a key slot that cannot be read back."""
