"""Read what a document says, decide what becomes of it, and seal the reading under the document's own key."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy import RowMapping, insert, select, update

from integration.custody.vault import Part
from integration.domain.audit import Action
from integration.domain.case_list import DocumentKind, MeetingNamed, Reading
from integration.domain.progress import DocumentState
from integration.errors import DocumentRefused
from integration.ports import TakenApart
from integration.reading.layouts import LayoutsToFollow
from integration.storage.database import Change, new_id
from integration.storage.records import get, move_document
from integration.storage.tables import documents, meetings
from integration.workflow.deployment import Deployment
from integration.workflow.may_go import compare_forms_with_list
from integration.workflow.open_list import AnotherCameWithIt, ListIsClosed, SharesNobody, open_list, place_alone
from integration.workflow.postponed_meetings import current_meeting
from integration.workflow.reading_budget import NOT_TRIED, is_used_up, note_time
from integration.workflow.sealed import plaintext_of
from integration.workflow.take_apart import take_apart
from mappings.reading_json import to_json


@dataclass(frozen=True, slots=True)
class Confirmed:
    """What a person settled about a document: its kind, its meeting. Wins over what was read."""

    kind: DocumentKind | None = None
    area: str | None = None
    meeting_date: date | None = None


@dataclass(frozen=True, slots=True)
class Accepted:
    reading: Reading
    area: str
    meeting_date: date


@dataclass(frozen=True, slots=True)
class Doubtful:
    """A person has to settle it; `reason` is a fixed sentence."""

    reason: str


@dataclass(frozen=True, slots=True)
class NotOurs:
    """Rule 14: it is kept and shown, not processed."""

    reason: str


_NO_SUCH_AREA = (
    "it is for an area that is not configured: add the area and settle it with --again --area, or dismiss it"
)
_ANOTHER_AREA = (
    "it is for an area that its source or sender does not stand for: if it is right nevertheless, settle it with"
    " --again --area, else dismiss it"
)
_NOT_BY_ITS_LAYOUT = (
    "it was not read by its area's layout: correct the layout and read it again (--again), or settle it with --area"
    " and --kind case_list"
)

_ANOTHER_LIST = (
    "another list of its meeting came with it and says otherwise: --kind case_list puts this one in its place,"
    " --dismiss keeps the other"
)

_SHARES_NOBODY = (
    "it holds none of the cases of its meeting's list, and may be the other half of it: ask for one list of both;"
    " --kind case_list puts this one in its place, --dismiss keeps the other"
)


def read_document(deployment: Deployment, document_id: str, confirmed: Confirmed | None = None) -> None:
    """Read one received document; it ends as read, held, refused or taken apart. Safe to repeat."""
    with deployment.database.reading() as connection:
        document = get(connection, documents, document_id)
        used_up = confirmed is None and is_used_up(connection, document)
    if document["state"] not in (DocumentState.RECEIVED.value, DocumentState.HELD.value):
        return None
    if confirmed is None and document["state"] != DocumentState.RECEIVED.value:
        return None
    if used_up:
        return _leave_unread(deployment, document_id)
    try:
        opened = _open(deployment, document, confirmed)
        if isinstance(opened, TakenApart):
            return take_apart(deployment, document_id, opened.parts)
    except DocumentRefused as refusal:
        return _refuse(deployment, document, refusal.reason)
    reading = _with_what_a_person_said(opened, confirmed)
    deployment.vault.store(document_id, document["key_slot"], Part.READING, json.dumps(to_json(reading)).encode())
    verdict = judge(deployment, reading, tuple(document["areas"]))
    if isinstance(verdict, NotOurs):
        return _refuse(deployment, document, verdict.reason)
    if isinstance(verdict, Doubtful):
        return _hold(deployment, document, reading, verdict.reason)
    return _accept(deployment, document, verdict, confirmed)


def judge(deployment: Deployment, reading: Reading, areas: tuple[str, ...]) -> Accepted | Doubtful | NotOurs:
    """Whether a reading may be acted on: its kind, its area and its meeting must be beyond doubt (rule 14)."""
    if reading.kind is DocumentKind.UNRECOGNISED:
        return Doubtful("what kind of document it is could not be made out")
    named = reading.meeting.area
    if named is not None:
        area = next((known for known in deployment.areas if _same(known, named)), None)
        if area is None:
            return NotOurs(_NO_SUCH_AREA)
        if area not in areas:
            return NotOurs(_ANOTHER_AREA)
    elif len(areas) == 1:
        area = areas[0]
    else:
        return Doubtful("its area could not be made out; settle it with --area")
    if reading.meeting.date is None:
        return Doubtful("its meeting date could not be made out; settle it with --meeting-date")
    doubt = _doubt_about_list(deployment, reading, area) if reading.kind is DocumentKind.CASE_LIST else None
    if doubt is not None:
        return doubt
    return Accepted(reading, area, reading.meeting.date)


def _doubt_about_list(deployment: Deployment, reading: Reading, area: str) -> Doubtful | None:
    """What holds a whole case list. One of an area with a layout is never taken as it was recognised instead."""
    layout = deployment.layouts.get(area)
    if reading.layout != (layout.used if layout is not None else None):
        return Doubtful(_NOT_BY_ITS_LAYOUT)
    if reading.doubts_whole_document():
        first = next(problem for problem in reading.problems if problem.case_ref is None)
        return Doubtful(f"{place_alone(first.where)}: {first.reason}")
    if not reading.cases and not reading.problems:
        return Doubtful("it is a case list without a case")
    return None


def find_or_add_meeting(change: Change, area: str, meeting_date: date) -> str:
    """The meeting of an area on a day, created if this is the first that we hear of it."""
    day = meeting_date.isoformat()
    same = (meetings.c.area == area) & (meetings.c.meeting_date == day)
    found = change.connection.execute(select(meetings.c.meeting_id).where(same)).scalar_one_or_none()
    if found is not None:
        return str(found)
    meeting_id = new_id()
    change.connection.execute(insert(meetings).values(meeting_id=meeting_id, area=area, meeting_date=day))
    return meeting_id


def _open(deployment: Deployment, document: RowMapping, confirmed: Confirmed | None) -> Reading | TakenApart:
    if document["size"] > deployment.max_document_bytes:
        raise DocumentRefused("it is larger than storage.max_document_mib allows")
    passwords = deployment.passwords.get(document["source"], ())
    layouts = _layouts(deployment, document, confirmed)
    file, began = plaintext_of(deployment, document), deployment.clock()
    try:
        return deployment.reader(file, passwords, layouts)
    finally:
        note_time(deployment, document, began)


def _layouts(deployment: Deployment, document: RowMapping, confirmed: Confirmed | None) -> LayoutsToFollow:
    """Those of the areas that it may be for: of the one that a person named, else of its source's or its sender's."""
    told = confirmed or Confirmed()
    areas = [told.area] if told.area is not None else document["areas"]
    return LayoutsToFollow.of_areas(deployment.layouts, areas, is_case_list=told.kind is DocumentKind.CASE_LIST)


def _with_what_a_person_said(reading: Reading, confirmed: Confirmed | None) -> Reading:
    if confirmed is None:
        return reading
    meeting = MeetingNamed(confirmed.area or reading.meeting.area, confirmed.meeting_date or reading.meeting.date)
    return replace(reading, kind=confirmed.kind or reading.kind, meeting=meeting)


def _refuse(deployment: Deployment, document: RowMapping, reason: str) -> None:
    document_id = document["document_id"]
    event = deployment.event(Action.DOCUMENT_REFUSED, "document", document_id, reason=reason)
    with deployment.database.change() as change:
        move_document(change, document_id, DocumentState.REFUSED, event, reason=reason)


def _leave_unread(deployment: Deployment, document_id: str) -> None:
    event = deployment.event(Action.DOCUMENT_HELD, "document", document_id)
    with deployment.database.change() as change:
        move_document(change, document_id, DocumentState.HELD, event, reason=NOT_TRIED)


def _hold(deployment: Deployment, document: RowMapping, reading: Reading, reason: str) -> None:
    document_id = document["document_id"]
    event = deployment.event(Action.DOCUMENT_HELD, "document", document_id, **_layout(reading))
    values = _described(reading)
    with deployment.database.change() as change:
        # a held list keeps its meeting's list open, as far as we know which that is
        values["meeting_id"] = _meeting_named(change, document, reading)
        if document["state"] == DocumentState.HELD.value:
            statement = update(documents).where(documents.c.document_id == document_id)
            change.connection.execute(statement.values(reason=reason, **values))
            change.also(event)
        else:
            move_document(change, document_id, DocumentState.HELD, event, reason=reason, **values)


def _meeting_named(change: Change, document: RowMapping, reading: Reading) -> str | None:
    """The meeting that a held document is about, if its area and day are beyond doubt and we know of it."""
    if reading.meeting.date is None:
        return None
    named = reading.meeting.area
    known = [area for area in document["areas"] if named is None or _same(area, named)]
    if len(known) != 1:
        return None
    same = (meetings.c.area == known[0]) & (meetings.c.meeting_date == reading.meeting.date.isoformat())
    found = change.connection.execute(select(meetings.c.meeting_id).where(same)).scalar_one_or_none()
    return None if found is None else current_meeting(change.connection, found)


def _accept(deployment: Deployment, document: RowMapping, accepted: Accepted, confirmed: Confirmed | None) -> None:
    document_id, reading = document["document_id"], accepted.reading
    event = deployment.event(
        Action.DOCUMENT_READ,
        "document",
        document_id,
        kind=reading.kind.value,
        cases=len(reading.cases),
        **_layout(reading),
    )
    # what was confirmed of an earlier reading of another kind is not confirmed of this one
    kept = document["kind_confirmed_by"] if document["kind"] == reading.kind.value else None
    by_person = confirmed is not None and confirmed.kind is not None
    values = _described(reading) | {"reason": None}
    values["kind_confirmed_by"] = deployment.actor.actor_id if by_person else kept
    try:
        with deployment.database.change() as change:
            named = find_or_add_meeting(change, accepted.area, accepted.meeting_date)
            meeting_id = current_meeting(change.connection, named)
            move_document(change, document_id, DocumentState.READ, event, meeting_id=meeting_id, **values)
            if reading.kind is DocumentKind.CASE_LIST:
                day, settled = accepted.meeting_date, confirmed is not None
                open_list(deployment, change, document_id, meeting_id, reading, accepted.area, day, by_person=settled)
    except ListIsClosed:
        reason = "its meeting's list is closed already: settle it with --kind case_list to open the list again"
        _hold(deployment, document, reading, reason)
    except AnotherCameWithIt:
        _hold(deployment, document, reading, _ANOTHER_LIST)
    except SharesNobody:
        _hold(deployment, document, reading, _SHARES_NOBODY)
    else:
        compare_forms_with_list(deployment, meeting_id)


def _layout(reading: Reading) -> dict[str, object]:
    """Which layout a document was read by, for the log: it outlives the document."""
    used = reading.layout
    return {"layout": used.name, "layout_version": used.version, "layout_digest": used.digest} if used else {}


def _described(reading: Reading) -> dict[str, str | None]:
    return {"kind": reading.kind.value, "media_type": reading.media_type, "kind_confirmed_by": None}


def _same(one: str, other: str) -> bool:
    return " ".join(one.split()).casefold() == " ".join(other.split()).casefold()
