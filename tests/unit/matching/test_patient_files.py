"""Extracts of the patient index: what becomes of every row, good or bad."""

from __future__ import annotations

import io
import json
from datetime import date
from typing import Any

import pytest

from integration.domain.people import Address, Patient, PersonName, RecordEnd, Sex
from mappings.patient_csv import RowProblem, local_ids_of_csv, read_patient_csv
from mappings.patient_ndjson import local_ids_of_ndjson, read_patient_ndjson

HEADER = (
    "dob,given,family,local_id,nhs_number,middle,other_names,sex,"
    "address1,address2,postcode,prev_postcode,phone,gp_code,deceased"
)


def read(*lines: str) -> tuple[list[Patient], list[str]]:
    problems: list[RowProblem] = []
    patients = list(read_patient_csv([line + "\r\n" for line in lines], problems.append))
    return patients, [str(problem) for problem in problems]


def test_columns_in_any_order() -> None:
    row = (
        '1984-03-02,Quillon,ZZTESTER,1001,999 000 0018,Jane,"Zzmaiden;Zzother, Ann",F,'
        "Flat 1,12 Nowhere Street,ZZ99 3VZ,ZZ99 3WZ,07700 900123,B80001,1"
    )
    patients, problems = read(HEADER + ",open_services,restricted,fhir_id", row + ",CAMHS; IAPT,1,f-1")
    assert problems == []
    assert patients == [
        Patient(
            "1001",
            "9990000018",
            PersonName("ZZTESTER", "Quillon"),
            "Jane",
            (PersonName("Zzmaiden"), PersonName("Zzother", "Ann")),
            date(1984, 3, 2),
            Sex.FEMALE,
            (Address("Flat 1, 12 Nowhere Street", "ZZ99 3VZ"), Address("", "ZZ99 3WZ")),
            "07700 900123",
            "B80001",
            deceased=True,
            restricted=True,
            open_services=("CAMHS", "IAPT"),
            fhir_id="f-1",
        )
    ]


def test_a_bad_number_or_date_is_named_and_the_patient_is_loaded_without_it() -> None:
    patients, problems = read(
        "local_id,family,given,dob,nhs_number",
        "1,ZZTESTER,Q,31/02/1984,9990000019",
        "2,ZZTESTER,R,02/03/1984,1111111111",
    )
    assert [(p.local_id, p.birth, p.nhs_number) for p in patients] == [("1", None, None), ("2", date(1984, 3, 2), None)]
    assert problems == [
        "line 2, column nhs_number: not an NHS number; the patient is loaded without it",
        "line 2, column dob: not a date; the patient is loaded without it",
        "line 3, column nhs_number: not an NHS number; the patient is loaded without it",
    ]


def test_bad_rows_are_left_out_and_the_load_goes_on() -> None:
    rows = [
        "ZZTESTER",
        ",ZZTESTER,Q,",
        "3,,,",
        "4,ZZTESTER,Q,1984-03-02,x",
        f"{'5' * 101},ZZTESTER,Q,",
        "6,ZZTESTER,Q,",
    ]
    patients, problems = read("local_id,family,given,dob", *rows)
    assert [p.local_id for p in patients] == ["6"]
    assert [problem.split(":")[0] for problem in problems] == [
        "line 2, column all",
        "line 3, column local_id",
        "line 4, column family",
        "line 5, column all",
        "line 6, column local_id",
    ]
    assert not any("ZZTESTER" in problem for problem in problems)


def test_a_quote_that_never_closes_does_not_swallow_the_report() -> None:
    patients, problems = read("local_id,family,given,dob", '1,"ZZTESTER,Q,1984-03-02', "2,ZZTESTER,Q,1984-03-02")
    assert patients == [] and len(problems) == 1


def test_a_header_that_lacks_a_column_reads_nothing() -> None:
    patients, problems = read("local_id,family,given", "1,ZZTESTER,Q")
    assert patients == []
    assert problems == ["line 1, column dob: the header lacks this column; nothing was read"]
    assert read()[1] == ["line 1, column all: the first line names no columns; nothing was read"]


def resource(**changes: Any) -> str:
    base: dict[str, Any] = {
        "resourceType": "Patient",
        "id": "f-1",
        "identifier": [
            {"system": "https://fhir.nhs.uk/Id/nhs-number", "value": "9990000018"},
            {"system": "https://trust.example/Id/local", "value": "1001"},
        ],
        "name": [
            {"use": "maiden", "family": "Zzmaiden", "given": ["Quillon"]},
            {"use": "official", "family": "ZZTESTER", "given": ["Quillon", "Jane", "Ann"]},
        ],
        "gender": "female",
        "birthDate": "1984-03-02",
        "address": [
            {"use": "old", "line": ["1 Old Road"], "postalCode": "ZZ99 3WZ"},
            {"use": "home", "line": ["Flat 1", "12 Nowhere Street"], "postalCode": "ZZ99 3VZ"},
        ],
        "telecom": [{"system": "email", "value": "q@nowhere.example"}, {"system": "phone", "value": "07700 900123"}],
        "generalPractitioner": [{"identifier": {"value": "B80001"}}],
    }
    return json.dumps(base | changes)


def read_ndjson(*lines: str, local_system: str | None = None) -> tuple[list[Patient], list[str]]:
    problems: list[RowProblem] = []
    patients = list(read_patient_ndjson(lines, problems.append, local_system))
    return patients, [str(problem) for problem in problems]


def test_a_header_with_a_column_twice_or_other_separators_reads_nothing() -> None:
    row = "1,ZZTESTER,ZZOTHER,Q,1984-03-02"
    assert read("local_id,family,Family ,given,dob", row) == (
        [],
        ["line 1, column family: the header names this column twice; nothing was read"],
    )
    assert read(resource())[1] == [
        "line 1, column all: this is JSON: a FHIR export is read if its name ends in .ndjson; nothing was read"
    ]
    for mark in ";\t|":
        header, cells = (text.replace(",", mark) for text in ("local_id,family,given,dob", "1,ZZTESTER,Q,1984-03-02"))
        assert read(header, cells) == (
            [],
            ["line 1, column all: the cells are not separated by commas; nothing was read"],
        )


def test_a_day_as_databases_write_it_and_one_that_stands_for_none() -> None:
    header = "local_id,family,given,dob"
    for said in ("1984-03-02 00:00:00.000", "1984-03-02T00:00:00Z", "1984-03-02 00:00"):
        assert [p.birth for p in read(header, f"1,ZZTESTER,Q,{said}")[0]] == [date(1984, 3, 2)]
    for said in ("1900-01-01", "01/01/1900", "0001-01-01", "9999-12-31"):
        [patient], problems = read(header, f"1,ZZTESTER,Q,{said}")
        assert patient.birth is None
        assert problems == ["line 2, column dob: stands for an unknown date; the patient is loaded without it"]
    assert read(header, "1,ZZTESTER,Q,1984-03-02 09:30")[1] != []
    [patient], problems = read_ndjson(resource(birthDate="1900-01-01"))
    assert patient.birth is None and len(problems) == 1


@pytest.mark.parametrize(("year", "born"), [(2026, None), (2027, date(2037, 11, 23))])
def test_nobody_is_born_in_more_than_ten_years(year: int, born: date | None) -> None:
    told: list[RowProblem] = []
    rows = ["local_id,family,given,dob\r\n", "1,ZZTESTER,Q,2037-11-23\r\n"]
    [listed] = read_patient_csv(rows, told.append, today=date(year, 11, 22))
    [exported] = read_patient_ndjson([resource(birthDate="2037-11-23")], told.append, today=date(year, 11, 22))
    assert [listed.birth, exported.birth] == [born, born]
    said = ["lies far in the future; the patient is loaded without it"] * 2
    assert [problem.reason for problem in told] == ([] if born else said)


def test_a_fhir_patient() -> None:
    (found,), problems = read_ndjson(resource(), "\n")
    assert problems == []
    assert found == Patient(
        "f-1",
        "9990000018",
        PersonName("ZZTESTER", "Quillon"),
        "Jane Ann",
        (PersonName("Zzmaiden", "Quillon"),),
        date(1984, 3, 2),
        Sex.FEMALE,
        (Address("Flat 1, 12 Nowhere Street", "ZZ99 3VZ"), Address("1 Old Road", "ZZ99 3WZ")),
        "07700 900123",
        "B80001",
        fhir_id="f-1",
    )


def test_the_local_id_by_a_configured_system() -> None:
    (found,), _ = read_ndjson(resource(), local_system="https://trust.example/Id/local")
    assert (found.local_id, found.fhir_id) == ("1001", "f-1")
    patients, problems = read_ndjson(resource(), local_system="https://elsewhere.example")
    assert patients == [] and problems == ["line 1, column identifier: missing or too long; the line is left out"]


def test_deceased_restricted_and_inactive() -> None:
    restricted = {"security": [{"system": "http://terminology.hl7.org/CodeSystem/v3-Confidentiality", "code": "R"}]}
    lines = [
        resource(deceasedDateTime="2026-01-01"),
        resource(deceasedBoolean=False),
        resource(meta=restricted),
        resource(active=False),
    ]
    patients, _ = read_ndjson(*lines)
    assert [(p.deceased, p.restricted) for p in patients] == [
        (True, False),
        (False, False),
        (False, True),
        (False, True),
    ]


def test_bad_lines_are_named_and_left_out() -> None:
    wrong_number = [{"system": "https://fhir.nhs.uk/Id/nhs-number", "value": "9990000019"}]
    lines = [
        "{",
        "[]",
        resource(name=[]),
        resource(name="ZZTESTER"),
        resource(identifier=wrong_number),
        resource(birthDate="1984"),
        resource(gender="\ud800"),
        resource(gender="\0"),
    ]
    patients, problems = read_ndjson(*lines)
    assert [(p.nhs_number, p.birth) for p in patients] == [(None, date(1984, 3, 2)), ("9990000018", None)]
    assert [problem.split(":")[0] for problem in problems] == [
        "line 1, column all",
        "line 2, column resourceType",
        "line 3, column name",
        "line 4, column all",
        "line 5, column identifier",
        "line 6, column birthDate",
        "line 7, column all",
        "line 8, column all",
    ]
    assert not any("ZZTESTER" in problem for problem in problems)


def read_ends(*lines: str) -> tuple[list[str], list[RecordEnd], list[str]]:
    problems: list[RowProblem] = []
    ends: list[RecordEnd] = []
    patients = list(read_patient_csv(list(lines), problems.append, ends.append))
    return [p.local_id for p in patients], ends, [str(problem) for problem in problems]


def test_rows_of_records_that_have_ended_are_no_patients() -> None:
    rows = ("1,,", "2,1,", "3,,1", "4,1,yes", "5,5,", ",1,", "6,,perhaps", "7, ,no")
    lines = [f"{row},ZZTESTER,Quillon,1984-03-02" for row in rows]
    patients, ends, problems = read_ends("local_id,merged_into,removed,family,given,dob", *lines)
    assert patients == ["1", "7"]
    assert ends == [RecordEnd("2", "1"), RecordEnd("3"), RecordEnd("4", "1")]
    assert [problem.partition(":")[0] for problem in problems] == [
        "line 6, column merged_into",
        "line 7, column merged_into",
        "line 8, column removed",
    ]


def test_an_extract_may_have_one_of_the_two_columns() -> None:
    patients, ends, problems = read_ends("family,given,dob,local_id,removed", "ZZTESTER,Q,,1,0", "ZZTESTER,Q,,2,1")
    assert (patients, ends, problems) == (["1"], [RecordEnd("2")], [])


def test_a_resource_that_another_replaces_is_no_patient() -> None:
    system = "https://trust.example/Id/patient"
    by_reference = [{"type": "replaced-by", "other": {"reference": "https://ehr.example/fhir/Patient/p2"}}]
    by_number = [{"type": "replaced-by", "other": {"identifier": {"system": system, "value": "8"}}}]
    replaces = [{"type": "replaces", "other": {"reference": "Patient/p3"}}]
    own = [{"system": system, "value": "7"}]
    ends: list[RecordEnd] = []
    problems: list[RowProblem] = []
    lines = [resource(link=by_reference), resource(link=replaces), resource(link=[{"type": "replaced-by"}])]
    patients = list(read_patient_ndjson(lines, problems.append, ended=ends.append))
    numbered = [resource(link=by_number, identifier=own)]
    assert list(read_patient_ndjson(numbered, problems.append, system, ends.append)) == []
    assert [p.local_id for p in patients] == ["f-1"]
    assert ends == [RecordEnd("f-1", "p2"), RecordEnd("7", "8")]
    assert [str(p).partition(":")[0] for p in problems] == ["line 3, column all"]


@pytest.mark.parametrize("quoted", [True, False])
def test_the_local_ids_alone_are_those_of_all_rows(quoted: bool) -> None:
    lines = ["Family, Local_Id ,given,dob", "ZZA,1,Q,", "short", "ZZB, 2 ,Q,", "", "ZZC,1,Q,1984-03-02,too,many"]
    if quoted:
        lines += ['"ZZD, E","3",Q,', '"ZZF', 'G",4,Q,']
    found = list(local_ids_of_csv(iter([line + "\r\n" for line in lines]), quoted=quoted))
    assert found == ["1", "2", "1", "3", "4"][: len(found)] and len(found) == (5 if quoted else 3)
    assert list(local_ids_of_csv(iter(["no,such,column\n", "1,2,3\n"]), quoted=quoted)) == []
    assert list(local_ids_of_csv(iter(()), quoted=quoted)) == []


def test_the_local_ids_of_an_export_are_those_of_its_resources() -> None:
    lines = ['{"resourceType": "Patient", "id": "7"}', "[]", "no json", '{"resourceType": "Patient"}']
    assert list(local_ids_of_ndjson(lines)) == ["7", ""]


@pytest.mark.parametrize("header", ["", "\n", '"' + "x" * 200_000, "x" * 200_000 + ",dob"])
def test_a_file_that_begins_with_no_columns_says_so(header: str) -> None:
    told: list[RowProblem] = []
    assert list(read_patient_csv(io.StringIO(header), told.append)) == []
    assert [problem.line for problem in told] == [1]
    assert list(local_ids_of_csv(io.StringIO(header), quoted=True)) == []


def test_marks_before_the_first_column_hide_neither_it_nor_that_it_comes_twice() -> None:
    """Files put together begin with several; a record in two rows was then taken twice, and the last one won."""
    text = "\ufeff\ufefflocal_id,family,given,dob\n1,ZZTESTER,Quillon,1984-03-02\n"
    assert list(local_ids_of_csv(io.StringIO(text), quoted=True)) == ["1"]
    told: list[RowProblem] = []
    assert list(read_patient_csv(io.StringIO(text.replace("dob", "dob,local_id")), told.append)) == []
    assert "twice" in told[0].reason
