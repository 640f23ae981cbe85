"""Look for a list's people in the patient index, and act where the answer is beyond doubt.

The people of a list are decided together. Who was not found is looked for again at each update of the index, until
the list closes; if it was a person who found nobody, a person is asked about whoever is new. Only a match that is
certain, unique and past every guard acts; everything else waits for a person.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, assert_never

from sqlalchemy import RowMapping, Select, select

from integration.domain.audit import Action
from integration.domain.case_list import Case, Reading
from integration.domain.flag import FlagRule
from integration.domain.matching import Basis, MatchCandidate, MatchDecision, Matched, NeedsReview, NoMatch, NotEnough
from integration.domain.people import Role, Subject
from integration.domain.progress import ListState, SubjectState
from integration.errors import ConfigurationError, Conflict, IntegrityBroken, Unavailable
from integration.matching.record_ends import has_ended
from integration.storage.database import Change
from integration.storage.records import get, move_subject
from integration.storage.tables import cases, documents, lists, meetings, subjects
from integration.workflow.deployment import Deployment
from integration.workflow.open_list import fingerprint_of_subject
from integration.workflow.raise_flags import EndedBefore, HeldInLedger, OppositeInLedger, Wanted, want_flag
from integration.workflow.sealed import reading_of

TO_CONFIRM = "flags of this role are confirmed by a person"
OPPOSITE = "the patient has a flag of the opposite role"
UNDER_TEN = "the list calls the patient a perpetrator, who is under ten"
ENDED = "an earlier flag was ended; a person decides about a new one"
FOUND_SINCE = "a person found nobody; the index has changed since, and knows somebody who was not shown then"
NOT_ENOUGH = "the list says too little to look for this person"

_TEN_YEARS = 10 * 365.2425  # days

NOT_PROPOSED = "not_proposed"  # marks whom a reviewer is shown though the list's own details do not propose them
LOOK_AGAIN = (SubjectState.NOT_OUR_PATIENT.value,)


def match_list(deployment: Deployment, list_id: str) -> None:
    """Decide every person of a list who waits, and those not found before if the index has changed since."""
    generation = _generation_of(deployment)
    with deployment.database.reading() as connection:
        listed = get(connection, lists, list_id)
        if listed["state"] == ListState.CLOSED.value:
            return
        meeting = get(connection, meetings, listed["meeting_id"])
        rows = list(connection.execute(_people_of(list_id)).mappings())
    due = [row for row in rows if _is_due(row, generation)]
    if not due:
        return
    answers = _ask(deployment, rows, _readings_of(deployment, rows), {})
    for row in due:  # one transaction a person: a kill in between loses nothing and repeats nothing
        _settle(deployment, row, answers[row["subject_id"]], meeting["meeting_date"])


def says_otherwise_now(deployment: Deployment, row: RowMapping) -> bool:
    """Whether the index now proposes others for somebody who waits, or grades or explains one of them otherwise.

    Who is shown though the list's own details do not propose them (a reviewer searched with others) does not count.
    """
    try:
        decision = decide_again(deployment, row)
    except (Unavailable, ConfigurationError):  # half loaded, say: nothing is known to be otherwise, and it can be shown
        return False
    if decision is None:
        return False
    now = {c["patient"]: (c["grade"], c["reasons"]) for c in on_record(proposed(decision))}
    before = {c["patient"]: (c.get("was", c["grade"]), c["reasons"]) for c in row["candidates"] or ()}
    beside = {c["patient"] for c in row["candidates"] or () if c.get(NOT_PROPOSED)}
    return any(now.get(patient) != before.get(patient) for patient in (now.keys() | before.keys()) - beside)


def decide_again(deployment: Deployment, row: RowMapping, sought: Subject | None = None) -> MatchDecision | None:
    """What the index says now of one person of a list, beside all the others; `sought`: by these details of theirs.

    None if they are no longer on the list: a later version dropped them, or their case is held, withdrawn or destroyed.
    """
    with deployment.database.reading() as connection:
        rows = list(connection.execute(_people_of(row["list_id"])).mappings())
    readings = _readings_of(deployment, rows)
    rows = [person for person in rows if readings[person["document_id"]] is not None]  # what is destroyed is not heard
    if row["subject_id"] not in {person["subject_id"] for person in rows}:
        return None
    return _ask(deployment, rows, readings, {row["subject_id"]: sought} if sought else {})[row["subject_id"]]


def proposed(decision: MatchDecision) -> Sequence[MatchCandidate]:
    """The patients who may be meant."""
    match decision:
        case Matched(best=best):
            return (best,)
        case NeedsReview(candidates=candidates):
            return candidates
        case NoMatch() | NotEnough():
            return ()
        case _:
            assert_never(decision)


def _readings_of(deployment: Deployment, rows: Sequence[RowMapping]) -> Mapping[str, Reading | None]:
    """What was read of the documents that name these people."""
    with deployment.database.reading() as connection:
        return {d: reading_of(deployment, get(connection, documents, d)) for d in {r["document_id"] for r in rows}}


def _ask(
    deployment: Deployment,
    rows: Sequence[RowMapping],
    readings: Mapping[str, Reading | None],
    instead: Mapping[str, Subject],
) -> Mapping[str, MatchDecision]:
    """What the index says of the people of a list, all together, by their ids; `instead`: details not the list's."""
    together: dict[str, list[RowMapping]] = {}
    for row in rows:
        together.setdefault(row["case_id"], []).append(row)
    asked = [_case_of(deployment, readings[group[0]["document_id"]], group, instead) for group in together.values()]
    decisions = deployment.index.match(asked)
    return {
        row["subject_id"]: decision
        for group, answer in zip(together.values(), decisions, strict=True)
        for row, decision in zip(group, answer, strict=True)
    }


def _generation_of(deployment: Deployment) -> int:
    status = deployment.index.status()
    if status.patients == 0:
        raise Unavailable("patient index", "read", "it is empty; load it by `flagtag index load FILE`")
    return status.generation


def _people_of(list_id: str) -> Select[Any]:
    """The list's people who take part in matching, with their case's place in the reading."""
    return (
        select(subjects, cases.c.case_no)
        .join(cases, subjects.c.case_id == cases.c.case_id)
        .where(
            cases.c.list_id == list_id,
            ~cases.c.withdrawn,
            ~cases.c.held,
            subjects.c.state.notin_((SubjectState.WITHDRAWN.value, SubjectState.HELD.value)),
            subjects.c.document_id == cases.c.document_id,  # not who was dropped by a later version
        )
        .order_by(cases.c.case_no, subjects.c.subject_no)
    )


def _is_due(row: RowMapping, generation: int) -> bool:
    if row["state"] == SubjectState.WAITING.value:
        return True
    return row["state"] in LOOK_AGAIN and (row["index_generation"] or 0) < generation


def _case_of(
    deployment: Deployment, reading: Reading | None, group: Sequence[RowMapping], instead: Mapping[str, Subject]
) -> Case:
    if reading is None:
        raise Unavailable("vault", "read", "what was read of this list is gone; hand the list in again")
    whole = reading.cases[group[0]["case_no"]]
    people = tuple(whole.subjects[row["subject_no"]] for row in group)
    for row, person in zip(group, people, strict=True):
        if fingerprint_of_subject(deployment, person) != row["fingerprint"]:
            raise IntegrityBroken(f"person {row['subject_id']}: what was read is not what is on record")
    asked = [instead.get(row["subject_id"], person) for row, person in zip(group, people, strict=True)]
    return Case(whole.case_ref, tuple(asked), whole.repeat)


def _settle(deployment: Deployment, row: RowMapping, decision: MatchDecision, meeting_date: str) -> None:
    try:
        with deployment.database.change() as change:
            if isinstance(decision, Matched) and has_ended(change.connection, decision.best.patient):
                return  # since the index was asked: flags have followed already, and it is asked again
            if row["decided_by"] is None:
                then, values = _consequence(deployment, change, row, decision, meeting_date)
            else:
                then, values = _after_a_person_s_no(row, decision)
            basis = decision.basis
            values |= _on_record(basis)
            details = {
                "state": then.value,
                "role": row["role"],
                "parameters": basis.parameters,
                "name_sets": basis.name_sets,
            }
            details |= {"index_generation": basis.index_generation, "index_stale": basis.index_stale}
            event = deployment.event(Action.SUBJECT_MATCHED, "subject", row["subject_id"], **details)
            move_subject(change, row, then, event, **values)
    except Conflict:
        return  # a person was faster; theirs stands


def _consequence(
    deployment: Deployment, change: Change, row: RowMapping, decision: MatchDecision, meeting_date: str
) -> tuple[SubjectState, dict[str, object]]:
    role = Role(row["role"])
    match decision:
        case Matched(best=best):
            return _found(deployment, change, row, role, best, meeting_date)
        case NeedsReview(candidates=candidates, why=why):
            if role is Role.OTHER:
                return SubjectState.NOT_FLAGGED_BY_RULE, {"candidates": on_record(candidates)}
            return SubjectState.UNDER_REVIEW, {"candidates": on_record(candidates), "review_why": list(why)}
        case NoMatch():
            return SubjectState.NOT_OUR_PATIENT, {"candidates": on_record(decision.candidates)}
        case NotEnough():
            if role in (Role.CHILD, Role.OTHER):
                return SubjectState.NOT_ENOUGH_TO_SAY, {}
            return SubjectState.UNDER_REVIEW, {"candidates": [], "review_why": [NOT_ENOUGH]}
        case _:
            assert_never(decision)


def _after_a_person_s_no(row: RowMapping, decision: MatchDecision) -> tuple[SubjectState, dict[str, object]]:
    """Somebody found nobody: that stands until the index knows a patient whom they were not shown, and never acts."""
    rejected = row["candidates"] or []
    seen = {candidate["patient"] for candidate in rejected}
    new = [candidate for candidate in proposed(decision) if candidate.patient not in seen]
    if not new or Role(row["role"]) is Role.OTHER:
        return SubjectState.NOT_OUR_PATIENT, {}
    shown = [*on_record(new), *rejected]
    return SubjectState.UNDER_REVIEW, {"candidates": shown, "review_why": [FOUND_SINCE], "decided_by": None}


def _found(
    deployment: Deployment, change: Change, row: RowMapping, role: Role, best: MatchCandidate, meeting_date: str
) -> tuple[SubjectState, dict[str, object]]:
    values: dict[str, object] = {"patient": best.patient, "candidates": on_record([best])}
    if role is Role.CHILD:
        return SubjectState.CHILD_NOTED, values
    match deployment.rules.of(role):
        case FlagRule.OFF:
            return SubjectState.NOT_FLAGGED_BY_RULE, values
        case FlagRule.CONFIRM:
            return SubjectState.UNDER_REVIEW, values | {"patient": None, "review_why": [TO_CONFIRM]}
        case FlagRule.AUTOMATIC if role is Role.PERPETRATOR and _is_under_ten(deployment, best.patient):
            return SubjectState.UNDER_REVIEW, values | {"patient": None, "review_why": [UNDER_TEN]}
        case FlagRule.AUTOMATIC:
            wanted = want_flag(deployment, change, row["subject_id"], best.patient, role, meeting_date)
        case unknown:
            assert_never(unknown)
    match wanted:
        case Wanted(flag_id=flag_id):
            return SubjectState.MATCHED, values | {"flag_id": flag_id}
        case OppositeInLedger():
            return SubjectState.UNDER_REVIEW, values | {"patient": None, "review_why": [OPPOSITE]}
        case EndedBefore():
            return SubjectState.UNDER_REVIEW, values | {"patient": None, "review_why": [ENDED]}
        case HeldInLedger(reason=reason):
            return SubjectState.UNDER_REVIEW, values | {"patient": None, "review_why": [reason]}
        case _:
            assert_never(wanted)


def _is_under_ten(deployment: Deployment, local_id: str) -> bool:
    """Whether nobody can accuse the patient: ten is the age of criminal responsibility (Children and Young Persons Act
    1933, s. 50). A child there has more likely changed places with an adult of the case.
    """
    patient = deployment.index.patient(local_id)
    return bool(patient and patient.birth and (deployment.today() - patient.birth).days < _TEN_YEARS)


def on_record(candidates: Sequence[MatchCandidate]) -> list[Mapping[str, object]]:
    """Candidates as the table keeps them: patient ids, grades, bits and plain reasons, never a value."""
    return [
        {
            "patient": c.patient,
            "grade": c.grade.value,
            "score": round(c.score, 2),
            "reasons": list(c.reasons),
            "weights": list(c.weights),
        }
        for c in candidates
    ]


def _on_record(basis: Basis) -> dict[str, object]:
    return {
        "parameters": basis.parameters,
        "index_generation": basis.index_generation,
        "index_stale": basis.index_stale,
    }
