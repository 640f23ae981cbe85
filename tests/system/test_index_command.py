"""The command line under odd circumstances: an index half loaded, a fault that nobody foresaw, a busy database."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from trust import Trust

from integration.domain.progress import ForbiddenTransition
from integration.errors import ExitCode
from integration.storage import database

pytestmark = pytest.mark.system
HEADER = (
    "local_id,nhs_number,family,given,middle,other_names,dob,sex,address1,address2,postcode,prev_postcode,phone,gp_code"
)
PLANTED = "ZZCANARY Perdita 9990000034"


@pytest.fixture
def trust(tmp_path: Path) -> Trust:
    return Trust(tmp_path / "trust")


def extract(folder: Path, name: str, rows: list[str], encoding: str = "utf-8") -> str:
    path = folder / name
    path.write_bytes("\n".join((HEADER, *rows, "")).encode(encoding))
    return str(path)


def row(number: int, family: str = "ZZTESTER") -> str:
    return f"{number},,{family},Quillon,,,1984-03-02,F,12 Nowhere Street,,QX12 3VZ,,,"


def test_an_extract_that_is_not_utf8_is_named_by_its_line_and_changes_nothing(trust: Trust, tmp_path: Path) -> None:
    good = extract(tmp_path, "good.csv", [row(1)])
    bad = extract(tmp_path, "bad.csv", [row(1), row(2), row(3, "ZZÖBERG"), row(4)], "latin-1")
    said = trust.must("index", "load", good, bad, codes=(ExitCode.USAGE,))
    assert said.err.strip() == "flagtag: bad.csv: line 4 is not UTF-8 text; export the file as UTF-8"
    assert trust.ask("index", "status")["patients"] == 0


def test_a_load_that_breaks_off_is_said_until_one_ends(
    trust: Trust, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("connectors.local_patient_index.BATCH", 2)
    file = extract(tmp_path, "patients.csv", [row(n) for n in range(5)])
    births = iter((None, None, None))
    with monkeypatch.context() as patched:
        patched.setattr("mappings.patient_csv._birth", lambda *_: next(births))
        said = trust.must("index", "load", file, codes=(ExitCode.FAILED,))
    assert said.err.startswith("flagtag: an unforeseen fault, ")
    status = trust.ask("index", "status")
    assert (status["patients"], status["generation"], status["updated_at"]) == (2, 0, None)
    assert status["loading_since"]
    assert "PATIENT INDEX HALF LOADED since" in trust.must("status", codes=(ExitCode.HELD,)).out
    said = trust.must("index", "load", file)
    assert "had not ended" in said.err and "the index holds 5 (generation 1)" in said.err
    assert trust.ask("index", "status")["loading_since"] is None
    assert "HALF LOADED" not in trust.must("status").out


def test_a_short_file_does_not_hide_that_a_long_load_broke_off(
    trust: Trust, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("connectors.local_patient_index.BATCH", 2)
    everybody, changes = (
        extract(tmp_path, "all.csv", [row(n) for n in range(5)]),
        extract(tmp_path, "new.csv", [row(9)]),
    )
    births = iter((None, None, None))
    with monkeypatch.context() as patched:
        patched.setattr("mappings.patient_csv._birth", lambda *_: next(births))
        trust.must("index", "load", everybody, codes=(ExitCode.FAILED,))
    said = trust.must("index", "load", changes, codes=(ExitCode.HELD,)).err
    assert "has not ended, and this one is too short to be its repeat" in said and "1 patient added" in said
    assert "PATIENT INDEX HALF LOADED since" in trust.must("status", codes=(ExitCode.HELD,)).out
    assert "too short" not in trust.must("index", "load", "--full", changes).err
    assert "HALF LOADED" not in trust.must("status").out


def test_an_index_that_is_out_of_date_is_said_until_it_is_updated(trust: Trust, tmp_path: Path) -> None:
    file = extract(tmp_path, "patients.csv", [row(1)])
    trust.must("index", "load", file)
    assert "OUT OF DATE" not in trust.must("status").out
    with closing(sqlite3.connect(trust.folder / "state" / "flagtag.db", isolation_level=None)) as other:
        other.execute("UPDATE patient_index SET updated_at = '2026-01-01T00:00:00+00:00'")
    assert "PATIENT INDEX OUT OF DATE: who came since" in trust.must("status", codes=(ExitCode.HELD,)).out
    assert trust.ask("index", "status")["stale"] is True
    assert "out of date" in trust.must("check", codes=(ExitCode.UNAVAILABLE,)).out
    trust.must("index", "load", file)
    assert "OUT OF DATE" not in trust.must("status").out


def test_a_birth_in_the_future_is_none(trust: Trust, tmp_path: Path) -> None:
    born = row(1).replace("1984-03-02", f"{trust.today.year + 50}-03-02")
    said = trust.must("index", "load", extract(tmp_path, "patients.csv", [born, row(2)]), codes=(ExitCode.HELD,))
    assert "line 2, column dob: lies far in the future; the patient is loaded without it" in said.err
    assert trust.ask("index", "status")["patients"] == 2


def test_a_fault_that_nobody_foresaw_is_its_type_and_place_alone(trust: Trust, monkeypatch: pytest.MonkeyPatch) -> None:
    for fault in (ValueError(PLANTED), ForbiddenTransition(PLANTED), KeyError(PLANTED)):

        def fails(*_: object, fault: Exception = fault) -> None:
            raise fault

        monkeypatch.setattr("integration.cli.session.Session.deployment", fails)
        said = trust.must("index", "status", codes=(ExitCode.FAILED,))
        assert said.out == ""
        assert said.err.startswith(f"flagtag: an unforeseen fault, {type(fault).__name__} at integration.cli.index:")
        assert len(said.err.splitlines()) == 1 and "Perdita" not in said.err


def test_a_command_that_only_looks_does_not_wait_for_a_writer(trust: Trust, monkeypatch: pytest.MonkeyPatch) -> None:
    trust.must("index", "status")
    monkeypatch.setattr(database, "WAIT_SECONDS", 0)
    with closing(sqlite3.connect(trust.folder / "state" / "flagtag.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        assert trust.ask("index", "status")["patients"] == 0
        other.execute("ROLLBACK")


def test_a_record_in_several_rows_is_loaded_as_one_and_said_only_where_they_contradict(
    trust: Trust, tmp_path: Path
) -> None:
    moved = row(2).replace("12 Nowhere", "14 Nowhere")
    rows = [row(1), row(2), row(1), moved, row(3), row(3, "ZZOTHER").replace("1984-03-02", "1990-01-05"), row(1)]
    file = extract(tmp_path, "patients.csv", rows)
    said = trust.must("index", "load", "--full", file, codes=(ExitCode.HELD,)).err
    assert said.splitlines() == [
        "patients of the index who are not in the files: 0",
        "patients.csv: lines 6 and 7: the same record, and they contradict each other in date of birth, family name;"
        " the last is loaded with what the others add, and a person decides whenever it may be meant",
        "rows that repeat another one word for word, and count once: 2",
        "records of several rows, loaded as one: 1",
        "3 patients added or changed; the index holds 3 (generation 1)",
    ]
    again = [
        extract(tmp_path, f"{day}.csv", [row(1, family)]) for day, family in (("mon", "ZZTESTER"), ("tue", "ZZOTHER"))
    ]
    assert "column" not in trust.must("index", "load", *again).err  # of several files the later one holds


@pytest.mark.parametrize("quoted", [False, True])
def test_a_record_of_several_rows_counts_as_changed_only_if_it_is(
    trust: Trust, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, quoted: bool
) -> None:
    """Whether its rows follow each other or not, and however many batches lie between them."""
    monkeypatch.setattr("connectors.local_patient_index.BATCH", 2)
    moved = [row(n).replace("12 Nowhere", '"9, Elsewhere"' if quoted else "9 Elsewhere") for n in (1, 2)]
    rows = [row(1), moved[0], row(2), row(3), row(4), row(5), moved[1]]
    for night, changed in enumerate(("5 patients", "0 patients", "0 patients"), 1):
        said = trust.must("index", "load", extract(tmp_path, "patients.csv", rows)).err
        assert f"{changed} added or changed; the index holds 5 (generation {night})" in said
        assert "records of several rows, loaded as one: 2" in said
    rows[-1] = moved[1].replace("Elsewhere", "Otherplace")
    assert "1 patient added" in trust.must("index", "load", extract(tmp_path, "patients.csv", rows)).err


def test_faults_that_are_known_do_not_ask_for_a_person_every_night(trust: Trust, tmp_path: Path) -> None:
    def load(*rows: str, codes: tuple[int, ...] = (0,), options: tuple[str, ...] = ()) -> str:
        return trust.must("index", "load", *options, extract(tmp_path, "patients.csv", list(rows)), codes=codes).err

    def faulty(number: int) -> str:
        return row(number).replace("1984-03-02", "soon")

    seen = str(tmp_path / "seen.txt")
    knows = ("--known-faults", seen)
    two = (row(4), row(4, "ZZOTHER").replace("1984-03-02", "1990-01-05"))
    load(row(1), faulty(2), *two, "5,x", codes=(ExitCode.HELD,), options=("--write-faults", seen))
    told = (tmp_path / "seen.txt").read_text(encoding="utf-8")
    assert "column dob: not a date" in told and not any(word in told for word in ("ZZ", "2002", "2004", "1984", "line"))
    said = load("5,x", row(1), *two, faulty(2).replace("12 Nowhere", "14 Nowhere"), options=knows)
    assert "faults that are known: 3" in said and "line" not in said
    said = load(row(2), faulty(3), *two, "5,x", options=knows, codes=(ExitCode.HELD,))
    assert "patients.csv: line 3, column dob: not a date; the patient is loaded without it" in said
    assert "faults that are known: 2" in said and "known faults that are no more: 1" in said
    said = load(row(1), two[0], two[1].replace("Quillon", "Wendy"), options=knows, codes=(ExitCode.HELD,))
    assert "contradict each other in date of birth, given name, family name" in said  # somebody else's again
    headless = tmp_path / "headless.csv"
    headless.write_text("local_id;family\n", encoding="utf-8")  # a whole file that says nothing is never known
    trust.must("index", "load", str(headless), "--write-faults", f"{seen}2", codes=(1,))
    trust.must("index", "load", str(headless), "--known-faults", f"{seen}2", codes=(1,))


def test_a_file_of_known_faults_is_read_whole_and_never_written_over(trust: Trust, tmp_path: Path) -> None:
    file, seen = extract(tmp_path, "patients.csv", [row(1)]), tmp_path / "seen.txt"
    said = trust.must("index", "load", "--known-faults", str(seen), file, codes=(ExitCode.USAGE,)).err
    assert "no file of known faults" in said
    trust.must("index", "load", "--write-faults", str(seen), file)
    said = trust.must("index", "load", "--write-faults", str(seen), file, codes=(ExitCode.USAGE,)).err
    assert "there is a file already" in said
    trust.must("index", "load", "--known-faults", str(seen), file)
    assert "no such folder" in trust.must("index", "load", "--write-faults", f"{seen}/x/y", file, codes=(2,)).err
    halves = tmp_path / "halves.ndjson"
    halves.write_text('{"resourceType": "Patient", "id": "\\ud800"}\n', encoding="utf-8")
    trust.must("index", "load", "--write-faults", str(tmp_path / "of.txt"), str(halves), codes=(1,))
    seen.write_text("# mine\n\nline 3\n", encoding="utf-8")
    said = trust.must("index", "load", "--known-faults", str(seen), file, codes=(ExitCode.USAGE,)).err
    assert "line 3 is no fault as" in said
    assert trust.ask("index", "status")["generation"] == 2  # nothing is loaded with a file that is not understood


@pytest.mark.parametrize("scattered", [False, True])
def test_a_row_that_comes_a_thousand_times_counts_once(
    trust: Trust, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, scattered: bool
) -> None:
    """As from an export that joins each patient with their appointments."""
    monkeypatch.setattr("integration.cli.extracts.MOST_ROWS", 2)
    moved = row(1).replace("12 Nowhere", "9 Elsewhere")
    rows = [row(1), moved, row(2)] * 300 if scattered else [row(1)] * 500 + [moved] * 100 + [row(2)] * 300
    said = trust.must("index", "load", extract(tmp_path, "patients.csv", rows)).err
    assert said.splitlines() == [
        "rows that repeat another one word for word, and count once: 897",
        "records of several rows, loaded as one: 1",
        "2 patients added or changed; the index holds 2 (generation 1)",
    ]


def test_one_local_id_on_every_row_is_no_patient(trust: Trust, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("integration.cli.extracts.MOST_ROWS", 5)
    mixed = [row(7).replace("12 Nowhere", f"{n} Nowhere") for n in range(6)]
    file = extract(tmp_path, "patients.csv", [*mixed, row(1), row(8), *(row(8, f"ZZ{c}") for c in "ABC")])
    said = trust.must("index", "load", "--full", file, codes=(ExitCode.HELD,)).err
    assert (
        "lines 2, 3, 4, 5 and 2 more: more than 5 different rows under one local id, of which none is loaded; is it the"
        " patient's own?" in said
    )
    assert "who is absent cannot be told" in said
    assert trust.ask("index", "status")["patients"] == 2
