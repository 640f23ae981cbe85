"""The patients who may be meant: every key of a person asked of the index in one statement, the common ones bounded."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from itertools import chain

from sqlalchemy import Connection, select

from integration.domain.matching import IndexStatus
from integration.domain.people import PersonName
from integration.matching.borne_names import BorneNames
from integration.matching.direct_reads import DirectReads, Statement
from integration.matching.keys import (
    ALL_GROUPS,
    DAY,
    Lookup,
    family_codes,
    given_codes,
    in_all_groups,
    in_groups,
    lookup_of,
)
from integration.matching.name_counts import NameCounts
from integration.matching.parameters import Parameters
from integration.matching.people import Known, Sought
from integration.matching.rows import SHOWN, Row, known_of
from integration.matching.sieve import Sieve
from integration.matching.spelling import words
from integration.matching.weights import NameShares
from integration.storage.patient_tables import patients

_SHOWN = ", ".join(SHOWN)
_STORED = [patients.c[name] for name in SHOWN]
# ruff: noqa: S608 - the statements hold our own names only, never a value

_BY_NAMES = "SELECT pid FROM patient_keys WHERE key = ANY(?) AND birth BETWEEN ? AND ? LIMIT ?"


@cache
def _look_up(days: int) -> Statement:
    """The look-up of one person who may be born on so many days.

    The surer a key, the less else has to agree: a number alone; a date of birth with either name or both first letters;
    a slip of one with both names, or one and both first letters; a postcode with the given name, the birth, or the
    given initial beside the family name or a like age; both names with a birth that is not far off, or not known, for
    the first so many.
    """
    bit = "(sounds & ?) <> 0"
    shares = f"({bit} AND {bit} AND {bit})"  # a bit of each group
    shares_closely = f"({bit} AND {bit} AND {bit} AND {bit})"
    arms = (
        "FROM patients WHERE nhs_number = ?",
        "FROM patients WHERE phone_key = ANY(?)",
        *[f"FROM patient_births WHERE day_key BETWEEN ? AND ? AND {shares_closely}"] * days,
        f"FROM patient_births WHERE day_key = ANY(?) AND ({shares_closely} OR day_key = ANY(?))",
        "FROM patient_keys WHERE key = ANY(?) AND birth = ANY(?)",
        f"FROM patient_keys WHERE key = ANY(?) AND ({shares} OR birth = ANY(?)"
        f" OR ({bit} AND ({shares} OR birth BETWEEN ? AND ?)))",
        f"FROM ({_BY_NAMES}) AS namesakes",
        "FROM (SELECT pid FROM patient_keys WHERE key = ANY(?) AND birth = 0 LIMIT ?) AS of_unknown_birth",
    )
    found = " UNION ALL ".join(f"SELECT pid {arm}" for arm in arms)
    return Statement(f"SELECT {_SHOWN} FROM patients WHERE pid IN ({found})")


# by names alone, for somebody whose name may be written wrongly; only those not yet found
_BY_NAMES_ALONE = Statement(f"SELECT {_SHOWN} FROM patients WHERE pid IN ({_BY_NAMES}) AND NOT pid = ANY(?)")


Floor = tuple[Parameters, float]  # bits by these parameters without which nobody is plausible


class Finder:
    """Asks the tables; remembers which names there are until the index changes."""

    def __init__(self, parameters: Parameters) -> None:
        self._parameters = parameters
        self._counts, self._borne = NameCounts(), BorneNames()

    def find(
        self, people: Sequence[Sought], status: IndexStatus, connection: Connection, floors: Sequence[Floor] = ()
    ) -> list[list[Known]]:
        """The candidates of each person, in no order; with floors, only those who may reach one of them."""
        reads = DirectReads(connection)
        shares = self._counts.of_sought(status, people, reads)
        found = []
        for sought in people:
            look = lookup_of(sought)
            look.given |= self._borne.bits_meant(sought, status.generation, reads)
            rows = reads.rows(_look_up(len(look.births)), self._asked(look, reads))
            if not sought.births and sought.age is not None:
                keys = self._borne.keys_of(sought, status.generation, reads)
                rows += self._by_names_alone(keys, look, rows, reads)
            sieves = [Sieve(sought, floor, shares, parameters) for parameters, floor in floors]
            if sieves:
                rows = [row for row in rows if any([sieve.lets_through(row) for sieve in sieves])]
            found.append([known_of(row) for row in rows])
        return found

    def _asked(self, look: Lookup, reads: DirectReads) -> tuple[object, ...]:
        """The values of one look-up, in the statement's order."""
        several, most = reads.numbers, self._parameters.namesakes
        either = in_all_groups(look.family | look.given)
        letters = either if look.given else ALL_GROUPS  # an initial does where there is no more of the given name
        by_birth = [(day * DAY, day * DAY + DAY - 1, *either) for day in look.births]
        exactly = [day * DAY + pair for day in look.births for pair in look.letters]
        by_slip = exactly + [day * DAY + pair for day in look.slips for pair in look.letters]
        by_letters = (several(by_slip), *letters, several(exactly))
        names, slips = several(look.names), several(look.slips)
        by_place = (several(look.postcodes), *in_groups(look.given), several(look.births + look.slips))
        by_initial_there = (look.given_initials, *in_groups(look.family), *look.about)
        by_name = (names, look.earliest, look.latest, most, names, most)
        numbers = (look.nhs_number, several(look.phones))
        return (*numbers, *chain(*by_birth), *by_letters, names, slips, *by_place, *by_initial_there, *by_name)

    def _by_names_alone(self, keys: list[int], look: Lookup, found: Iterable[Row], reads: DirectReads) -> list[Row]:
        most, known = 2 * self._parameters.namesakes, [row[0] for row in found]
        asked = (reads.numbers(keys), look.earliest, look.latest, most, reads.numbers(known))
        return reads.rows(_BY_NAMES_ALONE, asked)

    def rows_of(self, local_ids: Sequence[str], connection: Connection) -> list[Row]:
        """These patients' rows, in the order asked; those who are not there are left out."""
        query = select(*_STORED).where(patients.c.local_id.in_(local_ids))
        found = {row[1]: tuple(row) for row in connection.execute(query)}
        return [found[local_id] for local_id in local_ids if local_id in found]

    def by_one_name(self, name: PersonName, limit: int, connection: Connection) -> list[Row]:
        """Patients by half a name: looks at everybody who sounds so, for a reviewer who has nothing else."""
        family, given = words(name.family), words(name.given)
        bits = family_codes(family).bits | given_codes(given).bits
        sounds_so = [patients.c.sounds.op("&")(group) != 0 for group in in_groups(bits)]
        query = select(*_STORED).where(*sounds_so).execution_options(yield_per=500)
        found: list[Row] = []
        for row in connection.execute(query):
            known = known_of(tuple(row))
            if family in (known.family, *known.other_families) if family else given == known.given:
                found.append(tuple(row))
                if len(found) == limit:
                    break
        return found

    def shares(
        self, status: IndexStatus, found: Iterable[Iterable[Known]], people: Iterable[Sought], connection: Connection
    ) -> NameShares:
        """How common the names at hand are."""
        return self._counts.shares(status, found, people, DirectReads(connection))
