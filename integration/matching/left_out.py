"""Why a field of a pair was not compared: in plain words every field has its reason, those that say nothing too."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from integration.matching.comparison import names_nobody
from integration.matching.people import Known, Sought

UNLISTED, UNRECORDED, NOT_VALID, APART, OF_MANY = "unlisted", "unrecorded", "not_valid", "apart", "of_many"

_ON_THE_LIST: Mapping[str, Callable[[Sought], object]] = {
    "given": lambda sought: not all(map(names_nobody, sought.givens)),
    "family": lambda sought: not all(map(names_nobody, sought.families)),
    "middle": lambda sought: any([len(name) > 1 for name in sought.givens]),
    "birth": lambda sought: sought.births or sought.born_within or sought.age is not None,
    "sex": lambda sought: sought.sex,
    "address": lambda sought: any(sought.postcodes) or any(sought.lines),
    "phone": lambda sought: sought.phones,
    "nhs_number": lambda sought: sought.nhs_as_written,
}
_ON_RECORD: Mapping[str, Callable[[Known], object]] = {
    "given": lambda known: not names_nobody(known.given),
    "family": lambda known: not names_nobody(known.family),
    "middle": lambda known: known.middle,
    "birth": lambda known: known.birth,
    "sex": lambda known: known.sex,
    "address": lambda known: known.postcode or known.line or known.previous,
    "phone": lambda known: known.phone,
    "nhs_number": lambda known: known.nhs_number,
}


def why_not_compared(field: str, sought: Sought, known: Known) -> str:
    """Which side lacks what could be compared; the list first, since a reviewer can ask its sender."""
    if not _ON_THE_LIST[field](sought):
        return OF_MANY if field in sought.of_many else UNLISTED
    if field == "nhs_number" and sought.nhs_number is None:
        return NOT_VALID
    return APART if _ON_RECORD[field](known) else UNRECORDED
