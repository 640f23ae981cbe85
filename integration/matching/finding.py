"""The patients who may be meant: every key of a person asked of the index in one statement, the common ones bounded."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any

from sqlalchemy import Connection, false, or_, select

from integration.domain.matching import IndexStatus
from integration.domain.people import PersonName
from integration.matching.borne_names import BorneNames
from integration.matching.comparison import Found, compare, known_among
from integration.matching.crowds import Crowds, without_numbers_of_many
from integration.matching.direct_reads import DirectReads, Statement
from integration.matching.keys import (
    DAY,
    Lookup,
    at_place,
    days_of_letters,
    family_codes,
    given_codes,
    lookup_of,
    names_of_the_case,
    number_key,
    other_letters,
    postcode_key,
)
from integration.matching.name_counts import NameCounts
from integration.matching.parameters import Parameters
from integration.matching.people import Known, Sought
from integration.matching.rows import SHOWN, Row, known_of
from integration.matching.sieve import Sieve, let_through
from integration.matching.spelling import words
from integration.matching.weights import NameShares
from integration.storage.patient_tables import patients

_SHOWN = ", ".join(SHOWN)
_STORED = [patients.c[name] for name in SHOWN]
# ruff: noqa: S608 - the statements hold our own names only, never a value

_BY_NAMES = "SELECT pid FROM patient_keys WHERE key = ANY(?) AND birth BETWEEN ? AND ? LIMIT ?"


# bits of codes: with room for several in a statement, those that nobody's sounds have, and those that anybody's have
_NOBODY, _ANYBODY = -1, 0
_FEW, _MANY = 2, 256  # codes of a name: most have no more, and nobody has; databases bound how long a question may be


@cache
def _look_up(days: int, codes: int) -> Statement:
    """The look-up of one person who may be born on so many days, with room for so many codes of each name.

    The surer a key, the less else has to agree: a number alone; a date of birth with either name; a slip of one with
    both names; a postcode with the given name unless both family name and generation are others, with the birth, or
    with the given initial beside the family name or a like age; both names with a birth that is not far off, or not
    known, for the first so many.
    """
    one_name = _one_name(codes)
    arms = (
        "FROM (SELECT pid FROM patients WHERE nhs_number = ? LIMIT ?) AS of_one_number",
        "FROM (SELECT pid FROM patients WHERE phone_key = ANY(?) LIMIT ?) AS of_one_phone",
        *[f"FROM patient_births WHERE day_key BETWEEN ? AND ? AND ({one_name} OR {one_name})"] * days,
        "FROM patient_keys WHERE key = ANY(?) AND birth = ANY(?)",
        f"FROM patient_keys WHERE key = ANY(?) AND (({one_name} AND (birth BETWEEN ? AND ? OR birth = 0 OR {one_name}))"
        f" OR birth = ANY(?) OR ((sounds & ?) <> 0 AND ({one_name} OR birth BETWEEN ? AND ?)))",
        f"FROM ({_BY_NAMES}) AS namesakes",
        "FROM (SELECT pid FROM patient_keys WHERE key = ANY(?) AND birth = 0 LIMIT ?) AS of_unknown_birth",
    )
    found = " UNION ALL ".join(f"SELECT pid {arm}" for arm in arms)
    return Statement(f"SELECT {_SHOWN} FROM patients WHERE pid IN ({found})")


def _one_name(codes: int) -> str:
    """Whether one of the codes of a name is among the sounds of a row."""
    return f"({' OR '.join(['(~sounds & ?) = 0'] * codes)})"


@cache
def _by_letters(codes: int) -> Statement:
    """By first letters with a birth, or with a slip of one beside either name; only those not yet found."""
    one_name = _one_name(codes)
    return Statement(
        f"SELECT {_SHOWN} FROM patients WHERE NOT pid = ANY(?) AND pid IN"
        " (SELECT pid FROM patient_births WHERE day_key = ANY(?) UNION ALL"
        f" SELECT pid FROM patient_births WHERE day_key = ANY(?) AND ({one_name} OR {one_name}))"
    )


# by names alone, for somebody whose name may be written wrongly; only those not yet found
_BY_NAMES_ALONE = Statement(f"SELECT {_SHOWN} FROM patients WHERE pid IN ({_BY_NAMES}) AND NOT pid = ANY(?)")

# by another family name of the case, for somebody who is recorded by it; only those not yet found
_BY_NAMES_OF_THE_CASE = Statement(
    f"SELECT {_SHOWN} FROM patients WHERE NOT pid = ANY(?) AND pid IN"
    f" (SELECT pid FROM patient_keys WHERE key = ANY(?) AND birth = ANY(?) UNION ALL SELECT pid FROM ({_BY_NAMES})"
    " AS namesakes)"
)

# at a crowded postcode, whose rows are not read whole: by birth, or by given name and a like age
_IN_A_CROWD = Statement(
    f"SELECT {_SHOWN} FROM patients WHERE NOT pid = ANY(?) AND pid IN (SELECT pid FROM"
    " (SELECT pid FROM patient_keys WHERE key = ANY(?) AND birth = ANY(?) LIMIT ?) AS of_a_birth"
    " UNION ALL SELECT pid FROM (SELECT pid FROM patient_keys WHERE key = ANY(?) AND birth BETWEEN ? AND ?"
    " AND EXISTS (SELECT 1 FROM EACH(?) WHERE (~sounds & value) = 0) LIMIT ?) AS of_an_age)"
)

Floor = tuple[Parameters, float]  # bits by these parameters without which nobody is plausible


class Finder:
    """Asks the tables; remembers which names there are until the index changes."""

    def __init__(self, parameters: Parameters) -> None:
        self._parameters = parameters
        self._counts, self._borne, self._crowds = NameCounts(), BorneNames(), Crowds()

    def find(
        self, people: Sequence[Sought], status: IndexStatus, reads: DirectReads, floors: Sequence[Floor] = ()
    ) -> list[list[Found]]:
        """The candidates of each person, in no order; with floors, only those who may reach one of them."""
        shares = self._counts.of_sought(status, people, reads)
        self._crowds.mark_sought(people, status, self._parameters, reads)
        found = []
        for sought in people:
            look, rows = self._found_by_keys(sought, status, reads)
            while without_numbers_of_many(sought, rows, self._parameters):
                look, rows = self._found_by_keys(sought, status, reads)
            if sought.crowded:
                rows += self._in_a_crowd(look, sought, rows, reads)
            if not sought.births and (sought.age is not None or sought.born_within):
                keys = self._borne.keys_of(sought, status.generation, reads)
                rows += self._by_names_alone(keys, look, rows, reads)
            sieves = [Sieve(sought, floor, shares, parameters) for parameters, floor in floors]
            likely = let_through(sieves, rows)
            for look_further in (self._by_letters, self._by_names_of_the_case):
                if not any([sieve.likeliest >= sieve.certain_from for sieve in sieves]):  # nobody seems certain
                    more = look_further(look, sought, rows, reads)
                    likely += let_through(sieves, more)
                    rows += more
            found.append(likely if sieves else [_compared(sought, known_of(row)) for row in rows])
        found = self._crowds.without_homes_of_many(found, status, self._parameters, reads)
        self._crowds.mark_found([known_among(several) for several in found], status, self._parameters, reads)
        return found

    def _found_by_keys(self, sought: Sought, status: IndexStatus, reads: DirectReads) -> tuple[Lookup, list[Row]]:
        look = lookup_of(sought)
        look.given += self._borne.bits_meant(sought, status.generation, reads).difference(look.given)
        return look, self._look_up(look, reads)

    def _look_up(self, look: Lookup, reads: DirectReads) -> list[Row]:
        several, most = reads.numbers, self._parameters.namesakes
        one_more = self._parameters.one_number + 1
        room = _room(look)
        family, given = _filled_up(look.family, room), _filled_up(look.given, room)
        names, of_family, of_days = several(look.names), [*map(at_place, family)], list[int]()
        for day in look.births:
            of_days += (day * DAY, day * DAY + DAY - 1, *family, *given)
        asked = (
            *(look.nhs_number, one_more, several(look.phones), one_more * len(look.phones)),
            *of_days,
            *(names, several([*look.slips])),
            *(several(look.postcodes), *map(at_place, given), *look.of_generation, *of_family),
            *(several([*look.births, *look.slips]), look.given_initials, *of_family, *look.about),
            *(names, look.earliest, look.latest, most, *self._of_unknown_birth(look, names, reads)),
        )
        return reads.rows(_look_up(len(look.births), room), asked)

    def _of_unknown_birth(self, look: Lookup, names: Any, reads: DirectReads) -> tuple[Any, int]:
        """Among them stand the few records of which an extract gives this NHS number beside another one."""
        most = self._parameters.namesakes
        if look.nhs_number is None:  # nearly always
            return names, most
        return reads.numbers([*look.names, number_key(look.nhs_number)]), most + self._parameters.one_number + 1

    def _in_a_crowd(self, look: Lookup, sought: Sought, found: Iterable[Row], reads: DirectReads) -> list[Row]:
        several, most = reads.numbers, 2 * self._parameters.namesakes
        crowded = several([postcode_key(code) for code in sorted(sought.crowded)])
        births, given = several([*look.births, *look.slips]), several([at_place(code) for code in look.given])
        known = several([row[0] for row in found])
        asked = (known, crowded, births, most, crowded, look.earliest, look.latest, given, most)
        return reads.rows(_IN_A_CROWD, asked)

    def _by_names_alone(self, keys: list[int], look: Lookup, found: Iterable[Row], reads: DirectReads) -> list[Row]:
        most, known = 2 * self._parameters.namesakes, [row[0] for row in found]
        asked = (reads.numbers(keys), look.earliest, look.latest, most, reads.numbers(known))
        return reads.rows(_BY_NAMES_ALONE, asked)

    def _by_letters(self, look: Lookup, sought: Sought, found: Iterable[Row], reads: DirectReads) -> list[Row]:
        several, room = reads.numbers, _room(look)
        exactly = days_of_letters(look.births, sorted({*look.letters, *other_letters(sought)}))
        by_slip = days_of_letters(look.slips, look.letters)
        if not exactly:
            return []
        family, given = _filled_up(look.family, room), _filled_up(look.given, room)
        either = (*family, *given) if look.given else (_ANYBODY,) * (2 * room)  # an initial does if there is no more
        asked = (several([row[0] for row in found]), several(exactly), several(by_slip), *either)
        return reads.rows(_by_letters(room), asked)

    def _by_names_of_the_case(
        self, look: Lookup, sought: Sought, found: Iterable[Row], reads: DirectReads
    ) -> list[Row]:
        several, keys = reads.numbers, names_of_the_case(sought)
        if not keys:
            return []
        known, names = several([row[0] for row in found]), several(keys)
        asked = (known, names, several(list(look.slips)), names, look.earliest, look.latest, self._parameters.namesakes)
        return reads.rows(_BY_NAMES_OF_THE_CASE, asked)

    def rows_of(self, local_ids: Sequence[str], connection: Connection) -> list[Row]:
        """These patients' rows, in the order asked; those who are not there are left out."""
        query = select(*_STORED).where(patients.c.local_id.in_(local_ids))
        found = {row[1]: tuple(row) for row in connection.execute(query)}
        return [found[local_id] for local_id in local_ids if local_id in found]

    def by_one_name(self, name: PersonName, limit: int, connection: Connection) -> list[Row]:
        """Patients by half a name: looks at everybody who sounds so, for a reviewer who has nothing else."""
        family, given = words(name.family), words(name.given)
        codes = map(at_place, (*family_codes(family).each, *given_codes(given).each))
        sounds_so = [patients.c.sounds.op("&")(bits) == bits for bits in codes]
        query = select(*_STORED).where(or_(false(), *sounds_so)).execution_options(yield_per=500)
        found: list[Row] = []
        for row in connection.execute(query):
            known = known_of(tuple(row))
            if family in (known.family, *known.other_families) if family else given == known.given:
                found.append(tuple(row))
                if len(found) == limit:
                    break
        return found

    def shares(
        self, status: IndexStatus, found: Iterable[Iterable[Known]], people: Iterable[Sought], reads: DirectReads
    ) -> NameShares:
        """How common the names at hand are."""
        return self._counts.shares(status, found, people, reads)


def _room(look: Lookup) -> int:
    """For how many codes of each name a statement has to have room."""
    room, most = _FEW, min(_MANY, max(len(look.family), len(look.given)))
    while room < most:
        room *= 2
    return room


def _filled_up(codes: list[int], room: int) -> list[int]:
    return codes[:room] + [_NOBODY] * (room - len(codes))


def _compared(sought: Sought, known: Known) -> Found:
    return Found(known, compare(sought, known))
