"""Search again: a reviewer looks for a person of a list with other details than the list gives.

What is found joins the candidates of whoever waits, with its reasons, so that a decision rests on what was shown and
"no match" says no to it, too. Whoever had seen the entry before that is told to look at it again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from sqlalchemy import RowMapping

from integration.domain.audit import Action
from integration.domain.case_list import Case
from integration.domain.matching import Basis, MatchCandidate, MatchGrade
from integration.domain.people import Address, BirthYear, Patient, PersonName, Role, Subject
from integration.domain.progress import SubjectState
from integration.errors import UsageError
from integration.storage.records import move_subject
from integration.workflow.deployment import Deployment
from integration.workflow.match_subjects import NOT_PROPOSED, decide_again, on_record, proposed
from integration.workflow.open_list import as_listed
from integration.workflow.review_match import row_and_document, standing_flags, version_last_shown
from integration.workflow.sealed import reading_of

BY_NAME = "found by name in a search"
MOST_FOUND = 10


@dataclass(frozen=True, slots=True)
class Changed:
    """Details to look with in place of the list's; whatever is left empty stays as the list says."""

    family: str = field(default="", repr=False)
    given: str = field(default="", repr=False)
    birth: date | BirthYear | None = field(default=None, repr=False)
    postcode: str = field(default="", repr=False)
    nhs_number: str = field(default="", repr=False)
    phone: str = field(default="", repr=False)

    def applied_to(self, listed: Subject | None, role: Role) -> Subject:
        """The person as they are looked for now; raises `UsageError` where nothing gives a name."""
        before = listed.names[0] if listed else None
        family, given = self.family or (before.family if before else ""), self.given or (before.given if before else "")
        try:
            name = PersonName(family, given)
        except ValueError:
            raise UsageError("what the list said is destroyed: a search needs a name") from None
        subject = replace(listed, names=(name, *listed.names[1:])) if listed else Subject(role, (name,))
        if isinstance(self.birth, BirthYear):
            subject = replace(subject, births=(), born_in=self.birth)
        elif self.birth:
            subject = replace(subject, births=(self.birth,), born_in=None)
        return replace(
            subject,
            addresses=(Address("", self.postcode),) if self.postcode else subject.addresses,
            nhs_number=self.nhs_number or subject.nhs_number,
            phones=(self.phone,) if self.phone else subject.phones,
        )


@dataclass(frozen=True, slots=True)
class Found:
    """Whom a search looked for, and the patients who may be meant, the likeliest first, as a display has them."""

    sought: Subject = field(repr=False)
    candidates: tuple[tuple[dict[str, Any], Patient | None], ...] = field(repr=False)
    standing: Mapping[str, tuple[Role, ...]]  # by candidate, as a display has it


def search_again(deployment: Deployment, subject_id: str, changed: Changed) -> Found:
    """Look in the index with changed details; on record like every display of a person."""
    row, document = row_and_document(deployment, subject_id)
    reading = reading_of(deployment, document)
    _, listed = (as_listed(deployment, reading, row) if reading is not None else None) or (None, None)
    sought = changed.applied_to(listed, Role(row["role"]))
    several, basis = _candidates(deployment, row, listed, sought)
    candidates = [dict(c) for c in on_record(several)]
    _put_on_record(deployment, row, candidates, basis if sought == listed else None)
    found = tuple((c, deployment.index.patient(str(c["patient"]))) for c in candidates)
    return Found(sought, found, standing_flags(deployment, [patient.local_id for _, patient in found if patient]))


def _candidates(
    deployment: Deployment, row: RowMapping, listed: Subject | None, sought: Subject
) -> tuple[list[MatchCandidate], Basis]:
    """Whoever matching proposes, the whole list heard as at every decision; then whoever merely has a name like that.

    What the list said may be destroyed, or the person dropped from it: then nobody is beside them.
    """
    decision = decide_again(deployment, row, sought) if listed else None
    if decision is None:
        [[decision]] = deployment.index.match([Case("", (sought,))])
    found = list(proposed(decision))
    birth = sought.births[0].isoformat() if sought.births else None
    named = deployment.index.search(sought.names[0], birth, limit=MOST_FOUND)
    had = {candidate.patient for candidate in found}
    found += [MatchCandidate(p.local_id, MatchGrade.POSSIBLE, 0.0, (BY_NAME,)) for p in named if p.local_id not in had]
    return found[:MOST_FOUND], decision.basis


def _put_on_record(
    deployment: Deployment, row: RowMapping, candidates: list[dict[str, Any]], basis: Basis | None
) -> None:
    """The search itself; and of whoever waits, whom it found beside those who were shown before.

    `basis` of a search with the list's own details: the index was asked anew as matching would ask it, and what it says
    of those who were shown before holds from now on.
    """
    before: list[dict[str, Any]] = list(row["candidates"] or ())
    had = {candidate["patient"] for candidate in before}
    new = [candidate for candidate in candidates if candidate["patient"] not in had]
    if basis:
        now = {candidate["patient"]: candidate for candidate in candidates if BY_NAME not in candidate["reasons"]}
        after = [_as_now(candidate, now) for candidate in before]
    else:
        now, after = {}, before
    after += [candidate if candidate["patient"] in now else candidate | {NOT_PROPOSED: True} for candidate in new]
    values: dict[str, Any] = {"candidates": after} if after != row["candidates"] else {}
    if basis and (basis.index_generation, basis.index_stale) != (row["index_generation"], row["index_stale"]):
        values |= {"index_generation": basis.index_generation, "index_stale": basis.index_stale}
    changes = bool(values) and row["state"] == SubjectState.UNDER_REVIEW.value
    details: dict[str, Any] = {"search": True}
    with deployment.database.change() as change:
        # who had the entry in view has it in view still, with what the search has added
        if version_last_shown(change.connection, deployment, row["subject_id"]) == row["version"]:
            details["version"] = row["version"] + changes
        event = deployment.event(Action.SUBJECT_DISPLAYED, "subject", row["subject_id"], **details)
        if changes:
            move_subject(change, row, SubjectState.UNDER_REVIEW, event, **values)
        else:
            change.also(event)


def _as_now(candidate: dict[str, Any], now: Mapping[str, dict[str, Any]]) -> dict[str, Any]:
    """A candidate who was shown before, as the list's own details have them now; a person's "no" to one stands."""
    if candidate["grade"] == MatchGrade.CERTAINLY_NOT.value:
        return candidate
    return now.get(candidate["patient"]) or candidate | {NOT_PROPOSED: True}
