"""Bad input, through the whole pipeline: each is named with its place and remedy, waits in sight, and loses nothing."""

from __future__ import annotations

import io
import os
import subprocess
import zipfile
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from deliveries import POLICE, mail, mail_source, mails_in, post
from peers.dovecot import Dovecot
from peers.fhir_server import FhirServer
from peers.ports import free_port
from peers.presence import missing
from serving import serving
from trust import ANYBODY, PATIENTS, PATIENTS_HEADER, Said, Trust, fhir_flags, fhir_patient, flat_list, person

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


def a_list(trust: Trust, number: int, row: str = VICTIM, *, area: str = "Testshire", days: int = 0) -> bytes:
    """A list of one person, for the meeting so many days from today."""
    day = trust.today + timedelta(days=days)
    return flat_list(person(f"27/2026/{number:03}", "Victim", row, area=area, day=day))


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


def state(trust: Trust) -> dict[str, Any]:
    told = trust.ask("status")
    assert isinstance(told, dict)
    return told


def failure_of(trust: Trust) -> str:
    """What the one source that fails says."""
    [source] = [s for s in state(trust)["sources"] if s["failing_since"]]
    return str(source["failure"])


def flagged(trust: Trust) -> list[str]:
    """The patients whose flag stands."""
    return sorted(f["patient"] for f in trust.ask("flags", "list") if f["state"] == "verified")


def waiting_in(drop: Path) -> list[bytes]:
    return [path.read_bytes() for path in drop.iterdir() if path.is_file()]


def set_aside(drop: Path) -> list[bytes]:
    aside = drop / ".flagtag-aside"
    return [path.read_bytes() for path in aside.iterdir()] if aside.is_dir() else []


# --- files


def test_what_cannot_be_read_waits_in_sight_and_stops_nobody(trust: Trust) -> None:
    book, agenda = workbook(a_list(trust, 1)), demo_documents.case_list(trust.today)
    bad = {
        "empty.csv": (b"", "the file is empty"),
        "blank.csv": (b"\r\n\r\n", "the file is empty"),
        "cut.xlsx": (half(book), "cut short"),
        "cut.docx": (half(agenda), "cut short"),
        "named.csv": (book, "name and its content are of different kinds"),
        "named.xlsx": (a_list(trust, 2), "name and its content are of different kinds"),
        "picture.csv": (bytes(range(256)) * 9, "of no kind that is read here"),
        "photo.docx": (packed("word/media/image1.png", b"PNG"), "of no kind that is read here"),
    }
    for name, (content, _) in bad.items():
        trust.deliver(name, content)
    trust.deliver("good.csv", a_list(trust, 3))
    said = trust.must("run", "--once", codes=(3,))
    assert f"{len(bad)} things wait for a person" in said.err
    found = reasons(trust)
    for name, (content, why) in bad.items():
        assert why in found[len(content)], name
        assert ": " in found[len(content)], name  # what is wrong, and what to do
    assert {item["where"] for item in trust.ask("held", "list")} == {"test-drop"}
    assert state(trust)["held"] == len(bad)
    assert flagged(trust) == ["3001"]
    for content, _ in bad.values():
        assert content in set_aside(trust.drop)  # the sender's copies stand until a person has settled them


def packed(name: str, content: bytes) -> bytes:
    """An archive that holds one file."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as into:
        into.writestr(name, content)
    return archive.getvalue()


def test_what_a_person_dismissed_goes_and_the_right_one_comes(trust: Trust) -> None:
    trust.deliver("list.xlsx", half(workbook(a_list(trust, 1))))
    trust.run(codes=(3,))
    trust.must("held", "settle", held(trust)["id"], "--dismiss")
    trust.deliver("list.xlsx", workbook(a_list(trust, 1)))
    trust.run(codes=(0,))
    assert flagged(trust) == ["3001"]
    assert sorted(d["state"] for d in trust.ask("documents", "list")) == ["destroyed", "read"]
    assert [c["trigger"] for c in trust.ask("deletions", "list")] == ["refusal_settled"]
    assert len(set_aside(trust.drop)) == 1
    assert state(trust)["held"] == 0


def test_a_file_that_is_too_large_stays_with_its_sender_until_the_limit_is_raised(trust: Trust) -> None:
    trust.configure("[[areas]]", "max_document_mib = 1\n\n[[areas]]")
    large = with_crest(workbook(a_list(trust, 1, days=60)))
    trust.deliver("large.xlsx", large)
    trust.deliver("good.csv", a_list(trust, 2, OTHER))
    said = trust.must("run", "--once", codes=(6,))
    assert "still owed" in said.err
    assert "limit of 1 MiB" in failure_of(trust)
    assert "storage.max_document_mib" in failure_of(trust)
    assert flagged(trust) == ["3004"]
    assert waiting_in(trust.drop) == [large]
    trust.configure("max_document_mib = 1", "max_document_mib = 2")
    trust.run(codes=(0,))
    assert waiting_in(trust.drop) == [] and flagged(trust) == ["3001", "3004"]
    assert all(source["failing_since"] is None for source in state(trust)["sources"])


def test_a_file_that_is_too_large_and_handed_in_is_refused_and_kept(trust: Trust) -> None:
    trust.configure("[[areas]]", "max_document_mib = 1\n\n[[areas]]")
    large = trust.folder / "by-hand.xlsx"
    large.write_bytes(with_crest(workbook(a_list(trust, 1))))
    [row] = trust.ask("process", str(large), codes=(4,))
    assert row["state"] == "refused" and "storage.max_document_mib" in row["reason"]
    trust.configure("max_document_mib = 1", "max_document_mib = 2")
    trust.must("held", "settle", row["id"], "--again")
    trust.run(codes=(0,))
    assert flagged(trust) == ["3001"]


# --- lists that are not for us, or late


def test_a_list_for_an_area_that_is_not_configured(trust: Trust) -> None:
    trust.deliver("list.csv", a_list(trust, 1, area="Elsewhere"))
    trust.run(codes=(3,))
    assert held(trust)["state"] == "refused"
    assert "an area that is not configured: add the area" in held(trust)["reason"]
    assert state(trust)["lists"] == [] and flagged(trust) == []
    trust.configure("[service]", '[[areas]]\nname = "Elsewhere"\n\n[service]')
    trust.must("held", "settle", held(trust)["id"], "--again", "--area", "Elsewhere")
    trust.run(codes=(0,))
    assert flagged(trust) == ["3001"]
    assert [sheet["area"] for sheet in state(trust)["lists"]] == ["Elsewhere"]


def test_a_list_for_an_area_that_its_source_does_not_stand_for(trust: Trust) -> None:
    trust.configure("[service]", '[[areas]]\nname = "Elsewhere"\n\n[service]')
    trust.deliver("list.csv", a_list(trust, 1, area="Elsewhere"))
    trust.run(codes=(3,))
    assert held(trust)["state"] == "refused"
    assert "does not stand for" in held(trust)["reason"] and "--again" in held(trust)["reason"]
    # asked again without a word about the area, it is what it was
    trust.must("held", "settle", held(trust)["id"], "--again")
    trust.run(codes=(3,))
    assert "does not stand for" in held(trust)["reason"] and flagged(trust) == []
    refused = trust.must("held", "settle", held(trust)["id"], "--again", "--area", "Nowhere", codes=(2,))
    assert "the areas are: Testshire, Elsewhere" in refused.err
    trust.must("held", "settle", held(trust)["id"], "--again", "--area", "Elsewhere")
    trust.run(codes=(0,))
    assert flagged(trust) == ["3001"]


@pytest.mark.parametrize(("days", "late"), [(-40, "the day has passed"), (1, "came after its notice"), (60, None)])
def test_a_late_list_is_worked_and_marked(trust: Trust, days: int, late: str | None) -> None:
    trust.deliver("list.csv", a_list(trust, 1, days=days))
    trust.run(codes=(0,))
    assert flagged(trust) == ["3001"]
    told = state(trust)
    [sheet] = told["lists"]
    assert (sheet["late"], sheet["state"]) == (late is not None, "flagged")
    assert len(told["late"]) == (late is not None)
    assert all(str(late) in sentence for sentence in told["late"])
    assert trust.flagtag("status").code == (3 if late else 0)


def test_a_list_from_an_unknown_sender(trust: Trust, dovecot: Dovecot) -> None:
    username = dovecot.mailbox()
    with trust.config.open("a") as config:
        config.write(mail_source(dovecot, username, f"password = {trust.secret('imap', dovecot.password)}"))
    content = a_list(trust, 1)
    post(dovecot, username, mail("Stranger <someone@elsewhere.example>", ("list.csv", content)))
    trust.run(codes=(3,))
    waits = held(trust)
    assert (waits["state"], waits["where"]) == ("refused", "inbox")
    assert "unknown sender: add the address to its area's senders" in waits["reason"]
    assert state(trust)["lists"] == [] and flagged(trust) == []
    assert mails_in(dovecot, username, "flagtag-aside") == 1  # the mail stands, where a person can look at it
    post(dovecot, username, mail(POLICE, ("list.csv", content)))  # the stranger was faster, and keeps nobody out
    trust.run(codes=(0,))
    assert flagged(trust) == ["3001"] and state(trust)["held"] == 0


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
    trust.deliver("list.csv", a_list(trust, 1))
    trust.run(codes=(6,))
    [failure] = state(trust)["failures"]
    assert "flagtag index load" in failure["reason"]
    trust.load_patients()
    trust.configure("once_retry_seconds = 0", "once_retry_seconds = 5")
    trust.run(codes=(0,))
    assert flagged(trust) == ["3001"]


# --- the record system


def on_fhir(tmp_path: Path, base_url: str) -> Trust:
    trust = Trust(tmp_path / "trust", flags=fhir_flags(base_url))
    trust.configure("once_retry_seconds = 5", "once_retry_seconds = 0")
    trust.load_patients()
    trust.deliver("list.csv", a_list(trust, 1))
    return trust


def check_owed(trust: Trust, said: Said, phase: str) -> None:
    """The list is read and its person found; only the flag is owed, and a person can see why."""
    assert said.code == 6 and "owed" in said.err
    told = state(trust)
    assert told["owed"] >= 1
    [sheet] = told["lists"]
    assert (sheet["state"], sheet["matched"], sheet["flagged"]) == ("matched", 1, 0)
    [flag] = trust.ask("flags", "list")
    assert flag["state"] in ("owed", "unproven") and flag["reason"].startswith(f"{phase}: ")
    assert [f["reason"] for f in told["failures"]] and all("127.0.0.1" in f["reason"] for f in told["failures"])


def catch_up(trust: Trust) -> None:
    """Later, with patience."""
    trust.configure("once_retry_seconds = 0", "once_retry_seconds = 20")
    trust.run(codes=(0,))
    assert flagged(trust) == ["3001"]
    assert trust.ask("flags", "verify") == {"asked": 1, "drift": []}
    told = state(trust)
    assert (told["owed"], told["failures"]) == (0, [])


def test_a_record_system_that_is_not_there_is_owed_its_flags(tmp_path: Path, fhir_server: FhirServer) -> None:
    fhir_server.add(fhir_patient(VICTIM))
    nobody = f"http://127.0.0.1:{free_port()}/fhir"
    trust = on_fhir(tmp_path, nobody)
    check_owed(trust, trust.flagtag("run", "--once"), "connect")
    checked = trust.ask("check", codes=(6,))
    assert ("connect", "FAILED") in {(row["phase"], row["result"]) for row in checked if "flag register" in row["what"]}
    trust.configure(nobody, fhir_server.base_url)  # it is there again
    catch_up(trust)
    assert len(fhir_server.flags()) == 1


def answering(status: int, content: bytes, kind: str = "text/html") -> Any:
    def answer(request: BaseHTTPRequestHandler) -> None:
        request.send_response(status)
        request.send_header("Content-Type", kind)
        request.send_header("Content-Length", str(len(content)))
        request.end_headers()
        request.wfile.write(content)

    return answer


NONSENSE = {
    "a web page": (200, b"<html><body>Sign in to continue</body></html>", "text/html"),
    "half an answer": (200, b'{"resourceType": "Capabil', "application/fhir+json"),
    "something else": (200, b'{"resourceType": "Bundle"}', "application/fhir+json"),
    "a fault": (500, b"java.lang.NullPointerException at Patient ZZQUILLFEATHER", "text/plain"),
    "a list": (200, b"[1, 2]", "application/fhir+json"),
}


def test_a_record_system_that_answers_nonsense_is_owed_its_flags(tmp_path: Path, fhir_server: FhirServer) -> None:
    fhir_server.add(fhir_patient(VICTIM))
    with serving(answering(*NONSENSE["a web page"])) as base_url:
        trust, before = on_fhir(tmp_path, base_url), base_url
        check_owed(trust, trust.flagtag("run", "--once"), "capability")
    for name, answer in NONSENSE.items():
        with serving(answering(*answer)) as base_url:
            trust.configure(before, base_url)
            before = base_url
            [row] = [r for r in trust.ask("check", codes=(6,)) if r["result"] == "FAILED"]
        assert (row["what"], row["phase"]) == ("flag register (fhir)", "capability"), name
        assert row["remedy"] and not ANYBODY.search(row["remedy"]) and "NullPointer" not in row["remedy"], name
    trust.configure(before, fhir_server.base_url)
    catch_up(trust)


def test_a_wrong_token_is_named_and_the_flags_are_owed(tmp_path: Path, fhir_server: FhirServer) -> None:
    fhir_server.add(fhir_patient(VICTIM))
    fhir_server.set(token="right")
    trust = on_fhir(tmp_path, fhir_server.base_url)
    trust.configure("[flags]", f"[flags]\ntoken = {trust.secret('token', 'wrong')}")
    said = trust.flagtag("run", "--once")
    check_owed(trust, said, "sign in")
    assert "wrong" not in said.err + said.out
    trust.secret("token", "right")
    catch_up(trust)


# --- the disk


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of its own with room for next to nothing."""
    if os.geteuid() != 0:
        missing("a small file system", "only root may mount one; run `make test` with sudo")
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = ["mount", "-t", "tmpfs", "-o", "size=64k,mode=0700", "flagtag-test", str(folder)]
    if subprocess.run(mounted, check=False, capture_output=True).returncode != 0:
        missing("a small file system", "this machine lets nobody mount one")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def fill(disk: Path) -> Path:
    """Take all the room there is."""
    filler = disk / "filler"
    with filler.open("wb", buffering=0) as file, pytest.raises(OSError, match="No space left"):
        while True:
            file.write(bytes(4096))
    return filler


def test_a_full_disk_under_the_vault_loses_nothing(small_disk: Path, tmp_path: Path) -> None:
    trust = Trust(tmp_path / "trust")
    trust.configure("once_retry_seconds = 5", "once_retry_seconds = 0")
    trust.configure("[storage]", f'[storage]\nvault = "{small_disk / "vault"}"')
    trust.must("init", str(trust.folder))
    trust.load_patients()
    filler = fill(small_disk)
    content = a_list(trust, 1)
    trust.deliver("list.csv", content)
    said = trust.must("run", "--once", codes=(6,))
    assert "owed" in said.err
    told = failure_of(trust)
    assert str(small_disk / "vault") in told and "is full" in told and "make room there" in told
    assert waiting_in(trust.drop) == [content] and set_aside(trust.drop) == []
    assert trust.ask("documents", "list") == []
    by_hand = trust.folder / "by-hand.csv"
    by_hand.write_bytes(a_list(trust, 2, OTHER))
    refused = trust.must("process", str(by_hand), codes=(6,))
    assert "is full" in refused.err and by_hand.exists()
    filler.unlink()
    trust.run(codes=(0,))
    assert flagged(trust) == ["3001"]
    assert waiting_in(trust.drop) == [] and set_aside(trust.drop) == [content]


def test_a_disk_that_fills_up_between_receiving_and_reading_loses_nothing(small_disk: Path, tmp_path: Path) -> None:
    """The document itself is there, what was read from it finds no room."""
    trust = Trust(tmp_path / "trust")
    trust.configure("once_retry_seconds = 5", "once_retry_seconds = 0")
    trust.configure("[storage]", f'[storage]\nvault = "{small_disk / "vault"}"')
    trust.must("init", str(trust.folder))
    trust.load_patients()
    filler = fill(small_disk)
    with filler.open("r+b") as file:
        file.truncate(filler.stat().st_size - 4096)  # room for one small file
    trust.deliver("list.csv", a_list(trust, 1))
    trust.run(codes=(6,))
    [document] = trust.ask("documents", "list")
    assert document["state"] == "received"
    [failure] = state(trust)["failures"]
    assert failure["work"].startswith("read:") and "is full" in failure["reason"]
    filler.unlink()
    trust.configure("once_retry_seconds = 0", "once_retry_seconds = 20")
    trust.run(codes=(0,))
    assert flagged(trust) == ["3001"]


# --- the configuration


MALFORMED = {
    "no TOML": ("[trust]", "[trust", "not valid TOML"),
    "a word that is no setting": ("ods_code =", "ods_codes =", "trust.ods_codes"),
    "a code that cannot be": ('ods_code = "RXX"', 'ods_code = "r"', "trust.ods_code"),
    "a number that is none": ("once_retry_seconds = 5", 'once_retry_seconds = "soon"', "service.once_retry_seconds"),
    "a number out of range": ("settle_seconds = 0", "settle_seconds = -1", "sources.0.folder.settle_seconds"),
    "a source for no area": ('area = "Testshire"', 'area = "Testshore"', "source test-drop: area 'Testshore'"),
    "a source without an area": ('area = "Testshire"\n', "\n", "give either area"),
    "a source of no kind": ('kind = "folder"', 'kind = "carrier pigeon"', "sources.0"),
    "two areas of one name": (
        "[service]",
        '[[areas]]\nname = "Testshire"\n\n[service]',
        "two areas have the same name",
    ),
    "perpetrators' flags unproven": ('visibility = "accepted: A. Nonymous, 2026-11-01"', "", "visibility is unproven"),
    "http to another host": (
        'kind = "local"',
        'kind = "fhir"\nbase_url = "http://fhir.trust.example/r4"',
        "must be https",
    ),
    "a password in an address": (
        'kind = "local"',
        'kind = "fhir"\nbase_url = "https://me:secret-word@fhir.trust.example/r4"',
        "must carry no credentials",
    ),
    "an endpoint without a token": ("[flags]", "[flags]\nendpoint = { enabled = true }", "token"),
    "another kind of database": ("sqlite:///state/flagtag.db", "mysql://trust.example/flagtag", "storage.database"),
    "no database at all": ("sqlite:///state/flagtag.db", "state/flagtag.db", "storage.database"),
    "no key store": ("[storage]", '[storage]\nkeys = "state/nowhere"', "state/nowhere"),
    "no vault": ("[storage]", '[storage]\nvault = "state/nowhere"', "state/nowhere"),
}


@pytest.mark.parametrize("case", MALFORMED)
def test_a_malformed_configuration_is_refused_by_its_place(configured: Trust, case: str) -> None:
    old, new, place = MALFORMED[case]
    right = configured.config.read_text()
    configured.configure(old, new)
    try:
        for command in (("check",), ("run", "--once"), ("status",)):
            said = configured.must(*command, codes=(5,))
            assert place in said.err and said.out == ""
            assert said.err.startswith("flagtag: ") and len(said.err.splitlines()) <= 3
            assert "secret-word" not in said.err
    finally:
        configured.config.write_text(right)
    configured.must("status")


def test_a_configuration_that_is_not_there_names_the_remedy(configured: Trust) -> None:
    elsewhere = configured.config.rename(configured.folder / "elsewhere.toml")
    try:
        said = configured.must("run", "--once", codes=(5,))
        assert "flagtag.toml" in said.err and "flagtag init" in said.err
    finally:
        elsewhere.rename(configured.config)


@pytest.mark.parametrize("what", ["state/keys", "state/vault", "state/secrets", "state/keys/lock"])
def test_custody_that_others_can_reach_is_refused(configured: Trust, what: str) -> None:
    path = configured.folder / what
    mode = path.stat().st_mode
    path.chmod(mode | 0o044)
    try:
        said = configured.must("run", "--once", codes=(5,))
        assert str(path) in said.err and "run chmod" in said.err
    finally:
        path.chmod(mode)


def test_a_secret_that_others_can_read_is_refused_unquoted(tmp_path: Path) -> None:
    trust = Trust(tmp_path / "trust", flags=fhir_flags("https://fhir.trust.example/r4"))
    trust.configure("[flags]", f"[flags]\ntoken = {trust.secret('token', 'canary-token')}")
    (trust.folder / "token").chmod(0o644)
    said = trust.must("run", "--once", codes=(5,))
    assert "secret file token: others can read it; run chmod 600 on it" in said.err
    (trust.folder / "token").unlink()
    gone = trust.must("check", codes=(5,))
    assert "secret file token: cannot be read" in gone.err
    assert "canary-token" not in said.err + said.out + gone.err


def test_a_database_that_does_not_answer_is_named(tmp_path: Path) -> None:
    trust = Trust(tmp_path / "trust")
    port = free_port()
    trust.configure("sqlite:///state/flagtag.db", f"postgresql+psycopg://flagtag:canary@127.0.0.1:{port}/flagtag")
    for command in (("status",), ("run", "--once"), ("check",)):
        said = trust.must(*command, codes=(6,))
        assert "database" in said.err and "cannot be reached" in said.err
        assert "canary" not in said.err


def test_a_database_without_tables_names_the_remedy(tmp_path: Path) -> None:
    trust = Trust(tmp_path / "trust")
    trust.configure("sqlite:///state/flagtag.db", "sqlite:///state/another.db")
    said = trust.must("status", codes=(5,))
    assert "flagtag init" in said.err
    trust.must("init", str(trust.folder))
    trust.must("status")
