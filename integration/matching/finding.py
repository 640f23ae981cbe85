"""The patients who may be meant: every key of a person asked of the index in one statement, the common ones bounded."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, select

from integration.domain.matching import IndexStatus
from integration.domain.people import PersonName
from integration.errors import Unavailable
from integration.matching.borne_names import BorneNames
from integration.matching.keys import Lookup, family_codes, family_forms, given_codes, in_groups, lookup_of
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


def _by_names(several: str, mark: str) -> str:
    return f"SELECT pid FROM patient_keys WHERE key {several} AND birth BETWEEN {mark} AND {mark} LIMIT {mark}"


def _statement(several: str, mark: str) -> str:
    """The look-up of one person; `several` says how this database takes a list, `mark` how a single value.

    The surer a key, the less else has to agree: a number alone; a date of birth with either name or both initials; a
    slip of one with both names, or one and both initials; a postcode with the given name, the birth, or the given
    initial beside the family name or a like age; both names with a birth that is not far off, or not known,
    for the first so many.
    """
    initial = f"(sounds & {mark}) <> 0"
    shares = f"({initial} AND {initial} AND {initial})"  # a bit of each group
    arms = (
        f"FROM patients WHERE nhs_number = {mark}",
        f"FROM patients WHERE phone_key {several}",
        f"FROM patients WHERE birth {several} AND ({shares} OR {initial} AND {initial})",
        f"FROM patients WHERE birth {several} AND {shares} AND ({shares} AND {shares} OR {initial} AND {initial})",
        f"FROM patient_keys WHERE key {several} AND ({shares} OR birth {several}"
        f" OR ({initial} AND ({shares} OR birth BETWEEN {mark} AND {mark})))",
        f"FROM ({_by_names(several, mark)}) AS namesakes",
        f"FROM (SELECT pid FROM patient_keys WHERE key {several} AND birth = 0 LIMIT {mark}) AS of_unknown_birth",
    )
    found = " UNION ALL ".join(f"SELECT pid {arm}" for arm in arms)
    return f"SELECT {_SHOWN} FROM patients WHERE pid IN ({found})"


def _statement_by_names(several: str, mark: str) -> str:
    """A look-up by names alone, for somebody whose name may be written wrongly; only those not yet found."""
    return f"SELECT {_SHOWN} FROM patients WHERE pid IN ({_by_names(several, mark)}) AND NOT pid {several}"


_Several = Callable[[list[int]], object]  # a list as the database's driver takes it
_LISTED = {"sqlite": ("IN (SELECT value FROM json_each(?))", "?"), "postgresql": ("= ANY(%s)", "%s")}
_STATEMENTS = {name: _statement(*listed) for name, listed in _LISTED.items()}
_BY_NAMES = {name: _statement_by_names(*listed) for name, listed in _LISTED.items()}


class Finder:
    """Asks the tables; remembers how common names are until the index changes."""

    def __init__(self, parameters: Parameters) -> None:
        self._parameters = parameters
        self._generation = -1
        self._counts: dict[tuple[str, str], int] = {}
        self._borne = BorneNames()

    def find(self, people: Sequence[Sought], connection: Connection, floor: float | None = None) -> list[list[Known]]:
        """The candidates of each person, in no order; with a floor, only those who may reach it."""
        raw: Any = connection.connection.driver_connection  # a hundred statements a list: the driver itself is quicker
        cursor, dbapi = raw.cursor(), connection.dialect.import_dbapi()
        dialect = connection.dialect.name
        several = list if dialect == "postgresql" else json.dumps
        found = []
        for sought in people:
            look = lookup_of(sought)
            try:
                rows = cursor.execute(_STATEMENTS[dialect], self._asked(look, several)).fetchall()
                if not sought.births and sought.age is not None:
                    asked = self._asked_by_names(sought, look, rows, several, connection)
                    rows += cursor.execute(_BY_NAMES[dialect], asked).fetchall()
            except dbapi.Error as error:  # its words would quote what was asked
                raise Unavailable("patient index", "read", type(error).__name__) from None
            if floor is not None:
                rows = filter(Sieve(sought, floor, self._parameters).lets_through, rows)
            found.append([known_of(row) for row in rows])
        return found

    def _asked(self, look: Lookup, several: _Several) -> tuple[object, ...]:
        """The values of one look-up, in the statement's order."""
        initials = (look.family_initials, look.given_initials)
        family, either = in_groups(look.family), look.family | look.given
        initial = 0 if look.given else look.given_initials  # an initial does where there is no more of the given name
        by_birth = (several(look.births), *in_groups(either), *initials)
        both = (*family, *in_groups(look.given, initial), *initials)
        by_slip = (several(look.slips), *in_groups(either, initial), *both)
        by_place = (several(look.postcodes), *in_groups(look.given), several(look.births + look.slips))
        by_initial_there = (look.given_initials, *family, *look.about)
        names, most = several(look.names), self._parameters.namesakes
        by_name = (names, look.earliest, look.latest, most, names, most)
        return (look.nhs_number, several(look.phones), *by_birth, *by_slip, *by_place, *by_initial_there, *by_name)

    def _asked_by_names(
        self, sought: Sought, look: Lookup, found: Iterable[Row], several: _Several, connection: Connection
    ) -> tuple[object, ...]:
        keys = several(self._borne.keys_of(sought, connection))
        return (keys, look.earliest, look.latest, 2 * self._parameters.namesakes, several([row[0] for row in found]))

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
        if status.generation != self._generation:
            self._counts, self._generation = {}, status.generation
        families = {family for sought in people for family in sought.families}
        givens = {given for sought in people for given in sought.givens}
        for several in found:
            for known in several:
                families.add(known.family)
                givens.add(known.given)
                givens.add(known.middle)
                if known.other_families:
                    families.update(known.other_families)
        wanted = {("f", form) for family in families if family for form in family_forms(family)}
        wanted.update(("g", word) for given in givens for word in given)
        missing = [pair for pair in wanted if pair not in self._counts]
        if missing:
            self._ask(missing, connection)
        return NameShares(status.patients, self._counts)

    def _ask(self, missing: Sequence[tuple[str, str]], connection: Connection) -> None:
        self._counts.update(dict.fromkeys(missing, 0))
        query = "SELECT name, people FROM patient_name_counts WHERE kind = "
        for kind in ("f", "g"):
            names = [name for of_kind, name in missing if of_kind == kind]
            if connection.dialect.name == "postgresql":
                rows = connection.exec_driver_sql(f"{query}%s AND name = ANY(%s)", (kind, names))
            else:
                several = "(SELECT value FROM json_each(?))"
                rows = connection.exec_driver_sql(f"{query}? AND name IN {several}", (kind, json.dumps(names)))
            for name, people in rows:
                self._counts[kind, name] = people
