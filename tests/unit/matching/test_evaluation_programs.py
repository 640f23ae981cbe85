"""What `make bench-matching` says of our own matching: it is the index's own decisions, rightly counted."""

from __future__ import annotations

import argparse
import csv
import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pytest
from benchmarks import missed, printing, taking_out, trade_off
from benchmarks.evaluation import Files, evaluation_in, write_evaluation
from benchmarks.goals import goals
from benchmarks.population import TODAY
from benchmarks.scoring import Verdict, figures
from benchmarks.searching import Search, arguments, certainty, decided, lines_of, lists, open_index, verdict
from benchmarks.tables import truth
from benchmarks.together import Together
from builders import case, subject

from integration.domain.matching import Basis, MatchCandidate, MatchDecision, Matched, MatchGrade, NeedsReview
from integration.matching.decide import Person
from integration.storage.database import open_database
from integration.storage.tables import metadata
from mappings.patient_csv import read_patient_csv

PATIENTS, PEOPLE, DISGUISED = 1500, 300, 5


@dataclass(frozen=True, slots=True)
class Loaded:
    """An evaluation whose index is loaded."""

    database: str
    files: Files

    def asked(self, *more: str) -> argparse.Namespace:
        parser = arguments(None)
        parser.add_argument("--without-values", action="store_true")
        return parser.parse_args([self.database, str(self.files.people), str(self.files.truth), *more])

    def true(self) -> dict[str, set[str]]:
        return truth(self.files.truth)

    def as_ever(self) -> dict[str, Verdict]:
        """What the index decides."""
        index, verdicts = open_index(self.database, TODAY), dict[str, Verdict]()
        for cases in lists(self.files.people):
            made = (verdict(decision) for of_case in index.match(cases) for decision in of_case)
            verdicts.update(zip(lines_of(cases), made, strict=True))
        return verdicts


def disguise(files: Files) -> None:
    """Let the first five of the list who are in the index be beyond recognition, and nobody say where they live."""
    with files.people.open(newline="") as lines:
        people = list(csv.DictReader(lines))
    known = [row for row, true in truth(files.truth).items() if true][:DISGUISED]
    for number, row in enumerate(known):
        gone = dict.fromkeys(("middle", "aka", "nhs_number", "age", "address", "postcode", "phone"), "")
        other = {"case_id": f"alone{number}", "given": f"Zebedee{number}", "family": "Quux", "dob": "1901-02-03"}
        people[int(row) - 2] |= gone | other
    with files.people.open("w", newline="") as lines:
        rows = csv.DictWriter(lines, people[0].keys())
        rows.writeheader()
        rows.writerows(people)


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Loaded:
    folder = tmp_path_factory.mktemp("evaluation")
    (files,) = write_evaluation(folder, PATIENTS, PEOPLE, 5, ["hard"])
    disguise(files)
    index = open_index(f"{folder / 'index.db'}", TODAY)
    database = open_database(f"sqlite:///{folder / 'index.db'}", index._clock)
    with database.change() as change:
        metadata.create_all(change.connection)
    with files.index.open(newline="", encoding="utf-8") as rows:
        index.load(read_patient_csv(rows, lambda problem: None), index._clock())
    database.close()
    return Loaded(str(folder / "index.db"), files)


def test_what_is_decided_on_one_search_is_what_the_index_decides(loaded: Loaded) -> None:
    search, verdicts = Search(loaded.database, TODAY), dict[str, Verdict]()
    for cases in lists(loaded.files.people):
        made = map(verdict, decided(search.judge(), search.people(cases)))
        verdicts.update(zip(lines_of(cases), made, strict=True))
    assert verdicts == loaded.as_ever()


def test_certainty_is_what_a_judge_shows_by(loaded: Loaded) -> None:
    search, seen = Search(loaded.database, TODAY), Counter[bool]()
    for cases in lists(loaded.files.people):
        for person in search.people(cases):
            for weighed in person.weighed:
                if weighed.comparison.nhs_number == "same":
                    continue  # shown in any case
                alone = [Person(0, person.sought, [weighed])]
                shown = bool(verdict(decided(search.judge(), alone)[0]) != Verdict())
                assert shown == (certainty(weighed, search.patients) >= search.parameters.possible)
                seen[shown] += 1
    assert min(seen[True], seen[False]) > 50


def test_the_curve_rises_and_holds_what_the_index_decides(loaded: Loaded, capsys: pytest.CaptureFixture[str]) -> None:
    trade_off.main(loaded.asked())
    told = json.loads(capsys.readouterr().out)
    shown = [point for point in told["curve"] if point["threshold"] == "possible"]
    acting = [point for point in told["curve"] if point["threshold"] == "certain"]
    assert [point["review"] for point in shown] == sorted((point["review"] for point in shown), reverse=True)
    assert [point["automatic"] for point in acting] == sorted((point["automatic"] for point in acting), reverse=True)
    assert shown[0]["review"] > shown[-1]["review"]
    assert acting[0]["automatic"] > acting[-1]["automatic"]
    as_ever = figures(loaded.as_ever(), loaded.true())
    ships = [point for point in told["curve"] if point["ships"]]
    assert len(ships) == 2
    for point in ships:
        assert as_ever.items() <= point.items()
    printed = printing.curve(told["curve"]) + printing.guards(told["guards"])
    assert printed.count(" *") == 3  # in both tables and once in the plot
    assert "nothing beside name and date of birth agrees" in printed


def test_a_guard_is_counted_by_whom_it_held_back() -> None:
    basis = Basis("1", 1)
    one, other = (MatchCandidate(patient, MatchGrade.POSSIBLE, 1.0) for patient in ("1", "2"))
    guards: trade_off.Guards = {}
    made: list[tuple[MatchDecision, set[str]]] = [
        (NeedsReview((one, other), ("a",), basis), {"1"}),
        (NeedsReview((one,), ("a", "b"), basis), {"1"}),
        (NeedsReview((one,), ("a",), basis), {"2"}),
        (NeedsReview((one,), ("b",), basis), set()),
        (Matched(one, basis), {"1"}),
    ]
    trade_off.count_guards(made, guards)
    assert guards["a"] == {"right": 2, "right alone": 1, "wrong": 1, "wrong alone": 1}
    assert guards["b"] == {"right": 1, "right alone": 0, "wrong": 1, "wrong alone": 1}


def test_everybody_of_a_case_is_taken_out_once_and_never_all_together() -> None:
    cases = [case("1", *(subject(row=row) for row in range(2, 7))), case("2", subject(row=7))]
    thirds = [list(taking_out.taken_out(cases, third)) for third in range(taking_out.THIRDS)]
    assert thirds == [["2", "5", "7"], ["3", "6"], ["4"]]


def test_who_is_taken_out_is_wrong_by_any_match_and_others_by_a_false_one() -> None:
    verdicts = {"2": Verdict("9"), "3": Verdict(shown=("8",)), "4": Verdict("4"), "5": Verdict("6"), "6": Verdict()}
    counts = Counter[str]()
    taking_out.count(verdicts, {"2", "3"}, {row: {row} for row in verdicts}, counts)
    assert counts == {"taken_out": 2, "taken_wrong": 1, "taken_review": 1, "others_wrong": 1}


def test_records_are_taken_out_of_a_copy(loaded: Loaded, capsys: pytest.CaptureFixture[str]) -> None:
    before = open_index(loaded.database, TODAY).status()
    taking_out.main(loaded.asked())
    told = json.loads(capsys.readouterr().out)
    known = sum(map(bool, loaded.true().values()))
    assert told["taken_out"] == known
    assert told["taken_wrong"] == told["others_wrong"] == 0
    assert 0 < told["taken_review"] < known / 4
    assert str(known) in printing.taken_out(told)
    assert open_index(loaded.database, TODAY).status() == before


def test_whom_we_missed_is_listed_beside_their_record(loaded: Loaded, capsys: pytest.CaptureFixture[str]) -> None:
    missed.main(loaded.asked())
    listing = capsys.readouterr().out
    missed.main(loaded.asked("--without-values"))
    without = capsys.readouterr().out
    told = figures(loaded.as_ever(), loaded.true())
    known = sum(map(bool, loaded.true().values()))
    count = round(known * (1 - told["safe"])) + int(told["wrong"])
    assert count >= DISGUISED
    assert f"{count} missed or mistaken; {known} are in the index" in listing
    assert listing.count("bits against a stranger") == without.count("bits against a stranger") >= count
    for number in range(DISGUISED):
        assert f"Zebedee{number}" in listing
        assert f"Zebedee{number}" not in without
    assert listing.count(": not looked up") >= DISGUISED


def test_a_plot_puts_what_ships_over_what_is_beneath() -> None:
    drawn = printing.plot([(0.1, 0.9, False), (0.1, 0.9, True), (0.2, 0.95, False)]).splitlines()
    assert drawn[1].endswith("o")
    assert drawn[printing.HIGH].endswith("|*")
    assert "0.1000" in drawn[-1]
    assert "0.2000" in drawn[-1]


def of_list(automatic: int, wrong: int, found: float, absent_review: float) -> dict[str, float]:
    shares = {"found": found, "safe": 0.9975, "review": 0.19, "absent_review": absent_review}
    return {"automatic": automatic, "wrong": wrong, **shares}


def line(printed: str, title: str) -> list[str]:
    """What the first line of this title says."""
    return next(row for row in printed.splitlines() if row.startswith(title)).removeprefix(title).split()


def test_beside_each_goal_stands_whether_it_is_met() -> None:
    ours, theirs = of_list(100, 0, 0.76, 0.11), of_list(120, 3, 0.7, 0.3)
    printed = printing.table({"flagtag": ours, "another": theirs}, goals(1_000_000, "default"))
    assert line(printed, "of them wrong") == ["0", "<=", "0", "yes", "3"]
    assert line(printed, "found so, of those in the index") == ["0.7600", ">=", "0.75", "yes", "0.7000"]
    assert line(printed, "of those in no index") == ["0.1100", "<=", "0.10", "NO", "0.3000"]
    harsh = printing.table({"flagtag": ours}, goals(1_000_000, "hard"))
    assert line(harsh, "found so, of those in the index") == ["0.7600", "-", "-"]


def test_lists_come_together_by_mix_beside_the_others_and_in_all() -> None:
    together = Together()
    together.add(10**6, "default", {"flagtag": of_list(100, 0, 0.76, 0.08), "another": of_list(50, 2, 0.5, 0.3)})
    together.add(10**6, "default", {"flagtag": of_list(200, 1, 0.73, 0.12)})
    together.add(10**6, "hard", {"flagtag": of_list(30_000, 0, 0.7, 0.09)})
    by_mix = together.printed().split("\n\n")
    assert together.wrong == 1
    assert line(by_mix[0], "matched without a person") == ["300", "-", "-", "-"]
    assert line(by_mix[0], "found so, of those in the index") == ["0.7450", ">=", "0.75", "NO", "0.7300"]
    assert line(by_mix[0], "of those in no index") == ["0.1000", "<=", "0.10", "yes", "0.1200"]
    assert line(by_mix[2], "of them wrong") == ["0", "<=", "0", "yes", "2"]  # the one list on which both were tried
    assert line(by_mix[3], "matched without a person") == ["30300", ">=", "30000", "yes"]
    assert line(by_mix[3], "of them wrong") == ["1", "<=", "0", "NO"]
    assert line(by_mix[3], "indexes") == ["2", ">=", "5", "NO"]


def test_a_folder_of_somebody_elses_is_taken_if_its_lines_agree(loaded: Loaded, tmp_path: Path) -> None:
    files = Files(tmp_path, "theirs")
    files.people.write_bytes(loaded.files.people.read_bytes())
    answers = loaded.files.truth.read_text().splitlines(keepends=True)
    files.truth.write_text("".join(answers))
    with pytest.raises(SystemExit, match="patient_index"):
        evaluation_in(tmp_path)
    (tmp_path / "patient_index.csv").write_bytes(loaded.files.index.read_bytes())
    assert evaluation_in(tmp_path) == (tmp_path / "patient_index.csv", [files])
    files.truth.write_text("".join([answers[0], *reversed(answers[1:])]))
    with pytest.raises(SystemExit, match="in their order"):
        evaluation_in(tmp_path)
