"""Put a case list's people on record: a first version opens the meeting's list, a later one changes what differs.

Cases are compared by what they say, not by their reference, which may be renumbered (rule 13). An unchanged case
only points to its new place; what is gone or different acts, and what it flagged is put to a person. A case in doubt
is never taken for unchanged: what could not be read of it may be something else now.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, RowMapping, func, insert, select, update

from integration.domain.audit import Action
from integration.domain.case_list import Case, Problem, Reading
from integration.domain.people import Subject
from integration.domain.progress import ListState, SubjectState
from integration.storage.database import Change, new_id
from integration.storage.records import get, move_list, move_subject
from integration.storage.tables import cases, documents, list_versions, lists, subjects
from integration.workflow.arrivals import came_with_another
from integration.workflow.deployment import Deployment, on_day

UNREAD_CASE = -1  # `case_no` of a case of which only problems were read
CASE_GONE = "its case is no longer on the list"
_COUNT = re.compile(r"(?:row )?\d{1,3}")
_WITH_FLAG = frozenset(
    state.value
    for state in (
        SubjectState.FLAGGED,
        SubjectState.ALREADY_FLAGGED,
        SubjectState.MATCHED,
        SubjectState.UNDER_REVIEW,
    )
)


class ListIsClosed(Exception):
    """A new version of a closed list: never applied without a person, who opens it again."""


class AnotherCameWithIt(Exception):
    """Two lists of one meeting in one delivery, of which one says otherwise: perhaps halves, perhaps old and new."""


class SharesNobody(Exception):
    """A new version that holds none of the cases that stand: the other half of the list, perhaps, or another's list."""


@dataclass(frozen=True, slots=True)
class _NewCase:
    case_no: int
    ref_fingerprint: str
    fingerprint: str
    case: Case | None
    problems: tuple[Problem, ...]

    @property
    def is_counted(self) -> bool:
        """Whether its reference is no more than its number on the list."""
        return self.case is not None and _COUNT.fullmatch(self.case.case_ref) is not None


def open_list(
    deployment: Deployment,
    change: Change,
    document_id: str,
    meeting_id: str,
    reading: Reading,
    area: str,
    meeting_date: date,
    *,
    by_person: bool,
) -> None:
    """Record a reading as the meeting's list, or as its next version, inside the caller's transaction.

    Raises `ListIsClosed` and, before anybody is withdrawn for it, `AnotherCameWithIt` or `SharesNobody`, unless a
    person settles it.
    """
    list_id, version = add_list_version(
        deployment, change, document_id, meeting_id, area, meeting_date, by_person=by_person
    )
    new = list(_cases_of(deployment, document_id, reading))
    if not by_person:
        standing = _standing_cases(change, list_id)
        if came_with_another(change.connection, list_id, document_id) and not _holds_all(standing, new):
            raise AnotherCameWithIt
        if standing and not _has_in_common(deployment, change, standing, new):
            raise SharesNobody
    counts = _apply(deployment, change, list_id, document_id, new)
    action = Action.LIST_OPENED if version == 1 else Action.LIST_CHANGED
    change.also(deployment.event(action, "list", list_id, document=document_id, version=version, **counts))
    state = change.connection.execute(select(lists.c.state).where(lists.c.list_id == list_id)).scalar_one()
    if state != ListState.READ.value and (counts["added"] or counts["changed"]):
        back = deployment.event(Action.LIST_CHANGED, "list", list_id, state=ListState.READ.value)
        move_list(change, list_id, ListState.READ, back)


def add_list_version(
    deployment: Deployment,
    change: Change,
    document_id: str,
    meeting_id: str,
    area: str,
    meeting_date: date,
    *,
    by_person: bool,
) -> tuple[str, int]:
    """The meeting's list, opened if this is its first version, and the version's number.

    Raises `ListIsClosed` unless a person settles it, which opens the list again. A list that arrived after its notice
    is marked late, never refused.
    """
    row = change.connection.execute(select(lists).where(lists.c.meeting_id == meeting_id)).mappings().one_or_none()
    if row is not None and row["state"] == ListState.CLOSED.value:
        if not by_person:
            raise ListIsClosed
        again = deployment.event(Action.LIST_CHANGED, "list", row["list_id"], state=ListState.READ.value, reopened=True)
        move_list(change, row["list_id"], ListState.READ, again, closed_at=None)
    list_id = new_id() if row is None else str(row["list_id"])
    if row is None:
        arrived = on_day(get(change.connection, documents, document_id)["received_at"])
        late = deployment.areas[area].list_due(meeting_date, deployment.bank_holidays) < arrived
        values = {"list_id": list_id, "meeting_id": meeting_id, "state": ListState.READ.value, "late": late}
        change.connection.execute(insert(lists).values(**values, opened_at=change.now))
    last = select(func.max(list_versions.c.version)).where(list_versions.c.list_id == list_id)
    version = (change.connection.execute(last).scalar() or 0) + 1
    link = {"list_id": list_id, "version": version, "document_id": document_id}
    change.connection.execute(insert(list_versions).values(**link))
    return list_id, version


def fingerprint_of_subject(deployment: Deployment, subject: Subject) -> str:
    """HMAC of all that a list says of a person, their place in the file apart."""
    says = (
        subject.role.value,
        *(f"{n.family}|{n.given}" for n in subject.names),
        *(b.isoformat() for b in subject.births),
        str(subject.age),
        str(subject.sex),
        str(subject.nhs_number),
        *(f"{a.line}|{a.postcode}" for a in subject.addresses),
        *subject.phones,
        *([f"born in {subject.born_in}"] if subject.born_in else []),
    )
    return deployment.secrets.fingerprint("subject", *(part.encode() for part in says))


def _cases_of(deployment: Deployment, document_id: str, reading: Reading) -> Iterable[_NewCase]:
    """Every case that the reading knows of, those included of which only a problem was read."""
    seen: set[str] = set()
    for number, case in enumerate(reading.cases):
        seen.add(case.case_ref)
        prints = [fingerprint_of_subject(deployment, subject) for subject in case.subjects]
        problems = reading.problems_of(case.case_ref)
        said = [str(case.repeat), *prints, *([document_id, case.case_ref] if problems or not prints else [])]
        fingerprint = deployment.secrets.fingerprint("case", *(part.encode() for part in said))
        yield _NewCase(number, _ref(deployment, case.case_ref), fingerprint, case, problems)
    for ref in dict.fromkeys(problem.case_ref for problem in reading.problems if problem.case_ref):
        if ref not in seen:
            fingerprint = deployment.secrets.fingerprint("unread case", document_id.encode(), ref.encode())
            yield _NewCase(UNREAD_CASE, _ref(deployment, ref), fingerprint, None, reading.problems_of(ref))


def place_alone(where: str) -> str:
    """A place without a sheet's title: people write what they please in one, and columns hold nobody's name."""
    return where.rpartition("!")[2]


def _ref(deployment: Deployment, case_ref: str) -> str:
    return deployment.secrets.fingerprint("case reference", " ".join(case_ref.split()).casefold().encode())


def _apply(
    deployment: Deployment, change: Change, list_id: str, document_id: str, new: Sequence[_NewCase]
) -> dict[str, int]:
    old = _standing_cases(change, list_id)
    counts = {"added": 0, "changed": 0, "unchanged": 0, "withdrawn": 0}
    different = []
    for case in new:  # all that say the same first: a new case may bear the number of an old one
        same = _take(old, "fingerprint", case.fingerprint, case.ref_fingerprint)
        if same is None:
            different.append(case)
        else:
            _point(change, same, document_id, case)
            counts["unchanged"] += 1
    for case in different:
        before = _take(old, "ref_fingerprint", case.ref_fingerprint, case.ref_fingerprint)
        if before is not None:
            _change_case(deployment, change, before, document_id, case)
            counts["changed"] += 1
        else:
            _add_case(deployment, change, list_id, document_id, case)
            counts["added"] += 1
    for gone in old:
        _withdraw(deployment, change, gone)
        counts["withdrawn"] += 1
    return counts


def _standing_cases(change: Change, list_id: str) -> list[RowMapping]:
    standing = select(cases).where(cases.c.list_id == list_id, ~cases.c.withdrawn)
    return list(change.connection.execute(standing).mappings())


def _holds_all(standing: Iterable[RowMapping], new: Iterable[_NewCase]) -> bool:
    """Whether every case that stands says the same in the new version."""
    return {case["fingerprint"] for case in standing} <= {case.fingerprint for case in new}


def _has_in_common(
    deployment: Deployment, change: Change, standing: Sequence[RowMapping], new: Sequence[_NewCase]
) -> bool:
    """Whether a case or a person that stands is in the new version. Halves may both count their cases from 1."""
    counting = min(len(standing), len(new)) > 1
    told = {case.fingerprint for case in new}
    told |= {case.ref_fingerprint for case in new if not (counting and case.is_counted)}
    if any(told & {row["fingerprint"], row["ref_fingerprint"]} for row in standing):
        return True
    people = [subject for case in new if case.case is not None for subject in case.case.subjects]
    known = {fingerprint_of_subject(deployment, subject) for subject in people}
    return any(subject["fingerprint"] in known for row in standing for subject in standing_subjects(change, row))


def _take(old: list[RowMapping], column: str, value: str, ref: str) -> RowMapping | None:
    """The standing case with that fingerprint, the one with the same reference first; taken out of `old`."""
    fits = [row for row in old if row[column] == value]
    best = next((row for row in fits if row["ref_fingerprint"] == ref), fits[0] if fits else None)
    if best is not None:
        old.remove(best)
    return best


def _point(change: Change, row: RowMapping, document_id: str, case: _NewCase) -> None:
    """The same case in a newer version: only its place is new."""
    values = {"document_id": document_id, "case_no": case.case_no, "ref_fingerprint": case.ref_fingerprint}
    change.connection.execute(update(cases).where(cases.c.case_id == row["case_id"]).values(**values))
    change.connection.execute(update(subjects).where(_standing(row)).values(document_id=document_id))


def _add_case(deployment: Deployment, change: Change, list_id: str, document_id: str, case: _NewCase) -> None:
    case_id = new_id()
    values = {"case_id": case_id, "list_id": list_id, "document_id": document_id, **_case_values(case)}
    change.connection.execute(insert(cases).values(**values))
    if case.problems:
        change.also(deployment.event(Action.CASE_HELD, "case", case_id, problems=len(case.problems)))
    for number, subject in enumerate(case.case.subjects if case.case else ()):
        _add_subject(deployment, change, case_id, document_id, number, subject, held=bool(case.problems))


def _case_values(case: _NewCase) -> dict[str, object]:
    first = case.problems[0] if case.problems else None
    return {
        "case_no": case.case_no,
        "ref_fingerprint": case.ref_fingerprint,
        "fingerprint": case.fingerprint,
        "repeat": case.case.repeat if case.case else None,
        "held": first is not None,
        "held_reason": first.reason if first else None,
        "held_where": place_alone(first.where) if first else None,
        "transcribed_people": 0,
    }


def _add_subject(
    deployment: Deployment, change: Change, case_id: str, document_id: str, number: int, subject: Subject, *, held: bool
) -> None:
    values = {
        "subject_id": new_id(),
        "case_id": case_id,
        "document_id": document_id,
        "subject_no": number,
        "fingerprint": fingerprint_of_subject(deployment, subject),
        "role": subject.role.value,
        "state": (SubjectState.HELD if held else SubjectState.WAITING).value,
    }
    change.connection.execute(insert(subjects).values(**values))


def _change_case(deployment: Deployment, change: Change, row: RowMapping, document_id: str, case: _NewCase) -> None:
    """A case that says something else now: people of whom it says the same stay, the others go or come."""
    case_id, held = row["case_id"], bool(case.problems)
    change.connection.execute(
        update(cases).where(cases.c.case_id == case_id).values(document_id=document_id, **_case_values(case))
    )
    standing = standing_subjects(change, row)
    for number, subject in enumerate(case.case.subjects if case.case else ()):
        fingerprint = fingerprint_of_subject(deployment, subject)
        same = next((s for s in standing if s["fingerprint"] == fingerprint), None)
        if same is None:
            _add_subject(deployment, change, case_id, document_id, number, subject, held=held)
            continue
        standing.remove(same)
        values = {"document_id": document_id, "subject_no": number}
        change.connection.execute(update(subjects).where(subjects.c.subject_id == same["subject_id"]).values(**values))
        if same["state"] == SubjectState.HELD.value and not held:
            move_subject(change, same, SubjectState.WAITING)
        elif same["state"] == SubjectState.WAITING.value and held:
            move_subject(change, same, SubjectState.HELD)
    for gone in standing:
        withdraw_subject(deployment, change, gone)


def _withdraw(deployment: Deployment, change: Change, row: RowMapping) -> None:
    change.connection.execute(
        update(cases).where(cases.c.case_id == row["case_id"]).values(withdrawn=True, held=False, transcribed_people=0)
    )
    for subject in standing_subjects(change, row):
        withdraw_subject(deployment, change, subject)


def withdraw_subject(deployment: Deployment, change: Change, subject: RowMapping) -> None:
    """Take a person off the list; what was flagged for them is put to a person, never undone by itself (rule 13)."""
    supports_a_flag = subject["flag_id"] is not None and subject["state"] in _WITH_FLAG
    then = SubjectState.UNDER_REVIEW if supports_a_flag else SubjectState.WITHDRAWN
    event = deployment.event(Action.SUBJECT_SETTLED, "subject", subject["subject_id"], state=then.value)
    values = {"review_why": [CASE_GONE]} if then is SubjectState.UNDER_REVIEW else {}
    move_subject(change, subject, then, event, **values)


def standing_subjects(change: Change, case: RowMapping) -> list[RowMapping]:
    """The people whom a case names now."""
    return list(change.connection.execute(select(subjects).where(_standing(case))).mappings())


def _standing(case: RowMapping) -> ColumnElement[bool]:
    """Who is under review because a version dropped them stays behind at the version that named them."""
    of_case = (subjects.c.case_id == case["case_id"]) & (subjects.c.document_id == case["document_id"])
    standing: ColumnElement[bool] = of_case & (subjects.c.state != SubjectState.WITHDRAWN.value)
    return standing


def as_listed(deployment: Deployment, reading: Reading, row: RowMapping) -> tuple[Case, Subject] | None:
    """A person as the version that named them says, with their case; None if it says nobody like that.

    `row` is the person's, with their case's number. Who was dropped by a later version no longer has a place, as the
    case's number is the later version's: they are known by what was said of them, and never taken for somebody else.
    """
    found = [
        (case_no != row["case_no"] or subject_no != row["subject_no"], case, subject)
        for case_no, case in enumerate(reading.cases)
        for subject_no, subject in enumerate(case.subjects)
        if fingerprint_of_subject(deployment, subject) == row["fingerprint"]
    ]
    _, case, subject = min(found, key=lambda one: one[0], default=(True, None, None))
    return None if case is None or subject is None else (case, subject)
