"""Each way by which a list arrives, from the real server to the certificate that names the sender's copy."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from deliveries import POLICE, folder_source, mail, mail_source, mails_in, post, sftp_source
from peers.dovecot import Dovecot
from peers.openssh import OpenSSH
from peers.ports import free_port
from trust import PATIENTS, Trust, flat_list, person

from integration.cli import demo_documents

VICTIM, PERPETRATOR, CHILD, OTHER, STRANGER = PATIENTS
ASIDE = "flagtag-aside"
pytestmark = pytest.mark.system


def deployment(folder: Path, sources: str = "") -> Trust:
    """With patients, a signed policy and these sources."""
    trust = Trust(folder / "trust", sources=sources)
    trust.load_patients()
    trust.sign_policy()
    return trust


def add(trust: Trust, section: str) -> None:
    with trust.config.open("a", encoding="utf-8") as config:
        config.write(section)


def hear(trust: Trust, area: str = "Testshire") -> None:
    """The meeting takes place, and its outcomes are recorded."""
    day = trust.today.isoformat()
    trust.must("meetings", "held", area, day)
    for case in trust.ask("outcomes", "list", area, day):
        trust.must("outcomes", "record", case["id"])


def certificates(trust: Trust) -> list[dict[str, Any]]:
    """What each certificate says; each holds live."""
    assert all(checked["findings"] == [] for checked in trust.ask("deletions", "verify"))
    shown = [trust.must("deletions", "show", d["id"]).json for d in trust.ask("deletions", "list")]
    return [whole["certificate"] for whole in shown]


def events(trust: Trust, *actions: str) -> list[str]:
    """The acts of these kinds, in their order."""
    trust.must("audit", "export", str(trust.folder / "audit.json"))
    exported = json.loads((trust.folder / "audit.json").read_text(encoding="utf-8"))
    found = [json.loads(event["canonical"] if isinstance(event, dict) else event) for event in exported["events"]]
    return [event["action"] for event in found if event["action"] in actions]


def lying_in(drop: Path) -> tuple[int, int]:
    """How many files lie in a drop, and how many are set aside in it."""
    aside = drop / f".{ASIDE}"
    inbox = [path for path in drop.iterdir() if path.is_file()]
    return len(inbox), len(list(aside.iterdir())) if aside.is_dir() else 0


def test_by_sftp(tmp_path: Path, openssh: OpenSSH) -> None:
    drop = openssh.drop()
    trust = deployment(tmp_path, sftp_source(openssh, drop))
    assert all(row["result"] != "FAILED" for row in trust.ask("check"))
    (drop / "list.csv").write_bytes(trust.list_of_one(1, VICTIM))
    (drop / "half.csv.filepart").write_bytes(b"marac_area,meeting_date")
    trust.run(codes=(0,))
    assert trust.flagged() == ["3001"]
    assert lying_in(drop) == (1, 1)  # the upload under way is nobody's business yet
    hear(trust)
    trust.run(codes=(0,))
    assert lying_in(drop) == (1, 0)
    [certificate] = certificates(trust)
    [copy] = certificate["copies"]
    assert (copy["source"], copy["action"]) == ("sftp", "removed") and copy["gone_seen_at"]
    assert "Snapshots, backups and journals" in copy["note"]


def test_by_mail_with_a_list_and_a_research_form(tmp_path: Path, dovecot: Dovecot) -> None:
    username = dovecot.mailbox()
    trust = deployment(tmp_path)
    trust.configure('name = "Testshire"', f'name = "{demo_documents.AREA}"')
    trust.config.write_text(trust.config.read_text().split("[[sources]]")[0])
    sign_in = f"password = {trust.secret('imap', dovecot.password)}"
    add(trust, mail_source(dovecot, username, sign_in, areas=(demo_documents.AREA,)))
    extract = trust.folder / "demo-patients.csv"
    extract.write_text(demo_patients(), encoding="utf-8")
    trust.must("index", "load", str(extract))
    attached = (
        ("agenda.docx", demo_documents.case_list(trust.today)),
        (
            "research.docx",
            demo_documents.research_form(trust.today),
        ),
    )
    post(dovecot, username, mail(POLICE, *attached))
    trust.run(codes=(0, 3))
    kinds = {d["kind"]: d["state"] for d in trust.ask("documents", "list")}
    assert kinds == {"case_list": "read", "research_form": "read"}
    assert (mails_in(dovecot, username), mails_in(dovecot, username, ASIDE)) == (0, 1)
    trust.must("meetings", "held", demo_documents.AREA, trust.today.isoformat())
    trust.run(codes=(0, 3))
    kinds = {d["kind"]: d["state"] for d in trust.ask("documents", "list")}
    assert kinds == {"case_list": "read", "research_form": "destroyed"}
    assert mails_in(dovecot, username, ASIDE) == 1  # the mail holds the list too, whose work is not done
    [certificate] = certificates(trust)
    assert certificate["copies"][0]["gone_seen_at"] is None
    for item in trust.ask("review", "list"):
        trust.ask("review", "show", item["id"])
        trust.must("review", "decide", item["id"], "not-enough", "--reason", "nobody can say")
    for case in trust.ask("outcomes", "list", demo_documents.AREA, trust.today.isoformat()):
        trust.must("outcomes", "record", case["id"])
    trust.run(codes=(0,))
    assert {d["state"] for d in trust.ask("documents", "list")} == {"destroyed"}
    assert (mails_in(dovecot, username), mails_in(dovecot, username, ASIDE)) == (0, 0)
    for certificate in certificates(trust):
        [copy] = certificate["copies"]
        assert copy["gone_seen_at"] and "Recoverable Items" in copy["note"]
    assert {d["state"] for d in trust.ask("deletions", "list")} == {"source_copies_confirmed"}


def demo_patients() -> str:
    from integration.shipped import shipped

    return shipped("demo", "patients.csv").read_text(encoding="utf-8")


def test_by_mail_with_a_token_that_another_program_renews(tmp_path: Path, dovecot: Dovecot) -> None:
    username = dovecot.mailbox()
    trust = deployment(tmp_path)
    trust.configure("once_retry_seconds = 5", "once_retry_seconds = 0")
    sign_in = f"oauth = {{ token = {trust.secret('token', dovecot.token(username, lives_seconds=-60))} }}"
    add(trust, mail_source(dovecot, username, sign_in))
    post(dovecot, username, mail(POLICE, ("list.csv", trust.list_of(("27/2026/001", "Victim", VICTIM)))))
    trust.run(codes=(6,))  # it has expired
    [source] = [s for s in trust.ask("status")["sources"] if s["source"] == "inbox"]
    assert source["failure"].startswith("sign in: ")
    assert mails_in(dovecot, username) == 1
    trust.secret("token", dovecot.token(username))
    trust.run(codes=(0,))
    assert trust.flagged() == ["3001"]


def test_the_sender_of_a_mail_says_which_area_it_may_be_for(tmp_path: Path, dovecot: Dovecot) -> None:
    username = dovecot.mailbox()
    trust = deployment(tmp_path)
    trust.configure("[service]", '[[areas]]\nname = "Otherley"\nsenders = ["marac@otherley.example"]\n\n[service]')
    sign_in = f"password = {trust.secret('imap', dovecot.password)}"
    add(trust, mail_source(dovecot, username, sign_in, areas=("Testshire", "Otherley")))
    unnamed = flat_list(person("27/2026/001", "Victim", VICTIM, area="", day=trust.today))
    named = flat_list(person("27/2026/002", "Victim", OTHER, area="otherley ", day=trust.today))
    crossed = flat_list(person("27/2026/003", "Victim", STRANGER, area="Otherley", day=trust.today))
    post(dovecot, username, mail(POLICE, ("list.csv", unnamed)))
    post(dovecot, username, mail("marac@otherley.example", ("list.csv", named)))
    post(dovecot, username, mail(POLICE, ("list.csv", crossed)))
    trust.run(codes=(3,))
    assert {sheet["area"] for sheet in trust.ask("status")["lists"]} == {"Testshire", "Otherley"}
    assert trust.flagged() == ["3001", "3004"]
    [held] = trust.ask("held", "list")
    assert held["state"] == "refused" and "does not stand for" in held["reason"]
    assert (mails_in(dovecot, username), mails_in(dovecot, username, ASIDE)) == (0, 3)


def test_the_same_list_by_three_routes_is_one_document(tmp_path: Path, openssh: OpenSSH, dovecot: Dovecot) -> None:
    username, sftp_drop = dovecot.mailbox(), openssh.drop()
    trust = deployment(tmp_path)
    sign_in = f"password = {trust.secret('imap', dovecot.password)}"
    add(trust, sftp_source(openssh, sftp_drop) + mail_source(dovecot, username, sign_in))
    content = trust.list_of(("27/2026/001", "Victim", VICTIM), ("27/2026/001", "Perpetrator", PERPETRATOR))
    trust.deliver("from-the-police.csv", content)
    (sftp_drop / "nightly.csv").write_bytes(content)
    post(dovecot, username, mail(POLICE, ("agenda.csv", content)))
    trust.run(codes=(0,))
    assert len(trust.ask("documents", "list")) == 1
    assert sorted(events(trust, "document-received", "document-arrived", "document-arrived-again")) == [
        "document-arrived",
        "document-arrived-again",
        "document-arrived-again",
        "document-received",
    ]
    [sheet] = trust.ask("status")["lists"]
    assert (sheet["version"], sheet["people"], sheet["flagged"]) == (1, 2, 2)
    assert (lying_in(trust.drop), lying_in(sftp_drop)) == ((0, 1), (0, 1))
    assert mails_in(dovecot, username, ASIDE) == 1
    hear(trust)
    trust.run(codes=(0,))
    assert (lying_in(trust.drop), lying_in(sftp_drop)) == ((0, 0), (0, 0))
    assert (mails_in(dovecot, username), mails_in(dovecot, username, ASIDE)) == (0, 0)
    [certificate] = certificates(trust)
    copies = {copy["source"]: bool(copy["gone_seen_at"]) for copy in certificate["copies"]}
    assert copies == {"test-drop": True, "sftp": True, "inbox": True}


def test_the_same_list_once_more_after_its_destruction(tmp_path: Path) -> None:
    trust = deployment(tmp_path)
    content = trust.list_of(("27/2026/001", "Victim", VICTIM))
    trust.deliver("list.csv", content)
    trust.run(codes=(0,))
    hear(trust)
    trust.run(codes=(0,))
    trust.deliver("again.csv", content)
    trust.run(codes=(0,))
    [document] = trust.ask("documents", "list")
    assert document["state"] == "destroyed" and trust.flagged() == ["3001"]
    assert lying_in(trust.drop) == (0, 0)
    [certificate] = certificates(trust)
    assert [bool(copy["gone_seen_at"]) for copy in certificate["copies"]] == [True, True]


def test_copies_that_are_kept_are_named_as_kept(tmp_path: Path) -> None:
    trust = deployment(tmp_path)
    trust.configure("settle_seconds = 0", 'settle_seconds = 0\nafter = "keep"')
    trust.deliver("list.csv", trust.list_of(("27/2026/001", "Victim", VICTIM)))
    trust.run(codes=(0,))
    hear(trust)
    trust.run(codes=(0,))
    assert lying_in(trust.drop) == (0, 1)
    [certificate] = certificates(trust)
    assert [copy["action"] for copy in certificate["copies"]] == ["kept by configuration"]
    [deletion] = trust.ask("deletions", "list")
    assert deletion["state"] == "source_copies_accounted"  # its fate is settled, and named


def test_check_names_the_phase_in_which_each_source_fails(tmp_path: Path, openssh: OpenSSH, dovecot: Dovecot) -> None:
    drop, username = openssh.drop(), dovecot.mailbox()
    trust = deployment(tmp_path)
    password = f"password = {trust.secret('imap', dovecot.password)}"
    wrong = f"password = {trust.secret('wrong', 'battery-staple')}"
    other_authority = tmp_path / "other.pem"
    other_authority.write_text(another_authority())
    sections = {
        "sftp-right": (sftp_source(openssh, drop, name="sftp-right"), None),
        "sftp-host": (sftp_source(openssh, drop, name="sftp-host", host="absent.invalid"), "resolve"),
        "sftp-port": (sftp_source(openssh, drop, name="sftp-port", port=free_port()), "connect"),
        "sftp-pin": (sftp_source(openssh, drop, name="sftp-pin", fingerprint="SHA256:" + "A" * 43), "host key"),
        "sftp-key": (sftp_source(openssh, drop, name="sftp-key", private_key=openssh.another_key()), "sign in"),
        "sftp-path": (sftp_source(openssh, drop / "absent", name="sftp-path"), "list"),
        "mail-right": (mail_source(dovecot, username, password, name="mail-right"), None),
        "mail-port": (mail_source(dovecot, username, password, name="mail-port", port=free_port()), "connect"),
        "mail-ca": (mail_source(dovecot, username, password, name="mail-ca", ca_file=other_authority), "certificate"),
        "mail-pass": (mail_source(dovecot, username, wrong, name="mail-pass"), "sign in"),
        "mail-box": (mail_source(dovecot, username, password, name="mail-box", more='folder = "Absent"'), "list"),
        "folder": (folder_source("absent", name="folder"), "list"),
    }
    for section, _ in sections.values():
        add(trust, section)
    rows = trust.ask("check", codes=(6,))
    failed = {row["what"].removeprefix("source "): row for row in rows if row["result"] == "FAILED"}
    assert {name: row["phase"] for name, row in failed.items()} == {
        name: phase for name, (_, phase) in sections.items() if phase is not None
    }
    assert all(row["remedy"] for row in failed.values())
    assert openssh.fingerprint in failed["sftp-pin"]["remedy"]  # to compare with what its operator says
    assert "battery-staple" not in json.dumps(rows)
    reached = [row["phase"] for row in rows if row["what"] == "source sftp-right"]
    assert reached == ["resolve", "connect", "host key", "sign in", "list", "set aside"]
    table = trust.must("check", codes=(6,))
    assert "FAILED" in table.out and table.err == ""


def another_authority() -> str:
    """The certificate of an authority that vouches for nobody here."""
    from datetime import UTC, datetime

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "another test authority")])
    now = datetime.now(UTC)
    made = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    made = made.not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
    made = made.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    return made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM).decode()


def test_a_source_that_fails_keeps_no_other_waiting(tmp_path: Path, openssh: OpenSSH, dovecot: Dovecot) -> None:
    sftp_drop, username, closed = openssh.drop(), dovecot.mailbox(), free_port()
    trust = deployment(tmp_path)
    trust.configure("once_retry_seconds = 5", "once_retry_seconds = 0")
    sign_in = f"password = {trust.secret('imap', 'battery-staple')}"
    add(trust, sftp_source(openssh, sftp_drop, port=closed) + mail_source(dovecot, username, sign_in))
    trust.deliver("list.csv", trust.list_of_one(1, VICTIM))
    (sftp_drop / "list.csv").write_bytes(trust.list_of_one(2, OTHER, days=30))
    post(dovecot, username, mail(POLICE, ("list.csv", trust.list_of_one(3, STRANGER, days=60))))
    trust.run(codes=(6,))
    assert trust.flagged() == ["3001"]
    failing = {s["source"]: s["failure"] for s in trust.ask("status")["sources"] if s["failing_since"]}
    assert failing["sftp"].startswith("connect: ") and failing["inbox"].startswith("sign in: ")
    shown = trust.must("status", codes=(0, 3)).out
    assert "Source sftp: last delivery nothing yet; FAILING since" in shown
    trust.configure(f"port = {closed}", f"port = {openssh.port}")
    trust.secret("imap", dovecot.password)
    trust.run(codes=(0, 3))
    assert all(s["failing_since"] is None and s["last_delivery_at"] for s in trust.ask("status")["sources"])
    assert trust.flagged() == ["3001", "3004", "3005"]
    assert (lying_in(sftp_drop), mails_in(dovecot, username)) == ((0, 1), 0)
