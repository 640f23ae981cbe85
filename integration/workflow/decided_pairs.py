"""What lists got right about people whose patient is known: for estimating, from what the records keep of a decision.

That is each field's outcome in the reviewer's words; no name, and nothing of the sealed list.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import select

from integration.domain.progress import SubjectState
from integration.matching.estimation import Levels
from integration.matching.parameters import FIELDS, Parameters
from integration.matching.reasons import reason
from integration.storage.database import Database
from integration.storage.tables import subjects

_KNOWN = (
    SubjectState.MATCHED.value,
    SubjectState.FLAGGED.value,
    SubjectState.ALREADY_FLAGGED.value,
    SubjectState.CHILD_NOTED.value,
    SubjectState.NOT_FLAGGED_BY_RULE.value,
)


def decided_pairs(database: Database, parameters: Parameters) -> Iterator[Levels]:
    """The levels of every person on a list whose patient is decided, as they were compared then."""
    said = {
        reason(field, level): (field, level)
        for field in FIELDS
        for level in parameters.levels[field]
        if level != "missing" and field != "household"
    }
    with database.reading() as connection:
        found = select(subjects.c.patient, subjects.c.candidates).where(
            subjects.c.state.in_(_KNOWN), subjects.c.patient.is_not(None)
        )
        for patient, candidates in connection.execute(found):
            for candidate in candidates or ():
                if candidate["patient"] == patient:
                    yield dict(said[words] for words in candidate["reasons"] if words in said)
