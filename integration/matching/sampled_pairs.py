"""Pairs of patients from the index, for estimating: some drawn at random, some that are likely one person's twice.

What is rare between strangers (one birthday, one postcode) is looked for among those who share it with patients drawn
at random, and counted for what it is worth; what is common is seen in pairs drawn at random. Bounded in time and
memory, whatever the index's size.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

from sqlalchemy import Connection

from integration.domain.matching import IndexStatus
from integration.domain.people import Role
from integration.matching.direct_reads import DirectReads
from integration.matching.estimation import Levels, Session, Strangers
from integration.matching.finding import Finder
from integration.matching.guards import is_registered_twice
from integration.matching.keys import DAY, postcode_key
from integration.matching.parameters import Parameters
from integration.matching.people import Known, Sought
from integration.matching.rows import SHOWN, known_of
from integration.matching.weights import NameShares, weigh

DRAWN = 20_000  # patients
RANDOM_PAIRS = 200_000
ASKED = 3_000  # of the patients drawn: with whom they share a birthday, a postcode, a telephone
SHARED_AT_MOST = 25  # of those, for each
ALIKE = 10_000  # pairs for each way of looking
AT_ONCE = 400  # patients read in one statement

# ruff: noqa: S608 - the statements hold our own names only, never a value
_SHOWN = ", ".join(SHOWN)
_FIELDS = ("middle", "birth", "sex", "address", "phone", "nhs_number")
_NAMES = frozenset({"given", "family"})

# Ways of looking for records of one person, and the fields that each looks by and so cannot learn. None is by postcode
# alone: whoever lives together would pass for one person. A number of many is nobody's, and its pairs have no end.
_LOOKS: tuple[tuple[str, str, frozenset[str]], ...] = (
    (
        "one NHS number",
        "SELECT a.pid, b.pid FROM patients a JOIN patients b ON a.nhs_number = b.nhs_number AND a.pid < b.pid WHERE"
        " a.nhs_number IN (SELECT nhs_number FROM patients GROUP BY nhs_number HAVING count(*) BETWEEN 2 AND {most})",
        frozenset({"nhs_number"}),
    ),
    (
        "one name and date of birth",
        "SELECT a.pid, b.pid FROM patient_keys a JOIN patient_keys b"
        " ON a.key = b.key AND a.birth = b.birth AND a.pid < b.pid"
        " WHERE a.sounds IS NULL AND b.sounds IS NULL AND a.birth <> 0",
        _NAMES | {"birth"},
    ),
    (
        "one name and telephone",
        "SELECT a.pid, b.pid FROM patients a JOIN patients b"
        " ON a.phone_key = b.phone_key AND a.pid < b.pid AND a.sounds = b.sounds WHERE"
        " a.phone_key IN (SELECT phone_key FROM patients GROUP BY phone_key HAVING count(*) BETWEEN 2 AND {most})",
        _NAMES | {"phone", "sex", "nhs_number"},
    ),
)


@dataclass(frozen=True, slots=True)
class Sampled:
    """What an index has to say: pairs that are likely one person's, and what strangers are like."""

    sessions: tuple[Session, ...]
    strangers: Strangers


@dataclass(frozen=True, slots=True)
class _Sample:
    connection: Connection
    parameters: Parameters
    people: int
    today: int
    random: Random
    tell: Callable[[str], None]

    def patients(self, pids: Sequence[int]) -> list[Known]:
        """These patients, in no order; who is gone is left out."""
        found: list[Known] = []
        for start in range(0, len(pids), AT_ONCE):
            several = list(pids[start : start + AT_ONCE])
            found += [known_of(tuple(row)) for row in self.rows(f"SELECT {_SHOWN} FROM patients WHERE pid", several)]
        return found

    def rows(self, query: str, several: list[int]) -> Any:
        if self.connection.dialect.name == "postgresql":
            return self.connection.exec_driver_sql(f"{query} = ANY(%s)", (several,))
        return self.connection.exec_driver_sql(f"{query} IN (SELECT value FROM json_each(?))", (json.dumps(several),))

    def one(self, query: str, *values: object) -> list[int]:
        mark = "%s" if self.connection.dialect.name == "postgresql" else "?"
        return [row[0] for row in self.connection.exec_driver_sql(query.replace("?", mark), values)]


def sample(
    connection: Connection,
    status: IndexStatus,
    parameters: Parameters,
    today: int,
    tell: Callable[[str], None],
) -> Sampled:
    """Draw what there is to estimate from; `tell` hears what is being done."""
    always_alike = Random(0)  # noqa: S311 - no secret
    drawing = _Sample(connection, parameters, status.patients, today, always_alike, tell)
    tell("drawing patients")
    last = connection.exec_driver_sql("SELECT max(pid) FROM patients").scalar() or 0
    drawn = drawing.patients(drawing.random.sample(range(1, last + 1), min(DRAWN, last)))
    shares = Finder(parameters).shares(status, [drawn], [], DirectReads(connection))
    strangers = _strangers(drawing, drawn, shares)
    return Sampled(tuple(_alike(drawing, shares)), strangers)


def as_sought(known: Known, today: int) -> Sought:
    """A patient as a list might name them: all that the index says."""
    return Sought(
        role=Role.OTHER,
        givens=((*known.given, *known.middle),) if known.given else (),
        families=(known.family,) if known.family else (),
        births=(known.birth,) if known.birth else (),
        age=None,
        sex=known.sex,
        nhs_number=known.nhs_number,
        nhs_as_written=known.nhs_number or "",
        postcodes=(known.postcode,) if known.postcode or known.line else (),
        lines=(known.line,) if known.postcode or known.line else (),
        phones=(known.phone,) if known.phone else (),
        today=today,
    )


def levels_of(one: Known, other: Known, shares: NameShares, parameters: Parameters, today: int) -> dict[str, str]:
    """What comes of comparing one patient with another, field by field; what is missing is left out."""
    weighed = weigh(as_sought(one, today), other, shares, parameters)
    compared = weighed.comparison
    found = {"given": weighed.given, "family": compared.family.level, "middle": compared.middle.level}
    found |= {name: getattr(compared, name) for name in _FIELDS[1:]}
    return {field: level for field, level in found.items() if level != "missing"}


def _strangers(drawing: _Sample, drawn: list[Known], shares: NameShares) -> Strangers:
    """Shares of every level between two patients who are not one person."""
    drawing.tell("comparing pairs drawn at random")
    pairs: Counter[tuple[str, str]] = Counter()
    compared: Counter[str] = Counter()
    for _ in range(min(RANDOM_PAIRS, len(drawn) * (len(drawn) - 1) // 2)):
        one, other = drawing.random.sample(drawn, 2)
        if is_registered_twice(one, other):
            continue
        for field, level in levels_of(one, other, shares, drawing.parameters, drawing.today).items():
            compared[field] += 1
            if not _shared(field, one, other):
                pairs[field, level] += 1
    found = {seen: number / compared[seen[0]] for seen, number in pairs.items()}
    drawing.tell("comparing patients who share a birthday, a postcode or a telephone")
    for field in ("birth", "address", "phone"):
        for level, (number, share) in _sharing(drawing, field, drawn[:ASKED], shares).items():
            pairs[field, level] += number
            found[field, level] = found.get((field, level), 0.0) + share
    return Strangers(found, dict(pairs))


def _shared(field: str, one: Known, other: Known) -> bool:
    """Whether a pair is among those that are looked for on purpose."""
    match field:
        case "birth":
            return one.birth == other.birth
        case "address":
            return bool(one.postcode) and one.postcode in (other.postcode, *other.previous)
        case "phone":
            return one.phone == other.phone
        case _:
            return False


def _sharing(drawing: _Sample, field: str, asked: Sequence[Known], shares: NameShares) -> dict[str, tuple[int, float]]:
    """Of each level: the pairs seen, and the share of all pairs of strangers that they stand for."""
    seen: Counter[str] = Counter()
    worth: Counter[str] = Counter()
    able = 0
    for one in asked:
        pids = _who_shares(drawing, field, one)
        if pids is None:
            continue
        able += 1
        others = [pid for pid in pids if pid != one.pid]
        looked_at = drawing.random.sample(others, min(SHARED_AT_MOST, len(others)))
        for other in drawing.patients(looked_at):
            if is_registered_twice(one, other) or not _shared(field, one, other):
                continue
            level = levels_of(one, other, shares, drawing.parameters, drawing.today).get(field)
            if level is not None:
                seen[level] += 1
                worth[level] += len(others) / len(looked_at)  # type: ignore[assignment]
    everybody = able * max(1, drawing.people - 1)
    return {level: (number, worth[level] / everybody) for level, number in seen.items()}


def _who_shares(drawing: _Sample, field: str, one: Known) -> list[int] | None:
    match field:
        case "birth" if one.birth:
            query = "SELECT DISTINCT pid FROM patient_births WHERE day_key >= ? AND day_key < ?"
            return drawing.one(query, one.birth * DAY, (one.birth + 1) * DAY)
        case "address" if one.postcode:
            query = "SELECT DISTINCT pid FROM patient_keys WHERE sounds IS NOT NULL AND key = ?"
            return drawing.one(query, postcode_key(one.postcode))
        case "phone" if one.phone:
            most = drawing.parameters.one_number
            pids = drawing.one(f"SELECT pid FROM patients WHERE phone_key = ? LIMIT {most + 1}", int(one.phone))
            return pids if len(pids) <= most else None
        case _:
            return None


def _alike(drawing: _Sample, shares: NameShares) -> Iterator[Session]:
    """The ways of looking for one person's two records; numbers that contradict each other are two people's."""
    for name, query, looked_by in _LOOKS:
        drawing.tell(f"comparing records of {name}")
        asked = query.format(most=drawing.parameters.one_number)
        found = drawing.connection.exec_driver_sql(f"{asked} LIMIT {ALIKE}").fetchall()
        wanted = {pid for pair in found for pid in pair}
        known = {patient.pid: patient for patient in drawing.patients(sorted(wanted))}
        pairs: list[Levels] = []
        for pair in dict.fromkeys(map(tuple, found)):
            one, other = (known[pid] for pid in pair)
            levels = levels_of(one, other, shares, drawing.parameters, drawing.today)
            if "birth" not in looked_by and levels.get("nhs_number") == "different":
                continue
            pairs.append({field: level for field, level in levels.items() if field not in looked_by})
        yield Session(name, pairs)
