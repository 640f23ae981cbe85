"""Upkeep of the patient index by its commands: merges, removals, who is absent, parameters; and what follows of it."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from peers.fhir_server import FhirServer
from trust import PATIENTS, PATIENTS_HEADER, Trust, fhir_flags, fhir_patient

from integration.errors import ExitCode

pytestmark = pytest.mark.system
OTHER_RECORD = "4001,,ZZQUILLFEATHER,Isolde,Maren,1984-03-02,F,9 Elsewhere Road,QX12 9ZZ,"


@pytest.fixture
def trust(tmp_path: Path) -> Trust:
    made = Trust(tmp_path / "trust")
    made.load_patients(*PATIENTS)
    return made


def flags_of(trust: Trust) -> set[tuple[str, str, str]]:
    return {(flag["patient"], flag["status"], flag["state"]) for flag in trust.ask("flags", "list")}


def test_a_victim_s_flag_follows_a_merge_that_an_extract_tells_of(trust: Trust) -> None:
    trust.deliver("list.csv", trust.list_of_one(1, PATIENTS[0], days=9))
    trust.run()
    assert trust.flagged() == ["3001"]
    header = f"{PATIENTS_HEADER},merged_into"
    file = trust.file("changes.csv", f"{header}\n{OTHER_RECORD},\n{PATIENTS[0]},4001\n".encode())
    said = trust.must("index", "load", file)
    assert "1 record merged, 0 removed" in said.err
    trust.run()
    assert flags_of(trust) == {("3001", "inactive", "verified"), ("4001", "active", "verified")}
    assert trust.must("flags", "verify").code == 0
    status = trust.status()
    assert (status["waits_for_a_person"], status["index"]["patients"]) == (0, 5)


def test_a_merge_at_the_record_system_and_here_moves_the_flag_there(tmp_path: Path, fhir_server: FhirServer) -> None:
    trust = Trust(tmp_path / "trust", flags=fhir_flags(fhir_server.base_url))
    trust.load_patients(*PATIENTS, OTHER_RECORD)
    for row in (*PATIENTS, OTHER_RECORD.replace("4001,,", "4001,9990000018,")):
        fhir_server.add(fhir_patient(row))
    trust.deliver("list.csv", trust.list_of_one(1, PATIENTS[0], days=9))
    trust.run()
    assert {flag["subject"]["reference"] for flag in fhir_server.flags()} == {"Patient/3001"}
    replaced_by = [{"type": "replaced-by", "other": {"reference": "Patient/4001"}}]
    fhir_server.add(fhir_patient(PATIENTS[0]) | {"active": False, "link": replaced_by})
    trust.must("index", "merge", "4001", "3001")
    trust.run()
    found = {flag["subject"]["reference"]: flag["status"] for flag in fhir_server.flags()}
    assert found == {"Patient/3001": "inactive", "Patient/4001": "active"}
    assert trust.ask("flags", "verify") == {"asked": 2, "drift": []}


def test_a_removed_patient_s_flag_waits_for_a_person(trust: Trust) -> None:
    trust.deliver("list.csv", trust.list_of_one(1, PATIENTS[0], days=9))
    trust.run()
    trust.must("index", "remove", "3001", "3005")
    trust.run(codes=(ExitCode.HELD,))
    [flag] = trust.ask("flags", "list")
    assert (flag["status"], flag["state"], flag["reason"]) == (
        "active",
        "held",
        "its patient was removed from the index",
    )
    assert "1 of the flags" in trust.must("status", codes=(ExitCode.HELD,)).out
    trust.must("flags", "place", flag["flag_id"], "--reason", "as it was", codes=(ExitCode.USAGE,))
    trust.load_patients(PATIENTS[0])
    trust.must("flags", "place", flag["flag_id"], "--reason", "loaded again")
    trust.run()
    assert trust.flagged() == ["3001"]


def test_merging_by_hand_names_what_it_cannot_do(trust: Trust) -> None:
    trust.must("index", "merge", "3001", "3001", codes=(ExitCode.USAGE,))
    trust.must("index", "merge", "9999", "3001", codes=(ExitCode.USAGE,))
    trust.must("index", "remove", "9999", codes=(ExitCode.USAGE,))
    for answer in ("", "n\n"):  # a mistyped number must not bring two people together
        refused = trust.must("index", "merge", "3001", "3002", typed=answer, codes=(1,))
        assert "differ in NHS number, date of birth, sex, given name" in refused.err
    assert trust.ask("index", "status")["patients"] == 5
    said = trust.must("index", "merge", "3001", "3002", typed="y\n")
    assert "1 record merged" in said.err
    assert trust.ask("index", "status")["patients"] == 4


def test_absent_patients_are_counted_and_removed_only_on_a_yes(trust: Trust) -> None:
    file = trust.file("all.csv", "\n".join((PATIENTS_HEADER, *PATIENTS[:3], "")).encode())
    assert "not in the files" not in trust.must("index", "load", file).err
    assert "patients of the index who are not in the files: 2" in trust.must("index", "load", file, "--full").err
    said = trust.must("index", "load", file, "--remove-absent", typed="n\n")
    assert "nobody is removed" in said.err
    assert trust.ask("index", "status")["patients"] == 5
    said = trust.must("index", "load", file, "--remove-absent", typed="y\n")
    assert "0 records merged, 2 removed" in said.err
    assert trust.ask("index", "status")["patients"] == 3


def test_a_file_with_rows_left_out_says_nothing_of_the_absent(trust: Trust) -> None:
    rows = ("3002,,,,,1981-11-19,M,,,", "3003,9990000035,ZZQUILLFEATHER,Kestrel,,2016-07-30,F,,,")
    file = trust.file("faulty.csv", "\n".join((PATIENTS_HEADER, *rows, "")).encode())
    said = trust.must("index", "load", file, "--remove-absent", codes=(ExitCode.HELD,))
    assert "who is absent cannot be told" in said.err
    file = trust.file("number.csv", "\n".join((PATIENTS_HEADER, rows[1], "")).encode())
    assert "not in the files: 4" in trust.must("index", "load", file, "--full", codes=(ExitCode.HELD,)).err
    assert trust.ask("index", "status")["patients"] == 5


def test_parameters_are_estimated_shown_and_adopted_by_a_person(trust: Trust, tmp_path: Path) -> None:
    made = tmp_path / "own.toml"
    said = trust.must("index", "tune", "--write", str(made))
    assert "too few pairs of one person" in said.out and "Never estimated: thresholds" in said.err
    told = trust.ask("index", "tune")
    assert {"given", "birth", "phone"} <= {row["field"] for row in told["levels"]}
    assert all(row["same_in_force"] == row["same_estimated"] and row["kept"] for row in told["levels"])
    assert told["pairs"]["decided people"] == 0
    trust.must("index", "tune", "--write", str(made), codes=(ExitCode.USAGE,))

    text = made.read_text(encoding="utf-8")
    unsafe = trust.file("unsafe.toml", text.replace("certain = 9.0", "certain = 1.0").encode())
    said = trust.must("index", "adopt", unsafe, codes=(ExitCode.USAGE,))
    assert "line " in said.err and "grades.certain: 1 is less careful than 9" in said.err
    said = trust.must("index", "adopt", str(made))
    version = text.split('version = "')[1].split('"')[0]
    assert f"parameters {version} are in force" in said.err

    trust.deliver("list.csv", trust.list_of_one(1, PATIENTS[0], days=9))
    trust.run()
    assert trust.flagged() == ["3001"]
    assert "FAILED" not in {row["result"] for row in trust.ask("check")}
    assert trust.ask("index", "tune")["pairs"]["decided people"] == 1
    trust.must("index", "adopt", str(made), "--shipped", codes=(ExitCode.USAGE,))
    trust.must("index", "adopt", codes=(ExitCode.USAGE,))
    assert "are in force" in trust.must("index", "adopt", "--shipped").err
    assert "nothing to carry over" in trust.must("index", "adopt", "--again", codes=(ExitCode.USAGE,)).err


def test_adopted_parameters_that_an_upgrade_outgrew_are_said_and_carried_over(trust: Trust, tmp_path: Path) -> None:
    file = trust.file("list.csv", trust.list_of_one(1, PATIENTS[0], days=9))
    own = tmp_path / "own.toml"
    trust.must("index", "tune", "--write", str(own))
    trust.must("index", "adopt", str(own))
    with closing(sqlite3.connect(trust.folder / "state" / "flagtag.db")) as database:
        database.execute("UPDATE adopted_parameters SET text = replace(text, 'slips     =', 'slip_of_old =')")
        database.commit()
    for words in (("match", file), ("index", "tune")):
        said = trust.must(*words, codes=(ExitCode.CONFIGURATION,)).err
        assert "given.slip_of_old: unknown" in said and "`flagtag index adopt --again`" in said
    assert "--again" in trust.must("check", codes=(ExitCode.UNAVAILABLE,)).out
    said = trust.must("index", "adopt", "--again").err
    assert "as it ships: family.slips, given.slips" in said and "+own." in said
    assert trust.ask("match", file)["subjects"][0]["decision"] == "matched"


def test_nothing_is_estimated_on_an_empty_index(tmp_path: Path) -> None:
    said = Trust(tmp_path / "empty").must("index", "tune", codes=(ExitCode.USAGE,))
    assert "nothing to estimate from" in said.err


def test_that_the_index_was_out_of_date_is_said_wherever_a_decision_is_shown(trust: Trust) -> None:
    with closing(sqlite3.connect(trust.folder / "state" / "flagtag.db")) as database:
        database.execute("UPDATE patient_index SET updated_at = '2020-01-01T00:00:00.000000+00:00'")
        database.commit()
    nameless = ",".join([*PATIENTS[0].split(",")[:1], "", *PATIENTS[0].split(",")[2:7], "", "", ""])
    document = trust.list_of_one(1, nameless, days=9)
    file = trust.file("list.csv", document)
    [row] = trust.ask("match", file)["subjects"]
    assert row["index_stale"] and row["parameters"]
    assert "the index is out of date" in trust.must("match", file, codes=(ExitCode.HELD,)).err
    trust.deliver("list.csv", document)
    trust.run(codes=(ExitCode.HELD,))
    [item] = trust.ask("review", "list")
    assert item["index_stale"] and "out of date" in trust.must("review", "list").out
    assert trust.ask("review", "show", item["id"])["index_stale"]
    assert "out of date" in trust.must("review", "show", item["id"]).out
    trust.must("index", "remove", "3005")
    assert trust.ask("match", file)["subjects"][0]["index_stale"]
