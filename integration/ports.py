"""What the core asks of the outside. A port stands only where the other side belongs to somebody else.

Ports are abstract classes: a connector that lacks a method fails when it is built, not at three in the morning.
Every failure of the other side is raised as `errors.Unavailable` with its phase; nothing else may escape.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from integration.domain.case_list import CameIn, Case
from integration.domain.flag import Flag, PlaceResult, StandingFlag, VerifyResult
from integration.domain.matching import IndexStatus, MatchDecision
from integration.domain.people import Patient, PersonName, RecordEnd


@dataclass(frozen=True, slots=True)
class UntrustedFile:
    """One file as a sender gave it. The name is somebody else's: never a path, never logged."""

    untrusted_name: str = field(repr=False)
    untrusted_bytes: bytes = field(repr=False)
    untrusted_subject: str = field(default="", repr=False)  # of the mail that it came in
    came_in: CameIn = CameIn.ITSELF


@dataclass(frozen=True, slots=True)
class TakenApart:
    """A mail or an archive is no document itself: its parts are, in their order, each as yet unread."""

    parts: tuple[UntrustedFile, ...]


@dataclass(frozen=True, slots=True)
class Waiting:
    """One delivery that lies complete at a source: a file, or a mail with its attachments.

    `ref` means something to its source alone. `sender` is the address that a mail states, empty if it does not state
    just one; None where deliveries have no sender at all (a folder, a drop).
    """

    ref: str = field(repr=False)
    sender: str | None = field(default=None, repr=False)
    size: int | None = None


@dataclass(frozen=True, slots=True)
class Probe:
    """One phase of a connection test, for `flagtag check`: resolve, connect, host key, sign in, list, write …"""

    phase: str
    ok: bool
    remedy: str = ""


class CaseListSource(ABC):
    """Where documents lie that somebody sent: a folder, an SFTP drop, a mailbox.

    The order of the verbs is the promise: `waiting`, `download`, then (ours being durable) `set_aside`, and when the
    documents' work is done `remove`, after which `is_gone` looks again. Each may be repeated at will.

    A delivery keeps its `ref` at every look, also after a restart; one that changed has another. Where the sender took
    a delivery away or changed it after our download, `set_aside` moves nothing, and `is_aside` says so.
    """

    name: str
    areas: tuple[str, ...]
    is_near: bool = False  # a look costs nobody anything: a folder, which is looked at whenever one hints at a change

    @abstractmethod
    def waiting(self) -> Iterator[Waiting]:
        """What lies there complete and no longer changes. Changes nothing."""

    @abstractmethod
    def download(self, waiting: Waiting) -> Sequence[UntrustedFile]:
        """The files of one delivery, whole. Changes nothing at the sender.

        Raises `DocumentRefused` for one that is larger than the source takes: it stays where it is.
        """

    @abstractmethod
    def set_aside(self, waiting: Waiting, arrival_id: str) -> None:
        """Move the sender's copy out of the inbox, under `arrival_id`; safe to repeat."""

    @abstractmethod
    def is_aside(self, arrival_id: str) -> bool:
        """Whether a copy is set aside under `arrival_id`."""

    @abstractmethod
    def remove(self, arrival_id: str) -> None:
        """Remove the copy that was set aside; safe to repeat."""

    @abstractmethod
    def is_gone(self, arrival_id: str) -> bool:
        """Look again: True only if the copy was looked for and is not there."""

    @abstractmethod
    def probe(self) -> Iterator[Probe]:
        """Try every phase for real, changing nothing that lasts; stop at the first that fails."""

    def settling(self) -> bool:
        """Whether the last `waiting` saw something that may still change: look again soon, there may be more."""
        return False

    def oddities(self) -> Sequence[str]:
        """What the last `waiting` left alone although it lies there: fixed sentences with counts, never a name."""
        return ()

    def recoverable_note(self) -> str:
        """What the other side may still be able to recover after removal, for the certificate."""
        return ""


class PatientIndex(ABC):
    """Who the trust's patients are. Asked, never changed, by matching."""

    @abstractmethod
    def match(self, cases: Sequence[Case]) -> Sequence[Sequence[MatchDecision]]:
        """One decision for every subject of every case, in order; the people of a list are decided together."""

    @abstractmethod
    def patient(self, local_id: str) -> Patient | None:
        """One patient, or None if the index does not hold them (any longer)."""

    @abstractmethod
    def search(self, name: PersonName, birth: str | None, limit: int = 10) -> Sequence[Patient]:
        """Patients by name and perhaps date of birth (ISO), for a reviewer who looks again."""

    @abstractmethod
    def status(self) -> IndexStatus:
        """How many patients, and how old."""

    @abstractmethod
    def probe(self) -> Iterator[Probe]:
        """Try every phase for real."""


@dataclass(frozen=True, slots=True)
class EndedRecords:
    """What came of ending records; `left`: nobody knows the record, or the one that it was merged into."""

    merged: int
    removed: int
    left: int


class LoadablePatientIndex(PatientIndex):
    """An index that we keep ourselves and load from extracts."""

    @abstractmethod
    def load(self, patients: Iterable[Patient], now: datetime, *, everybody: bool = False) -> int:
        """Add or update in place; returns how many changed. One load is one generation.

        The index stays half loaded after a load that broke off until one ends that may be its repeat: one as long, or
        of `everybody`.
        """

    @abstractmethod
    def end_records(self, ends: Sequence[RecordEnd]) -> EndedRecords:
        """Merge and remove records, in this order. The index gets no younger by it: what it holds is as old as before.

        What follows for flags and reviews is derived from the records, also after a kill.
        """

    @abstractmethod
    def absent_from(self, present: Collection[str]) -> Sequence[str]:
        """The patients of the index whose local id is not among these: whom a full extract does not know any longer."""


class FlagRegister(ABC):
    """The record system's flags. Exactly once is a matter of both sides: the flag's key is the same at each attempt.

    Whoever writes has looked first: `place` reads the patient and the standing flags before it writes, and reads back
    after it. A write whose answer was lost is `Unproven`, never repeated blindly.
    """

    name: str

    @abstractmethod
    def place(self, flag: Flag, patient: Patient, *, beside_opposite: bool = False) -> PlaceResult:
        """Make `flag` stand on the record of `patient`, once; safe to repeat. Never writes on a disagreeing patient.

        `beside_opposite`: a person has decided that it may stand beside a flag of the opposite role (rule 12).
        """

    @abstractmethod
    def change(self, flag: Flag, patient: Patient) -> PlaceResult:
        """Make a standing flag equal `flag` (an end, an entered-in-error); safe to repeat."""

    @abstractmethod
    def verify(self, flag: Flag, patient: Patient) -> VerifyResult:
        """Ask the register, not our ledger, whether the flag stands as it should."""

    @abstractmethod
    def standing(self, patient: Patient) -> Sequence[StandingFlag]:
        """Our flags on one patient's record, as the register holds them."""

    @abstractmethod
    def probe(self) -> Iterator[Probe]:
        """Try every phase for real, without writing a flag."""
