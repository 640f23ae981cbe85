"""Where a postponed meeting has gone: late forms and re-issued lists still name the old day."""

from __future__ import annotations

from sqlalchemy import Connection, select

from integration.storage.records import get
from integration.storage.tables import lists, meetings


def current_meeting(connection: Connection, meeting_id: str) -> str:
    """The meeting that took over from this one; itself, if none did or if it is not beyond doubt which.

    A meeting that has a list stands for itself: it was postponed and another one was called for its day.
    """
    seen = {meeting_id}
    while True:
        follower = _follower(connection, meeting_id)
        if follower is None or follower in seen:
            return meeting_id
        seen.add(follower)
        meeting_id = follower


def _follower(connection: Connection, meeting_id: str) -> str | None:
    meeting = get(connection, meetings, meeting_id)
    has_list = select(lists.c.list_id).where(lists.c.meeting_id == meeting_id)
    if meeting["held_at"] is not None or connection.execute(has_list).first() is not None:
        return None
    taken_over = (meetings.c.area == meeting["area"]) & (meetings.c.postponed_from == meeting["meeting_date"])
    found = connection.execute(select(meetings.c.meeting_id).where(taken_over)).scalars().all()
    return str(found[0]) if len(found) == 1 else None
