"""A mail or an archive with several documents, from the drop to the certificates: each document goes its own way."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
import pyzipper
from containers import mail, markup, zipped
from deliveries import mail_source, mails_in, post
from peers.dovecot import Dovecot
from trust import LIST_HEADER, PATIENTS, Trust, person

from integration.audit.verifier import main as verify

pytestmark = pytest.mark.system
VICTIM, PERPETRATOR, CHILD, OTHER, STRANGER = PATIENTS
TWO_AREAS = """
[[sources]]
name = "test-drop"
kind = "folder"
path = "drop"
areas = ["Testshire", "Otherland"]
settle_seconds = 0
"""


@pytest.fixture
def trust(tmp_path: Path) -> Trust:
    """One drop for two areas."""
    made = Trust(tmp_path / "trust", sources=TWO_AREAS)
    made.configure("[service]", '[[areas]]\nname = "Otherland"\n\n[service]')
    made.load_patients()
    made.sign_policy()
    return made


def half_protected(files: dict[str, bytes], protected: dict[str, bytes], password: str) -> bytes:
    target = io.BytesIO()
    with pyzipper.AESZipFile(target, "w", compression=pyzipper.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
        archive.setpassword(password.encode())
        archive.setencryption(pyzipper.WZ_AES)
        for name, content in protected.items():
            archive.writestr(name, content)
    return target.getvalue()


def kinds(trust: Trust) -> list[tuple[str, str]]:
    return sorted((d["kind"], d["state"]) for d in trust.ask("documents", "list"))


def hear(trust: Trust, area: str) -> None:
    day = trust.today.isoformat()
    trust.must("meetings", "held", area, day)
    for case in trust.ask("outcomes", "list", area, day):
        trust.must("outcomes", "record", case["id"])
    trust.run()


def a_list_in_place(trust: Trust) -> str:
    """A list of one victim as the text of a mail."""
    line = person("27/2026/001", "Victim", VICTIM, area="Testshire", day=trust.today)
    return markup([LIST_HEADER.split(","), line.split(",")], f"MARAC list {trust.today:%d/%m/%Y}")


def test_two_lists_of_two_areas_in_one_archive_and_a_third_that_waits_for_its_password(trust: Trust) -> None:
    lists = {
        "Isolde Quillfeather.csv": trust.list_of_one(1, VICTIM),
        "other.csv": trust.list_of_one(2, OTHER, area="Otherland"),
    }
    late = {"Odette.csv": trust.list_of_one(3, STRANGER, days=7)}
    trust.deliver("lists.zip", half_protected(lists, late, "long-winded"))
    trust.run(codes=(3,))
    assert trust.flagged() == ["3001", "3004"]
    [waiting] = trust.ask("held", "list")
    assert (waiting["where"], waiting["state"]) == ("test-drop, part 3 of 3", "refused")
    assert "no password that is known" in waiting["reason"]
    trust.configure("settle_seconds = 0", f"passwords = [{trust.secret('zip', 'long-winded')}]")
    trust.must("held", "settle", waiting["id"], "--again")
    trust.run(codes=(0,))
    assert trust.flagged() == ["3001", "3004", "3005"]
    containers = [d for d in trust.ask("documents", "list") if d["kind"] == "container"]
    assert [d["state"] for d in containers] == ["destroyed"] * 2  # the other kept the protected part
    hear(trust, "Testshire")
    assert kinds(trust).count(("case_list", "read")) == 2
    assert len(trust.set_aside()) == 1  # the sender's copy holds them all
    assert {d["state"] for d in trust.ask("deletions", "list")} == {"epoch_key_destroyed"}
    assert all(checked["findings"] == [] for checked in trust.ask("deletions", "verify"))


def test_a_list_in_the_mail_itself_another_on_it_and_a_form_in_an_archive_on_it(trust: Trust) -> None:
    attached = trust.list_of_one(2, OTHER, area="Otherland")
    nested = zipped({"inner.zip": zipped({"a.csv": attached})})
    content = mail("Documents", {"list.csv": attached, "more.zip": nested}, markup=a_list_in_place(trust))
    trust.deliver("mail.eml", content)
    trust.run(codes=(3,))
    assert trust.flagged() == ["3001", "3004"]
    [waiting] = trust.ask("held", "list")
    assert waiting["where"] == "test-drop, part 2 of 3"
    assert "holds another archive" in waiting["reason"]
    trust.must("held", "settle", waiting["id"], "--dismiss")
    trust.run(codes=(0,))
    hear(trust, "Testshire")
    hear(trust, "Otherland")
    assert {d["state"] for d in trust.ask("deletions", "list")} == {"source_copies_confirmed"}
    assert [p for p in trust.drop.rglob("*") if p.is_file()] == []
    assert [p for p in (trust.folder / "state" / "vault").rglob("*") if p.is_file()] == []
    deletion = next(d for d in trust.ask("deletions", "list") if d["trigger"] == "taken_apart")
    evidence = trust.folder / "evidence.json"
    trust.must("deletions", "show", deletion["id"], "--evidence", str(evidence))
    assert verify([str(evidence)]) == 0


def test_by_mail_with_a_list_in_its_text_and_an_archive_on_it(trust: Trust, dovecot: Dovecot) -> None:
    username = dovecot.mailbox()
    sign_in = f"password = {trust.secret('imap', dovecot.password)}"
    trust.configure('name = "Otherland"', 'name = "Otherland"\nsenders = ["marac.admin@police.example"]')
    with trust.config.open("a", encoding="utf-8") as config:
        config.write(mail_source(dovecot, username, sign_in, areas=("Testshire", "Otherland")))
    stranger = mail("Lists", {"list.csv": trust.list_of_one(1, STRANGER)}).replace(b"marac@police", b"somebody@police")
    post(dovecot, username, stranger)
    archive = zipped({"list.csv": trust.list_of_one(2, OTHER, area="Otherland"), "notes.txt": b"Bring biscuits.\n"})
    content = mail("Lists", {"documents.zip": archive}, markup=a_list_in_place(trust))
    post(dovecot, username, content.replace(b"marac@police", b"marac.admin@police"))
    trust.run(codes=(3,))
    assert trust.flagged() == ["3001", "3004"]
    refused, notes = sorted(trust.ask("held", "list"), key=lambda item: item["state"], reverse=True)
    assert notes["where"] == "inbox, part 1 of 2, part 2 of 2"
    assert "Sent by somebody@police.example" in trust.must("held", "show", refused["id"]).out
    for item in (refused, notes):
        trust.must("held", "settle", item["id"], "--dismiss")
    hear(trust, "Testshire")
    assert mails_in(dovecot, username, "flagtag-aside") == 1  # the stranger's is gone
    hear(trust, "Otherland")
    assert mails_in(dovecot, username, "flagtag-aside") == 0
    assert {d["state"] for d in trust.ask("deletions", "list")} == {"source_copies_confirmed"}


def test_an_archive_that_is_handed_in_shows_what_became_of_each_part(trust: Trust) -> None:
    files = {"list.csv": trust.list_of_one(1, VICTIM), "notes.txt": b"Please bring biscuits.\n"}
    archive = trust.file("documents.zip", zipped(files))
    said = trust.must("process", archive, "--format", "json", codes=(3,)).json
    assert [(one["kind"], one["state"]) for one in said] == [
        ("container", "destroyed"),
        ("case_list", "read"),
        ("unrecognised", "held"),
    ]
    assert "destroyed" in trust.must("documents", "read", said[0]["id"], codes=(2,)).err
