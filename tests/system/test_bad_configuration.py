"""A configuration that is wrong or unsafe: refused before anything is done, by its place, with the remedy."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from peers.ports import free_port
from trust import Trust, fhir_flags

from integration.errors import ExitCode
from integration.storage.seats import FileSeat

pytestmark = pytest.mark.system


@pytest.fixture(scope="module")
def configured(tmp_path_factory: pytest.TempPathFactory) -> Trust:
    """A deployment whose configuration is spoilt in many ways."""
    return Trust(tmp_path_factory.mktemp("configured") / "trust")


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
    assert "secret file token: others can read or change it; run chmod 600 on it" in said.err
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


def test_a_database_of_an_older_version_names_the_remedy_and_the_remedy_works(tmp_path: Path) -> None:
    trust = Trust(tmp_path / "trust")
    file = trust.folder / "state" / "flagtag.db"
    with closing(sqlite3.connect(file)) as before:  # as the revision before last left it
        before.execute("CREATE INDEX ix_patients_birth_sounds ON patients (birth, sounds)")
        before.execute("DROP TABLE patient_births")
        before.execute("UPDATE alembic_version SET version_num = '0004'")
        before.commit()
    said = trust.must("index", "status", codes=(5,))
    assert "older flagtag" in said.err and "`flagtag init .`" in said.err
    seat = FileSeat(file.with_name("engine.db.lock"))
    seat.take()
    assert "already runs" in trust.must("init", str(trust.folder), codes=(ExitCode.USAGE,)).err
    seat.release()
    assert "made: the database as this version needs it" in trust.must("init", str(trust.folder)).err
    assert "lacks nothing" in trust.must("init", str(trust.folder)).err
    assert trust.ask("index", "status")["patients"] == 0
