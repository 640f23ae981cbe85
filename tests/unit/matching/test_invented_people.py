"""The people on whom matching is measured: what misleads is among them, and the truth about them is true."""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path

import pytest
from benchmarks.evaluation import NAMESAKE, RELATIVE, STRANGER, Files, write_evaluation
from benchmarks.slips import MIXES, SLIPS
from benchmarks.tables import iso

from integration.domain.nhs_number import NhsNumber

PATIENTS, PEOPLE = 3000, 600


@pytest.fixture(scope="module")
def lists(tmp_path_factory: pytest.TempPathFactory) -> list[Files]:
    return write_evaluation(tmp_path_factory.mktemp("evaluation"), PATIENTS, PEOPLE, 1, ["default", "hard"])


def rows(file: Path) -> list[dict[str, str]]:
    with file.open(newline="") as lines:
        return list(csv.DictReader(lines))


def test_every_slip_of_a_mix_is_known_and_happens(lists: list[Files]) -> None:
    assert all(mix.keys() <= {*SLIPS, "several"} for mix in MIXES.values())
    for files in lists:
        assert set(MIXES[files.name]) <= {row["kind"] for row in rows(files.truth)}


def test_a_third_are_in_no_index_and_mislead(lists: list[Files]) -> None:
    for files in lists:
        kinds = Counter(row["kind"] for row in rows(files.truth) if not row["all_ids"])
        assert kinds.keys() == {NAMESAKE, RELATIVE, STRANGER}
        assert min(kinds.values()) >= 2  # in so small an index few have a namesake
        assert 0.3 < kinds.total() / PEOPLE < 0.4


def test_whom_the_truth_names_is_in_the_index_once(lists: list[Files]) -> None:
    index = Counter(row["local_id"] for row in rows(lists[0].folder / "index.csv"))
    assert set(index.values()) == {1}
    for files in lists:
        named = [one for row in rows(files.truth) for one in row["all_ids"].split(";") if one]
        assert len(named) == len(set(named))  # nobody is listed twice
        assert index.keys() >= set(named)


def test_an_exact_line_is_the_patients_own(lists: list[Files]) -> None:
    index = {row["local_id"]: row for row in rows(lists[0].folder / "index.csv")}
    listed, truth = rows(lists[0].people), rows(lists[0].truth)
    assert [row["subject_id"] for row in listed] == [row["subject_id"] for row in truth]
    alike = [
        person["family"].casefold() == index[true["all_ids"].split(";")[0]]["family"].casefold()
        for person, true in zip(listed, truth, strict=True)
        if true["kind"] == "exact"
    ]
    assert sum(alike) / len(alike) > 0.8  # the index has slips of its own


def test_the_default_list_errs_as_often_as_it_says(lists: list[Files]) -> None:
    index, listed, truth = (rows(f) for f in (lists[0].index, lists[0].people, lists[0].truth))
    records = {row["local_id"]: row for row in index}
    errors = Counter(
        min(len(differing(person, records[one])) for one in true["all_ids"].split(";"))
        for person, true in zip(listed, truth, strict=True)
        if true["all_ids"]
    )
    shares = [errors[0], errors[1], errors[2], sum(errors[count] for count in errors if count > 2)]
    for share, said in zip(shares, (0.12, 0.61, 0.22, 0.045), strict=True):
        assert share / errors.total() == pytest.approx(said, abs=0.08)  # of 390 people


def differing(person: dict[str, str], record: dict[str, str]) -> set[str]:
    """What the list does not give, or gives otherwise than the record."""
    given = {name: person[name].casefold() != record[name].casefold() for name in ("family", "given", "postcode")}
    given["dob"] = iso(person["dob"]) != record["dob"]
    for name in ("nhs_number", "sex", "phone"):
        given[name] = bool(person[name] and record[name]) and person[name] != record[name]
    return {name for name, differs in given.items() if differs}


def test_a_person_of_a_large_household_is_as_likely_as_one_who_lives_alone(lists: list[Files]) -> None:
    for files in lists:
        cases = Counter(row["case_id"] for row in rows(files.people))
        assert 1.5 < PEOPLE / len(cases) < 2.0


def test_households_hold_twins_and_namesakes(lists: list[Files]) -> None:
    index = rows(lists[0].folder / "index.csv")
    twins = Counter((row["family"], row["dob"], row["postcode"]) for row in index)
    namesakes = Counter((row["family"], row["given"]) for row in index)
    assert sum(count > 1 for count in twins.values()) >= 5
    assert max(namesakes.values()) >= 3


def test_numbers_are_valid_and_nobodys(lists: list[Files]) -> None:
    numbers = [row["nhs_number"] for row in rows(lists[0].folder / "index.csv") if row["nhs_number"]]
    assert all(number.startswith("9") and NhsNumber.from_text(number) for number in numbers)


def test_a_seed_makes_the_same_people_again(lists: list[Files], tmp_path: Path) -> None:
    again = write_evaluation(tmp_path, PATIENTS, PEOPLE, 1, ["default", "hard"])
    for one, other in zip(lists, again, strict=True):
        assert one.people.read_bytes() == other.people.read_bytes()
        assert (one.folder / "index.csv").read_bytes() == (other.folder / "index.csv").read_bytes()
