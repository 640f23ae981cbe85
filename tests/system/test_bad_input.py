"""Bad files and lists, through the whole pipeline: each is named with its remedy, waits in sight, and loses nothing."""

from __future__ import annotations

import io
import os
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from deliveries import POLICE, mail, mail_source, mails_in, post
from peers.dovecot import Dovecot
from trust import PATIENTS, PATIENTS_HEADER, Trust, flat_list, person

from integration.cli import demo_documents

VICTIM, PERPETRATOR, CHILD, OTHER, STRANGER = PATIENTS
MEBIBYTE = 1024 * 1024
pytestmark = pytest.mark.system


@pytest.fixture
def trust(tmp_path: Path) -> Trust:
    """A deployment with patients and a signed policy, which gives up at once."""
    made = Trust(tmp_path / "trust")
    made.configure("once_retry_seconds = 5", "once_retry_seconds = 0")
    made.load_patients()
    made.sign_policy()
    return made


@pytest.fixture(scope="module")
def configured(tmp_path_factory: pytest.TempPathFactory) -> Trust:
    """A deployment that nothing changes for long."""
    return Trust(tmp_path_factory.mktemp("configured") / "trust")


def workbook(text: bytes) -> bytes:
    """The same rows in a workbook."""
    book = openpyxl.Workbook()
    sheet = book.create_sheet("Case list", 0)
    for line in text.decode().splitlines():
        sheet.append(line.split(","))
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def with_crest(book: bytes) -> bytes:
    """The same workbook with a picture of more than a mebibyte in it."""
    content = io.BytesIO(book)
    with zipfile.ZipFile(content, "a") as into:
        into.writestr("xl/media/image1.png", os.urandom(MEBIBYTE))
    return content.getvalue()


def half(content: bytes) -> bytes:
    return content[: len(content) // 2]


def reasons(trust: Trust) -> dict[int, str]:
    """Why each document waits, by its size."""
    sizes = {d["document_id"]: d["size"] for d in trust.ask("documents", "list")}
    return {sizes[item["object_id"]]: item["reason"] for item in trust.ask("held", "list")}


def held(trust: Trust) -> dict[str, Any]:
    """The one thing that waits for a person."""
    [item] = trust.ask("held", "list")
    assert isinstance(item, dict)
    return item


# --- files


def test_what_cannot_be_read_waits_in_sight_and_stops_nobody(trust: Trust) -> None:
    book, agenda = workbook(trust.list_of_one(1, VICTIM)), demo_documents.case_list(trust.today)
    bad = {
        "empty.csv": (b"", "the file is empty"),
        "blank.csv": (b"\r\n\r\n", "the file is empty"),
        "cut.xlsx": (half(book), "cut short"),
        "cut.docx": (half(agenda), "cut short"),
        "named.csv": (book, "name and its content are of different kinds"),
        "named.xlsx": (trust.list_of_one(2, VICTIM), "name and its content are of different kinds"),
        "picture.csv": (bytes(range(256)) * 9, "of no kind that is read here"),
        "photo.docx": (packed("photo.png", b"PNG"), "name and its content are of different kinds"),
    }
    for name, (content, _) in bad.items():
        trust.deliver(name, content)
    trust.deliver("good.csv", trust.list_of_one(3, VICTIM))
    said = trust.must("run", "--once", codes=(3,))
    assert f"{len(bad)} things wait for a person" in said.err
    found = reasons(trust)
    for name, (content, why) in bad.items():
        assert why in found[len(content)], name
        assert ": " in found[len(content)], name  # what is wrong, and what to do
    assert {item["where"] for item in trust.ask("held", "list")} == {"test-drop"}
    assert trust.status()["held"] == len(bad)
    assert trust.flagged() == ["3001"]
    for content, _ in bad.values():
        assert content in trust.set_aside()  # the sender's copies stand until a person has settled them


def packed(name: str, content: bytes) -> bytes:
    """An archive that holds one file."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as into:
        into.writestr(name, content)
    return archive.getvalue()


def test_what_a_person_dismissed_goes_and_the_right_one_comes(trust: Trust) -> None:
    trust.deliver("list.xlsx", half(workbook(trust.list_of_one(1, VICTIM))))
    trust.run(codes=(3,))
    trust.must("held", "settle", held(trust)["id"], "--dismiss")
    trust.deliver("list.xlsx", workbook(trust.list_of_one(1, VICTIM)))
    trust.run(codes=(0,))
    assert trust.flagged() == ["3001"]
    assert sorted(d["state"] for d in trust.ask("documents", "list")) == ["destroyed", "read"]
    assert [c["trigger"] for c in trust.ask("deletions", "list")] == ["refusal_settled"]
    assert len(trust.set_aside()) == 1
    assert trust.status()["held"] == 0


def test_a_file_that_is_too_large_stays_with_its_sender_until_the_limit_is_raised(trust: Trust) -> None:
    trust.configure("[[areas]]", "max_document_mib = 1\n\n[[areas]]")
    large = with_crest(workbook(trust.list_of_one(1, VICTIM, days=60)))
    trust.deliver("large.xlsx", large)
    trust.deliver("good.csv", trust.list_of_one(2, OTHER))
    said = trust.must("run", "--once", codes=(3,))
    assert "1 thing waits for a person" in said.err
    [left] = next(source["oddities"] for source in trust.status()["sources"] if source["oddities"])
    assert "limit of 1 MiB" in left and "storage.max_document_mib" in left
    assert trust.flagged() == ["3004"]
    assert trust.in_drop() == [large]
    trust.configure("max_document_mib = 1", "max_document_mib = 2")
    trust.run(codes=(0,))
    assert trust.in_drop() == [] and trust.flagged() == ["3001", "3004"]
    assert all(source["failing_since"] is None for source in trust.status()["sources"])


def test_a_file_that_is_too_large_and_handed_in_is_refused_and_kept(trust: Trust) -> None:
    trust.configure("[[areas]]", "max_document_mib = 1\n\n[[areas]]")
    large = trust.folder / "by-hand.xlsx"
    large.write_bytes(with_crest(workbook(trust.list_of_one(1, VICTIM))))
    [row] = trust.ask("process", str(large), codes=(4,))
    assert row["state"] == "refused" and "storage.max_document_mib" in row["reason"]
    trust.configure("max_document_mib = 1", "max_document_mib = 2")
    trust.must("held", "settle", row["id"], "--again")
    trust.run(codes=(0,))
    assert trust.flagged() == ["3001"]


# --- lists that are not for us, or late


def test_a_list_for_an_area_that_is_not_configured(trust: Trust) -> None:
    trust.deliver("list.csv", trust.list_of_one(1, VICTIM, area="Elsewhere"))
    trust.run(codes=(3,))
    assert held(trust)["state"] == "refused"
    assert "an area that is not configured: add the area" in held(trust)["reason"]
    assert trust.status()["lists"] == [] and trust.flagged() == []
    trust.configure("[service]", '[[areas]]\nname = "Elsewhere"\n\n[service]')
    trust.must("held", "settle", held(trust)["id"], "--again", "--area", "Elsewhere")
    trust.run(codes=(0,))
    assert trust.flagged() == ["3001"]
    assert [sheet["area"] for sheet in trust.status()["lists"]] == ["Elsewhere"]


def test_a_list_for_an_area_that_its_source_does_not_stand_for(trust: Trust) -> None:
    trust.configure("[service]", '[[areas]]\nname = "Elsewhere"\n\n[service]')
    trust.deliver("list.csv", trust.list_of_one(1, VICTIM, area="Elsewhere"))
    trust.run(codes=(3,))
    assert held(trust)["state"] == "refused"
    assert "does not stand for" in held(trust)["reason"] and "--again" in held(trust)["reason"]
    # asked again without a word about the area, it is what it was
    trust.must("held", "settle", held(trust)["id"], "--again")
    trust.run(codes=(3,))
    assert "does not stand for" in held(trust)["reason"] and trust.flagged() == []
    refused = trust.must("held", "settle", held(trust)["id"], "--again", "--area", "Nowhere", codes=(2,))
    assert "the areas are: Testshire, Elsewhere" in refused.err
    trust.must("held", "settle", held(trust)["id"], "--again", "--area", "Elsewhere")
    trust.run(codes=(0,))
    assert trust.flagged() == ["3001"]


@pytest.mark.parametrize(("days", "late"), [(-40, "the day has passed"), (1, "came after its notice"), (60, None)])
def test_a_late_list_is_worked_and_marked(trust: Trust, days: int, late: str | None) -> None:
    trust.deliver("list.csv", trust.list_of_one(1, VICTIM, days=days))
    trust.run(codes=(0,))
    assert trust.flagged() == ["3001"]
    told = trust.status()
    [sheet] = told["lists"]
    assert (sheet["late"], sheet["state"]) == (late is not None, "flagged")
    assert len(told["late"]) == (late is not None)
    assert all(str(late) in sentence for sentence in told["late"])
    assert trust.flagtag("status").code == (3 if late else 0)


def test_a_list_from_an_unknown_sender(trust: Trust, dovecot: Dovecot) -> None:
    username = dovecot.mailbox()
    with trust.config.open("a") as config:
        config.write(mail_source(dovecot, username, f"password = {trust.secret('imap', dovecot.password)}"))
    content = trust.list_of_one(1, VICTIM)
    post(dovecot, username, mail("Stranger <someone@elsewhere.example>", ("list.csv", content)))
    trust.run(codes=(3,))
    waits = held(trust)
    assert (waits["state"], waits["where"]) == ("refused", "inbox")
    assert "unknown sender: add the address to its area's senders" in waits["reason"]
    assert trust.status()["lists"] == [] and trust.flagged() == []
    assert mails_in(dovecot, username, "flagtag-aside") == 1  # the mail stands, where a person can look at it
    post(dovecot, username, mail(POLICE, ("list.csv", content)))  # the stranger was faster, and keeps nobody out
    trust.run(codes=(0,))
    assert trust.flagged() == ["3001"] and trust.status()["held"] == 0


# --- the index


def test_a_row_of_the_index_with_a_bad_nhs_number_is_named_and_loaded_without_it(tmp_path: Path) -> None:
    trust = Trust(tmp_path / "trust")
    extract = trust.folder / "extract.csv"
    good, bad = VICTIM, OTHER.replace("9990000042", "9990000043")
    extract.write_text("\n".join((PATIENTS_HEADER, good, bad)))
    said = trust.must("index", "load", str(extract), codes=(3,))
    assert "extract.csv: line 3, column nhs_number: not an NHS number; the patient is loaded without it" in said.err
    assert "9990000043" not in said.err
    assert trust.ask("index", "status")["patients"] == 2
    by_number = flat_list(person("27/2026/001", "Victim", bad, area="Testshire", day=trust.today))
    (trust.folder / "asked.csv").write_bytes(by_number)
    [subject] = trust.ask("match", str(trust.folder / "asked.csv"))["subjects"]
    [candidate] = subject["candidates"]
    assert candidate["patient"] == "3004"
    assert not any(reason.startswith("NHS number: agrees") for reason in candidate["reasons"])


UNUSABLE = {
    "empty.csv": (b"", 1, "line 1"),
    "headless.csv": (b"3001,9990000018,ZZQUILLFEATHER\n", 1, "the header lacks this column"),
    "western.csv": (
        f"{PATIENTS_HEADER}\n{VICTIM}\n3009,,ZZM\u00fcller,A,,,,,,\n".encode("cp1252"),
        2,
        "line 3 is not UTF-8",
    ),
    "broken.ndjson": (b'{"resourceType": "Pat', 1, "not valid JSON"),
    "absent.csv": (None, 2, "cannot be read"),
}


@pytest.mark.parametrize("name", UNUSABLE)
def test_an_extract_that_comes_to_nothing_leaves_the_index_as_old_as_it_was(configured: Trust, name: str) -> None:
    content, code, why = UNUSABLE[name]
    before = configured.ask("index", "status")
    extract = configured.folder / name
    if content is not None:
        extract.write_bytes(content)
    said = configured.must("index", "load", str(extract), codes=(code,))
    assert name in said.err and why in said.err
    assert configured.ask("index", "status") == before


def test_an_empty_index_holds_lists_back_and_says_so(tmp_path: Path) -> None:
    trust = Trust(tmp_path / "trust")
    trust.configure("once_retry_seconds = 5", "once_retry_seconds = 0")
    trust.deliver("list.csv", trust.list_of_one(1, VICTIM))
    trust.run(codes=(6,))
    [failure] = trust.status()["failures"]
    assert "flagtag index load" in failure["reason"]
    trust.load_patients()
    trust.configure("once_retry_seconds = 0", "once_retry_seconds = 5")
    trust.run(codes=(0,))
    assert trust.flagged() == ["3001"]
