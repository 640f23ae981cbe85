"""The command line is a contract: exit codes, JSON alone on standard output, ids by their beginning."""

from __future__ import annotations

import io
import sqlite3
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Any

import docx
import pytest
from deliveries import POLICE, mail
from trust import PATIENTS, Trust, flat_list, person

from integration.cli import demo_documents

VICTIM, PERPETRATOR, CHILD, OTHER, STRANGER = PATIENTS
FIRST, SECOND = "27/2026/001", "27/2026/002"
NOBODY = "9999,,ZZUNHEARD,Ofelia,,1966-06-06,F,9 Blank Road,QX12 1AA,"
pytestmark = pytest.mark.system


def in_doubt(trust: Trust) -> bytes:
    """A list whose second case has a person with no role."""
    people = ((FIRST, "Victim", VICTIM), (SECOND, "Victim", OTHER), (SECOND, "Mr", STRANGER))
    return trust.list_of(*people)


def records(trust: Trust) -> list[str]:
    with closing(sqlite3.connect(trust.folder / "state" / "flagtag.db")) as connection:
        return list(connection.iterdump())


# --- read and match


def test_read_needs_no_deployment_and_says_all_on_standard_output(tmp_path: Path) -> None:
    bare = object.__new__(Trust)
    bare.folder, bare.config = tmp_path, tmp_path / "there-is-none.toml"
    day = date(2026, 12, 3)
    good = flat_list(person(FIRST, "Victim", VICTIM, area="Testshire", day=day))
    said = bare.must("read", bare.file("list.csv", good), "--format", "json")
    assert said.err == ""
    assert said.json["document"]["kind"] == "case_list"
    assert said.json["meeting"] == {"area": "Testshire", "date": "2026-12-03"}
    [case] = said.json["cases"]
    [subject] = case["subjects"]
    assert (case["case_ref"], case["repeat"]) == (FIRST, False)
    expected = {
        "role": "victim",
        "names": [{"family": "ZZQUILLFEATHER", "given": "Isolde"}],
        "births": ["1984-03-02"],
        "age": None,
        "sex": "F",
        "nhs_number": "9990000018",
        "addresses": [{"line": "12 Nowhere Street", "postcode": "QX12 3VZ"}],
        "where": "row 2",
        "row": 2,
    }
    assert {name: subject[name] for name in expected} == expected
    assert said.json["problems"] == []
    with_password = bare.must("read", str(tmp_path / "list.csv"), "--format", "json", "--password-stdin", typed="x\n")
    assert with_password.json == said.json
    table = bare.must("read", str(tmp_path / "list.csv"))
    assert "ZZQUILLFEATHER, Isolde" in table.out
    assert [path.name for path in tmp_path.iterdir()] == ["list.csv"]  # nothing was written


def test_read_says_what_it_could_not_make_out(trust: Trust) -> None:
    said = trust.must("read", trust.file("list.csv", in_doubt(trust)), "--format", "json", codes=(3,))
    assert [(p["where"], p["case_ref"]) for p in said.json["problems"]] == [("row 4", SECOND)]
    assert len(said.json["cases"]) == 2 and said.err == ""
    letter = docx.Document()
    letter.add_paragraph("Dear colleague, thank you for your letter.")
    content = io.BytesIO()
    letter.save(content)
    unknown = trust.must("read", trust.file("letter.docx", content.getvalue()), "--format", "json", codes=(3,))
    assert unknown.json["document"]["kind"] == "unrecognised"


def test_read_and_match_of_a_refused_file(trust: Trust) -> None:
    broken = trust.file("list.xlsx", b"PK\x03\x04 and no more")
    said = trust.must("read", broken, "--format", "json", codes=(4,))
    assert said.json["document"]["kind"] == "unrecognised" and said.json["cases"] == []
    [problem] = said.json["problems"]
    assert problem["case_ref"] is None and problem["reason"] in said.err
    assert trust.must("match", broken, "--format", "json", codes=(4,)).json == {"subjects": []}
    assert trust.must("read", broken, codes=(4,)).out == ""
    for command in ("read", "match"):
        absent = trust.must(command, str(trust.folder / "absent.csv"), codes=(2,))
        assert absent.out == "" and "cannot be read" in absent.err


def test_read_of_a_mail_with_several_documents(trust: Trust) -> None:
    content = mail(
        POLICE,
        ("agenda.docx", demo_documents.case_list(trust.today)),
        ("form.docx", demo_documents.research_form(trust.today)),
    )
    said = trust.must("read", trust.file("mail.eml", content), "--format", "json", codes=(0, 3))
    assert [d["document"]["kind"] for d in said.json["documents"]] == ["case_list", "research_form"]


def test_match_decides_everybody_and_writes_nothing(trust: Trust) -> None:
    people = ((FIRST, "Victim", VICTIM), (FIRST, "Perpetrator", NOBODY), (FIRST, "Child", CHILD))
    another = OTHER.replace("Odette", "Bettina").replace("9990000042", "")
    doubtful = person(SECOND, "Victim", another, area="Testshire", day=trust.today)
    content = trust.list_of(*people) + f"{doubtful}\n".encode()
    held = person(SECOND, "Mr", STRANGER, area="Testshire", day=trust.today)  # holds its case
    before = records(trust)
    said = trust.must("match", trust.file("list.csv", content + f"{held}\n".encode()), "--format", "json", codes=(3,))
    assert said.err == ""
    decided = [(s["row"], s["case_ref"], s["role"], s["decision"], s["patient"]) for s in said.json["subjects"]]
    assert decided == [
        (2, FIRST, "victim", "matched", "3001"),
        (3, FIRST, "perpetrator", "no_match", None),
        (4, FIRST, "child", "matched", "3003"),
        (5, SECOND, "victim", "review", None),
    ]
    [best] = said.json["subjects"][3]["candidates"]
    assert best["patient"] == "3004" and best["grade"] in ("probable", "possible") and best["reasons"]
    assert records(trust) == before
    sure = trust.must("match", trust.file("sure.csv", trust.list_of(*people)), "--explain")
    assert "date of birth: agrees" in sure.out and sure.err == ""


def test_match_takes_a_flat_list_of_people(trust: Trust) -> None:
    header = "subject_id,case_id,role,family,given,middle,aka,nhs_number,dob,age,sex,address,postcode,phone"
    row = "s1,c1,victim,ZZBRAMBLEWICK,Odette,,,9990000042,1990-05-14,,F,3 Imaginary Close,QX12 4WZ,"
    [subject] = trust.ask("match", trust.file("people.csv", f"{header}\n{row}\n".encode()))["subjects"]
    assert (subject["row"], subject["role"], subject["patient"]) == (2, "victim", "3004")


# --- every command says what it says to programs, too


def test_every_command_that_prints_a_result_prints_json(trust: Trust) -> None:
    trust.deliver(
        "list.csv",
        in_doubt(trust) + person(FIRST, "Perpetrator", PERPETRATOR, area="Testshire", day=trust.today).encode(),
    )
    trust.run(codes=(3,))
    day = trust.today.isoformat()
    trust.must("meetings", "held", "Testshire", day)
    first = trust.ask("outcomes", "list", "Testshire", day)[0]
    trust.must("outcomes", "record", first["id"], "--words-stdin", typed="note: Brief.\naction: DMR: look again\n")
    [waiting] = trust.ask("review", "list")
    [held] = trust.ask("held", "list")
    search = ("review", "search", waiting["id"])
    asked: dict[tuple[str, ...], Any] = {}
    for words in (
        ("status",),
        ("check",),
        ("index", "status"),
        ("review", "list"),
        ("review", "show", waiting["id"]),
        search,
        ("flags", "list"),
        ("flags", "list", "--due"),
        ("flags", "verify"),
        ("held", "list"),
        ("held", "show", held["id"]),
        ("meetings", "list"),
        ("outcomes", "list", "Testshire", day),
        ("outcomes", "show", first["id"]),
        ("actions", "list"),
        ("documents", "list"),
        ("policy", "show"),
        ("deletions", "list"),
        ("deletions", "verify"),
        ("audit", "verify"),
    ):
        typed = "ZZTHORNAPPLE\nCaspian\n\n\n\n\n" if words is search else ""  # a search asks at the keyboard
        said = trust.must(*words, "--format", "json", typed=typed, codes=(0, 3))
        asked[words] = said.json
        assert said.err == "" or words is search, words
        table = trust.must(*words, typed=typed, codes=(0, 3))
        assert table.out + table.err, words  # and something for eyes
    assert "or is a year" in trust.must(*search, typed="\n\nsometime\n\n\n\n", codes=(2,)).err
    assert "born in 1984" in trust.must(*search, typed="\n\n1984\n\n\n\n").out
    assert asked[("status",)]["waits_for_a_person"] == 2
    assert asked[("index", "status")]["updated_at"][:11] == f"{day}T"
    assert "3005" in [found["record"]["local_id"] for found in asked[search]["candidates"]]
    assert asked[("outcomes", "show", first["id"])][0]["note"] == "Brief."
    assert asked[("actions", "list")][0]["text"] == "look again"
    process = trust.must("process", trust.file("x.xlsx", b"PK"), "--format", "json", codes=(4,))
    assert process.json[0]["state"] == "refused"


def test_ids_are_given_by_their_beginning(trust: Trust) -> None:
    for number in range(2):
        trust.deliver(f"{number}.xlsx", b"PK" + bytes([number]))
    trust.run(codes=(3,))
    ids = [item["object_id"] for item in trust.ask("held", "list")]
    assert trust.ask("held", "show", ids[0])["object_id"] == ids[0]
    assert trust.ask("held", "show", ids[0][:10].upper())["object_id"] == ids[0]
    for prefix in ("", "zz", "0" * 32):
        for words in ("held show", "review show", "documents read", "flags end", "deletions show"):
            said = trust.must(*words.split(), prefix, codes=(2,))
            assert said.out == "" and said.err.startswith("flagtag: ")
    nonsense = trust.must("frobnicate", codes=(2,))
    assert "frobnicate" in nonsense.err and nonsense.out == ""
