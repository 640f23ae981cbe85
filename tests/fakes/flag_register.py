"""A flag register in memory, for tests of what stands above it; the contract suite holds it to its promises."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from integration.domain.flag import (
    Differs,
    Flag,
    FlagStatus,
    Missing,
    OppositeFlag,
    PatientDisagrees,
    Placed,
    PlaceResult,
    StandingFlag,
    Unproven,
    VerifyResult,
)
from integration.domain.people import Patient
from integration.errors import Unavailable
from integration.ports import FlagRegister, Probe


class FakeFlagRegister(FlagRegister):
    """Keeps flags by key. `fail_next` makes the next call fail;."""

    def __init__(self, name: str = "fake") -> None:
        self.name = name
        self.flags: dict[str, tuple[Flag, int]] = {}
        self.disagreeing: set[str] = set()
        self.writes = 0
        self._failures: list[str] = []
        self._lock = threading.Lock()

    def fail_next(self, kind: str = "unavailable") -> None:
        """The next `place` or `change` fails: unavailable | lost (written, unanswered) | unsent (not written)."""
        self._failures.append(kind)

    def tamper(self, flag: Flag) -> None:
        """Somebody at the register changes a flag behind our back."""
        self.flags[str(flag.key)] = (flag, self.flags[str(flag.key)][1] + 1)

    def forget(self, flag: Flag) -> None:
        del self.flags[str(flag.key)]

    def place(self, flag: Flag, patient: Patient, *, beside_opposite: bool = False) -> PlaceResult:
        if flag.status is not FlagStatus.ACTIVE:
            raise ValueError("only an active flag is placed; an end is a change")
        with self._lock:
            failure = self._failure()
            if patient.local_id in self.disagreeing:
                return PatientDisagrees("the NHS numbers differ")
            if str(flag.key) in self.flags:
                return self._compared(flag, already=True)
            opposite = None if beside_opposite else self._opposite(flag)
            return opposite or self._write(flag, 1, failure)

    def change(self, flag: Flag, patient: Patient) -> PlaceResult:
        with self._lock:
            failure = self._failure()
            held = self.flags.get(str(flag.key))
            if held is None:
                return Differs("", ("the flag is not there",))
            found, version = held
            if found == flag:
                return Placed(str(flag.key), str(version), already=True)
            if found.status is not FlagStatus.ACTIVE and flag.status is not FlagStatus.ENTERED_IN_ERROR:
                return Differs(str(flag.key), ("status",))
            return self._write(flag, version + 1, failure)

    def verify(self, flag: Flag, patient: Patient) -> VerifyResult:
        with self._lock:
            return self._compared(flag, already=True) if str(flag.key) in self.flags else Missing()

    def standing(self, patient: Patient) -> Sequence[StandingFlag]:
        now = datetime.now(UTC)
        with self._lock:
            held = [(flag, version) for flag, version in self.flags.values() if flag.patient == patient.local_id]
        return [StandingFlag(str(flag.key), str(version), flag, now) for flag, version in held]

    def probe(self) -> Iterator[Probe]:
        yield Probe("read", ok=True)

    def _failure(self) -> str:
        kind = self._failures.pop(0) if self._failures else ""
        if kind == "unavailable":
            raise Unavailable("fake flag register", "connect", "nothing answers at its address")
        return kind

    def _write(self, flag: Flag, version: int, failure: str) -> PlaceResult:
        if failure != "unsent":
            self.flags[str(flag.key)] = (flag, version)
            self.writes += 1
        return Unproven("its answer was cut off") if failure else self._compared(flag, already=False)

    def _opposite(self, flag: Flag) -> OppositeFlag | None:
        for key, (other, _) in self.flags.items():
            opposite = other.patient == flag.patient and other.role is flag.role.opposite
            if opposite and other.status is FlagStatus.ACTIVE:
                return OppositeFlag(key)
        return None

    def _compared(self, flag: Flag, *, already: bool) -> Placed | Differs:
        found, version = self.flags[str(flag.key)]
        names = tuple(
            path
            for path, name in (("status", "status"), ("period.start", "start"), ("period.end", "end"), ("code", "role"))
            if getattr(found, name) != getattr(flag, name)
        )
        return Differs(str(flag.key), names) if names else Placed(str(flag.key), str(version), already)
