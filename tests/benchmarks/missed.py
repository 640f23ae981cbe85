"""Whom matching missed, pair by pair: what the list says beside what the record says, and what stopped it.

missed.py DATABASE PEOPLE.csv TRUTH.csv [--without-values]       prints text for people

Listed are all who are in the index and were neither matched nor shown among the first three, and whoever was matched
wrongly. Below each stands how many of the list who are in no index have a patient with as many bits or more: as many
would be put to a person if this one were. Names are printed, which no part of the product ever does: the people of an
evaluation are invented. Where they are not, `--without-values` leaves outcomes and bits.
"""

from __future__ import annotations

import argparse
import csv
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.scoring import SHOWN, Verdict
from benchmarks.searching import Search, arguments, certainty, lines_of, lists, verdict
from benchmarks.tables import truth

from integration.domain.matching import MatchDecision, NotEnough
from integration.domain.people import Patient
from integration.matching.comparison import MISSING
from integration.matching.decide import Judge, Person
from integration.matching.reasons import reason
from integration.matching.weights import Weighed

FIELDS = ("given", "family", "middle", "birth", "sex", "address", "phone", "nhs_number", "household")


@dataclass(frozen=True, slots=True)
class Missed:
    """One person who was neither matched nor shown where a person looks, or who was matched wrongly."""

    row: str
    stopped: str
    pairs: tuple[Weighed, ...]  # the true record; and first whom they were taken for
    bits: float  # of certainty for the true record


@dataclass(frozen=True, slots=True)
class Absent:
    """Somebody who is in no index: how near the nearest patient comes, and whether a person is asked."""

    bits: float
    in_review: bool


def main(asked: argparse.Namespace) -> None:
    search, true = Search(asked.database, asked.today), truth(asked.truth)
    missed, absent = list[Missed](), list[Absent]()
    for cases in lists(asked.people):
        persons, rows = search.people(cases), lines_of(cases)
        found = [list(person.weighed) for person in persons]
        decisions = search.judge().decide(persons)  # it may add to what is weighed, and takes away
        for row, person, near, decision in zip(rows, persons, found, decisions, strict=True):
            if not true[row]:
                bits = max((certainty(weighed, search.patients) for weighed in near), default=float("-inf"))
                absent.append(Absent(bits, bool(verdict(decision).shown)))
            one = judged(row, true[row], person, near, decision, search)
            missed += [one] if one else []
    listed, kinds = lines(asked.people), {row: line["kind"] for row, line in lines(asked.truth).items()}
    for one in missed:
        print(told(one, listed[one.row], kinds[one.row], absent, search, values=not asked.without_values))
    print(summed_up(missed, kinds, sum(map(bool, true.values()))))


def judged(
    row: str, true: set[str], person: Person, near: Sequence[Weighed], decision: MatchDecision, search: Search
) -> Missed | None:
    """What became of one person, if it is not as it should be."""
    made = verdict(decision)
    taken = [weighed for weighed in near if weighed.known.local_id == made.automatic]
    if made.automatic in true or (not true and not taken) or true.intersection(made.shown[:SHOWN]):
        return None
    looked_up = [weighed for weighed in near if weighed.known.local_id in true]
    records = looked_up or search.as_weighed(person, sorted(true))
    best = max(records, key=lambda weighed: weighed.stranger) if records else None
    bits = certainty(best, search.patients) if best else float("-inf")
    pairs = (*taken, best) if best else tuple(taken)
    if taken:
        return Missed(row, "MATCHED WRONGLY", pairs, bits)
    return Missed(row, why(made, true, bits, decision, search.judge(), looked_up=bool(looked_up)), pairs, bits)


def why(made: Verdict, true: set[str], bits: float, decision: MatchDecision, judge: Judge, *, looked_up: bool) -> str:
    """What kept the record from being shown where a person looks."""
    if isinstance(decision, NotEnough):
        return "the list says too little to look for anybody"
    if not looked_up:
        return "not looked up"
    if true.intersection(made.shown):
        return "further down"
    if bits < judge.parameters.possible:
        return "too few bits"
    return "taken by another of the case, or too far down"


def lines(file: Path) -> dict[str, dict[str, str]]:
    """A table by its lines."""
    with file.open(newline="") as rows:
        return {f"{number}": row | {"kind": row.get("kind") or row.get("level", "")}
                for number, row in enumerate(csv.DictReader(rows), 2)}  # fmt: skip


def told(
    one: Missed, listed: dict[str, str], kind: str, absent: Sequence[Absent], search: Search, *, values: bool
) -> str:
    """One of them, and who else is as near to a patient."""
    said = [f"line {one.row}, {listed['role']}, {kind}: {one.stopped}"]
    for weighed in one.pairs:
        patient = search.index.patient(weighed.known.local_id) if values else None
        said += side_by_side(weighed, as_listed(listed) if values else {}, as_recorded(patient), search)
    as_near = [person for person in absent if person.bits >= one.bits]
    if one.bits > float("-inf"):
        said.append(
            f"  of people in no index {len(as_near)} have a patient as near, and"
            f" {sum(person.in_review for person in as_near)} of them are in review already"
        )
    return "\n".join(said) + "\n"


def side_by_side(weighed: Weighed, ours: dict[str, str], theirs: dict[str, str], search: Search) -> Iterator[str]:
    """Field by field what the list says, what the record says, and what that is worth."""
    outcomes = {
        name: (reason(name, level), f"{bits:+.1f}")
        for name, level, bits in weighed.fields(search.parameters)
        if level != MISSING
    }
    for name in FIELDS:
        outcome, bits = outcomes.get(name, ("", ""))
        if outcome or ours.get(name) or theirs.get(name):
            yield f"  {ours.get(name, ''):38.38}  {theirs.get(name, ''):38.38}  {bits:>6}  {outcome}".rstrip()
    yield (
        f"  {weighed.stranger:.1f} bits against a stranger; of certainty {certainty(weighed, search.patients):.1f},"
        f" shown from {search.parameters.possible:.1f} on"
    )


def as_listed(cells: dict[str, str]) -> dict[str, str]:
    """What the list says, by field."""
    return {
        "given": cells["given"],
        "family": " / ".join(name for name in (cells["family"], cells["aka"]) if name),
        "middle": cells["middle"],
        "birth": cells["dob"] or (f"age {cells['age']}" if cells["age"] else ""),
        "sex": cells["sex"],
        "address": ", ".join(part for part in (cells["address"], cells["postcode"]) if part),
        "phone": cells["phone"],
        "nhs_number": cells["nhs_number"],
    }


def as_recorded(patient: Patient | None) -> dict[str, str]:
    """What the record says, by field."""
    if patient is None:
        return {}
    names = [patient.name, *patient.other_names] if patient.name else list(patient.other_names)
    homes = [", ".join(part for part in (home.line, home.postcode) if part) for home in patient.addresses]
    return {
        "given": patient.name.given if patient.name else "",
        "family": " / ".join(name.family for name in names),
        "middle": patient.middle,
        "birth": f"{patient.birth or ''}",
        "sex": patient.sex or "",
        "address": " / ".join(homes),
        "phone": patient.phone or "",
        "nhs_number": patient.nhs_number or "",
    }


def summed_up(missed: Sequence[Missed], kinds: dict[str, str], known: int) -> str:
    """How many, by what stopped them and by how the list says them."""
    by_stop, by_kind = Counter(one.stopped for one in missed), Counter(kinds[one.row] for one in missed)
    return "\n".join(
        [
            f"{len(missed)} missed or mistaken; {known} are in the index",
            *(f"  {count:4}  {word}" for word, count in by_stop.most_common()),
            "by slip: " + ", ".join(f"{kind} {count}" for kind, count in by_kind.most_common()),
        ]
    )


if __name__ == "__main__":
    parser = arguments(__doc__)
    parser.add_argument("--without-values", action="store_true")
    main(parser.parse_args())
