"""A whole deployment in a temporary folder, for tests of the use cases: real records and keys, the outside faked."""

from __future__ import annotations

import functools
import hashlib
import itertools
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from builders import patient
from fakes.case_list_source import FakeSource
from fakes.flag_register import FakeFlagRegister
from sqlalchemy import ColumnElement, RowMapping, Table, event, func, select

from connectors.local_patient_index import LocalPatientIndex
from integration.custody.keys import KeyStore
from integration.custody.policy import policy_in_force, sign_policy
from integration.custody.secrets import InstallationSecrets
from integration.custody.vault import Vault
from integration.domain.audit import Actor, ActorKind
from integration.domain.case_list import CameIn, Case, DocumentKind, MeetingNamed, Problem, Reading
from integration.domain.flag import FlagRule
from integration.domain.people import Patient
from integration.domain.progress import ListState, SubjectState
from integration.domain.retention import DisposalPolicy
from integration.errors import DocumentRefused
from integration.ports import TakenApart, UntrustedFile
from integration.reading import LayoutsToFollow
from integration.storage.database import Database, open_database
from integration.storage.schema import create_or_upgrade
from integration.storage.tables import arrivals, audit_events, cases, documents, flags, lists, meetings, subjects
from integration.workflow.deployment import Area, Deployment, FlagRules
from integration.workflow.process_case_list import due_steps, perform
from integration.workflow.receive_document import collect

AREA, OTHER_AREA = "Rotherham", "Doncaster"
SENDER = "marac.admin@police.example"
START = datetime(2026, 11, 16, 9, 0, tzinfo=UTC)  # a Monday, thirteen working days before the meeting
MEETING = date(2026, 12, 3)  # a Thursday
SERVICE = Actor("5" * 32, ActorKind.PROCESS)
REVIEWER = Actor("7" * 32, ActorKind.PERSON)
POLICY = DisposalPolicy("1")


class SettableClock:
    """Stands where it is put, but for a microsecond at each look, so that no two acts have one instant."""

    def __init__(self, at: datetime = START) -> None:
        self.at = at

    def __call__(self) -> datetime:
        self.at += timedelta(microseconds=1)
        return self.at

    def forward(self, **lapse: float) -> None:
        self.at += timedelta(**lapse)

    def to(self, day: date) -> None:
        """Noon of that day."""
        self.at = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)


@dataclass
class KnownReadings:
    """A reader that knows what each content says; `asked` and `told` are what it was given with it, the last last."""

    by_content: dict[bytes, Reading | TakenApart | Exception] = field(default_factory=dict)
    asked: list[tuple[str, ...]] = field(default_factory=list)
    told: list[LayoutsToFollow] = field(default_factory=list)

    def __call__(self, file: UntrustedFile, passwords: Sequence[str], layouts: LayoutsToFollow) -> Reading | TakenApart:
        self.asked.append(tuple(passwords))
        self.told.append(layouts)
        says = self.by_content.get(file.untrusted_bytes, DocumentRefused("it is no document that we read"))
        if isinstance(says, Exception):
            raise says
        return says


def reading(
    *cases_in_it: Case,
    kind: DocumentKind = DocumentKind.CASE_LIST,
    area: str | None = AREA,
    day: date | None = MEETING,
    problems: Sequence[Problem] = (),
    remarks: Sequence[Problem] = (),
) -> Reading:
    """What a document says, read by nobody."""
    sha256 = hashlib.sha256(repr(kind).encode()).hexdigest()
    meeting = MeetingNamed(area, day)
    return Reading(kind, "text/csv", sha256, meeting, cases_in_it, tuple(problems), remarks=tuple(remarks))


@functools.cache
def _new_database() -> bytes:
    """The file of a new database: made by the real migrations once, and copied for each test."""
    with tempfile.TemporaryDirectory() as folder:
        database = open_database(f"sqlite:///{folder}/new.db", SettableClock())
        create_or_upgrade(database)
        database.close()
        return Path(folder, "new.db").read_bytes()


def open_new_database(folder: Path, clock: Callable[[], datetime]) -> Database:
    """A new database in a folder, with every table and no row. Nobody cuts the power here: it syncs nothing."""
    (folder / "flagtag.db").write_bytes(_new_database())
    (folder / "flagtag.db").chmod(0o600)
    database = open_database(f"sqlite:///{folder}/flagtag.db", clock)
    event.listen(database.engine, "connect", lambda raw, _record: raw.execute("PRAGMA synchronous=OFF"))
    return database


def deployment(
    tmp_path: Path,
    *,
    patients: Iterable[Patient] = (),
    policy: DisposalPolicy | None = POLICY,
    **changes: Any,
) -> Deployment:
    """A deployment whose index holds `patients` and whose `policy` is signed (None: nobody signed one).

    `changes` replace fields of the Deployment. Close its database when done.
    """
    clock = changes.get("clock") or SettableClock()
    database = open_new_database(tmp_path, clock)
    keys = KeyStore.create(tmp_path / "keys")
    secrets = InstallationSecrets.create(tmp_path / "secrets")
    index = LocalPatientIndex(database, actor=SERVICE, stale_after=timedelta(hours=48), clock=clock)
    given = list(patients)
    if given:
        index.load(given, clock())
    if policy is not None:
        sign_policy(database, secrets, policy, "A. Approver, records manager", REVIEWER)
    register = changes.get("register") or FakeFlagRegister()
    made = Deployment(
        trust="RXX",
        database=database,
        vault=Vault.create(tmp_path / "vault", keys),
        keys=keys,
        secrets=secrets,
        index=index,
        register=register,
        register_name=register.name,
        areas={AREA: Area(AREA, frozenset({SENDER}), 8), OTHER_AREA: Area(OTHER_AREA, frozenset(), 8)},
        rules=FlagRules(FlagRule.AUTOMATIC, FlagRule.AUTOMATIC, 12),
        reader=KnownReadings(),
        policy=lambda: policy_in_force(database, secrets, policy or POLICY),
        clock=clock,
        bank_holidays=frozenset(),
        actor=SERVICE,
        sources={"drop": FakeSource("drop", (AREA,))},
    )
    return replace(made, **changes)


@dataclass
class Trust:
    """A deployment with its outside in reach: deliver, run, look."""

    deployment: Deployment
    clock: SettableClock
    reader: KnownReadings
    register: FakeFlagRegister
    source: FakeSource
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def deliver(self, says: Reading | TakenApart | Exception, *, sender: str | None = None) -> bytes:
        """Put a new document into the drop that will be read so; returns its content."""
        content = self.content(says)
        self.source.deliver(f"{len(content)}.csv", content, sender=sender)
        return content

    def content(self, says: Reading | TakenApart | Exception) -> bytes:
        """A new document that will be read so."""
        content = f"document {next(self._numbers)}".encode()
        self.reader.by_content[content] = says
        return content

    def archive(self, *parts: Reading | TakenApart | Exception | bytes) -> TakenApart:
        """What a reader says of an archive whose parts are these: known contents, or what new ones say."""
        contents = [part if isinstance(part, bytes) else self.content(part) for part in parts]
        return TakenApart(
            tuple(UntrustedFile(f"part {n}.csv", one, "", CameIn.ARCHIVE) for n, one in enumerate(contents, start=1))
        )

    def run(self) -> None:
        """Collect what waits, and do all that is due."""
        collect(self.deployment, self.source)
        self.work()

    def work(self) -> None:
        """Do all that is due until nothing more follows from the records."""
        for _ in range(50):
            before = self.log_length()
            for due in due_steps(self.deployment):
                perform(self.deployment, due.step, due.object_id)
            if self.log_length() == before:
                return
        raise AssertionError("the records never come to rest")

    def issue(self, *cases_in_it: Case, **says: Any) -> str:
        """A case list by way of the drop, and all that follows; returns its document's id."""
        content = self.deliver(reading(*cases_in_it, **says))
        self.run()
        return self.document_of(content)

    def as_reviewer(self) -> Deployment:
        return replace(self.deployment, actor=REVIEWER)

    def log_length(self) -> int:
        with self.deployment.database.reading() as connection:
            return int(connection.execute(select(func.count()).select_from(audit_events)).scalar_one())

    def rows(self, table: Table, *where: ColumnElement[bool]) -> list[RowMapping]:
        with self.deployment.database.reading() as connection:
            return list(connection.execute(select(table).where(*where)).mappings())

    def only(self, table: Table, *where: ColumnElement[bool]) -> RowMapping:
        """The one row that there is."""
        (row,) = self.rows(table, *where)
        return row

    def document_of(self, content: bytes) -> str:
        fingerprint = self.deployment.secrets.fingerprint("document", content)
        return str(self.only(documents, documents.c.fingerprint == fingerprint)["document_id"])

    def document(self, document_id: str) -> RowMapping:
        return self.only(documents, documents.c.document_id == document_id)

    def people(self, *where: ColumnElement[bool]) -> list[RowMapping]:
        """People on lists, in the order of case and place."""
        with self.deployment.database.reading() as connection:
            statement = (
                select(subjects, cases.c.case_no)
                .join(cases, subjects.c.case_id == cases.c.case_id)
                .where(*where)
                .order_by(cases.c.withdrawn, cases.c.case_no, subjects.c.subject_no)
            )
            return list(connection.execute(statement).mappings())

    def states(self, *where: ColumnElement[bool]) -> list[SubjectState]:
        return [SubjectState(row["state"]) for row in self.people(*where)]

    def list_state(self) -> ListState:
        return ListState(self.only(lists)["state"])

    def flags(self) -> list[RowMapping]:
        return sorted(self.rows(flags), key=lambda row: (row["patient"], row["role"], row["generation"]))

    def cases(self) -> list[RowMapping]:
        """The cases that stand, in the order of the list."""
        return sorted(self.rows(cases, ~cases.c.withdrawn), key=lambda row: row["case_no"])

    def meeting_id(self) -> str:
        return str(self.only(meetings)["meeting_id"])

    def arrival_states(self) -> list[str]:
        return [row["state"] for row in self.rows(arrivals)]

    def load(self, *people: Patient) -> None:
        """Update the index."""
        self.deployment.index.load(people, self.clock())

    def change_deployment(self, **changes: Any) -> None:
        self.deployment = replace(self.deployment, **changes)


def open_trust(tmp_path: Path, **changes: Any) -> Trust:
    """A deployment with a few patients, and everything round it in reach."""
    changes.setdefault("patients", [patient(), patient("1002", "ZZOTHER", "Rowan", nhs_number="9990000026")])
    made = deployment(tmp_path, clock=SettableClock(), reader=KnownReadings(), register=FakeFlagRegister(), **changes)
    source = made.sources["drop"]
    assert isinstance(made.clock, SettableClock) and isinstance(made.reader, KnownReadings)
    assert isinstance(made.register, FakeFlagRegister) and isinstance(source, FakeSource)
    return Trust(made, made.clock, made.reader, made.register, source)
