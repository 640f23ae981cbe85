"""An area's own layout through the service: lists in words that nobody could recognise, and lists that changed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from deliveries import POLICE, mail, mail_source, post
from documents import workbook
from peers.dovecot import Dovecot
from trust import PATIENTS, Trust

VICTIM, PERPETRATOR = PATIENTS[:2]
HEADINGS = ("Ref", "Party A", "A born", "A lives at", "A health no", "Party B", "B born", "B lives at", "B health no")
LAYOUT = """
version = 4
area = "Testshire"

[[tables]]
row = "case"
headings = [
    { text = "Ref", means = "case_ref" },
    { text = "Party A", role = "victim", means = "name" },
    { text = "A born", role = "victim", means = "birth" },
    { text = "A lives at", role = "victim", means = "address" },
    { text = "A health no", role = "victim", means = "nhs_number" },
    { text = "Party B", role = "perpetrator", means = "name" },
    { text = "B born", role = "perpetrator", means = "birth" },
    { text = "B lives at", role = "perpetrator", means = "address" },
    { text = "B health no", role = "perpetrator", means = "nhs_number" },
]
"""
pytestmark = pytest.mark.system


@pytest.fixture
def laid(tmp_path: Path) -> Trust:
    """A deployment whose one area has a layout."""
    trust = Trust(tmp_path / "trust")
    trust.load_patients()
    give_layout(trust, LAYOUT)
    return trust


def give_layout(trust: Trust, text: str) -> None:
    (trust.folder / "layouts").mkdir(exist_ok=True)
    (trust.folder / "layouts" / "testshire.toml").write_text(text, encoding="utf-8")
    trust.configure('name = "Testshire"', 'name = "Testshire"\nlayout = "layouts/testshire.toml"')


def jargon(trust: Trust, headings: tuple[str, ...] = HEADINGS, title: str = "Testshire MARAC") -> bytes:
    """A victim and a perpetrator whom only the layout tells apart."""
    told = ["27/2026/001"]
    for row in (VICTIM, PERPETRATOR):
        _, nhs, family, given, _, born, _, address, postcode, _ = row.split(",")
        told += [f"{family}, {given}", "/".join(reversed(born.split("-"))), f"{address}, {postcode}", nhs]
    rows: list[list[Any]] = [[f"{title} {trust.today:%d/%m/%Y}"], list(headings), told]
    return workbook({"List": rows})


def test_a_list_in_the_areas_own_words_goes_through_and_a_changed_one_is_held(laid: Trust) -> None:
    laid.deliver("list.xlsx", jargon(laid))
    laid.run(codes=(0,))
    assert {(f["patient"], f["role"]) for f in laid.ask("flags", "list")} == {
        ("3001", "victim"),
        ("3002", "perpetrator"),
    }
    laid.must("audit", "export", str(laid.folder / "audit.json"))
    exported = (laid.folder / "audit.json").read_text(encoding="utf-8")
    assert '\\"layout\\":\\"testshire\\"' in exported and '\\"layout_version\\":4' in exported
    (laid.folder / "layouts" / "testshire.toml").write_text(LAYOUT + "# another word\n", encoding="utf-8")
    [told] = [row for row in laid.ask("check") if row["phase"] == "version"]
    assert "raise the version" in told["remedy"]
    changed = (*HEADINGS[:5], "Party C", *HEADINGS[6:])
    laid.deliver("changed.xlsx", jargon(laid, changed))
    laid.run(codes=(3,))
    [held] = laid.ask("held", "list")
    assert (held["kind"], held["reason"]) == ("case_list", "F2: a heading is not in the area's layout")
    assert len(laid.ask("flags", "list")) == 2


def test_without_the_layout_it_is_held_and_with_it_read_again(tmp_path: Path) -> None:
    trust = Trust(tmp_path / "trust")
    trust.load_patients()
    trust.deliver("list.xlsx", jargon(trust))
    trust.run(codes=(3,))
    [held] = trust.ask("held", "list")
    give_layout(trust, LAYOUT)
    trust.must("held", "settle", held["id"], "--again")
    trust.run(codes=(0,))
    assert trust.flagged() == ["3001", "3002"]


def test_a_list_that_would_be_recognised_is_held_where_a_layout_says_otherwise(laid: Trust) -> None:
    laid.deliver(
        "list.csv", laid.list_of(("27/2026/001", "Victim", VICTIM), ("27/2026/001", "Perpetrator", PERPETRATOR))
    )
    laid.run(codes=(3,))
    [held] = laid.ask("held", "list")
    assert "nothing is as the area's layout says" in held["reason"]
    assert laid.ask("flags", "list") == []


def test_by_mail_the_sender_says_which_layout(laid: Trust, dovecot: Dovecot) -> None:
    """One mailbox for two areas, and a list that does not say which it is for."""
    username = dovecot.mailbox()
    laid.configure("[service]", '[[areas]]\nname = "Otherley"\nsenders = ["marac@otherley.example"]\n\n[service]')
    sign_in = f"password = {laid.secret('imap', dovecot.password)}"
    with laid.config.open("a", encoding="utf-8") as config:
        config.write(mail_source(dovecot, username, sign_in, areas=("Testshire", "Otherley")))
    post(dovecot, username, mail(POLICE, ("list.xlsx", jargon(laid, title="MARAC"))))
    laid.run(codes=(0,))
    assert laid.flagged() == ["3001", "3002"]


def test_read_and_match_try_it(laid: Trust) -> None:
    path = laid.file("list.xlsx", jargon(laid))
    plain = laid.must("read", path, "--format", "json", codes=(3,)).json
    assert plain["cases"] == []
    said = laid.must("read", path, "--area", "testshire", "--explain")
    assert "layout file testshire 4" in said.out and "Party A" in said.out
    assert "read by the layout testshire, version 4 (" in said.err
    told = laid.must("read", path, "--area", "Testshire", "--explain", "--format", "json").json
    assert (told["layout"]["name"], told["layout"]["version"]) == ("testshire", 4)
    assert {one["rule"] for one in told["sources"]} == {"layout file"}
    assert [s["role"] for s in told["cases"][0]["subjects"]] == ["victim", "perpetrator"]
    matched = laid.must("match", path, "--area", "Testshire", "--format", "json").json
    assert [s["patient"] for s in matched["subjects"]] == ["3001", "3002"]
    unknown = laid.must("read", path, "--area", "Nowhere", codes=(2,))
    assert "the areas are: Testshire" in unknown.err


def test_a_trial_needs_no_layout(tmp_path: Path) -> None:
    trust = Trust(tmp_path / "trust")
    path = trust.file("list.csv", trust.list_of_one(1, VICTIM))
    said = trust.must("read", path, "--area", "Testshire")
    assert "has no layout of its own" in said.err


# --- the layout file itself


def test_check_says_which_layouts_are_in_use_and_which_are_not(laid: Trust) -> None:
    for name, text in {
        "old.toml": LAYOUT,
        "spare.toml": LAYOUT.replace("Testshire", "Elsewhere"),
        "broken.toml": LAYOUT.replace("birth", "borth"),
    }.items():
        (laid.folder / "layouts" / name).write_text(text, encoding="utf-8")
    rows = {row["what"]: row for row in laid.ask("check", codes=(0,))}
    in_use = rows["layout layouts/testshire.toml"]
    assert in_use["result"] == "ok" and "for Testshire: testshire, version 4 (" in in_use["remedy"]
    assert "no area names it" in rows["layout old.toml"]["remedy"]
    assert "Elsewhere is not among [[areas]]" in rows["layout spare.toml"]["remedy"]
    assert 'heading 3 ("A born"): means: give one of' in rows["layout broken.toml"]["remedy"]


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("version = 4", "version = 4\ncolour = 1", "layouts/testshire.toml: the file: colour is not known"),
        ('"A born", role = "victim"', '"A born", role = "perpetrator"', "two headings mean the birth of perpetrator 1"),
        ('text = "Party B"', 'text = "Victim"', '"Victim" says victim, and its role is perpetrator'),
        ('area = "Testshire"', 'area = "Elsewhere"', "it is for Elsewhere, and Testshire names it"),
        ("version = 4", "version =", "not valid TOML: Invalid value (at line 2, column 10)"),
    ],
)
def test_a_layout_at_fault_stops_every_start_with_its_place(laid: Trust, old: str, new: str, fault: str) -> None:
    path = laid.folder / "layouts" / "testshire.toml"
    path.write_text(LAYOUT.replace(old, new), encoding="utf-8")
    for command in (("check",), ("run", "--once")):
        assert fault in laid.must(*command, codes=(5,)).err


def test_a_layout_that_is_gone_stops_the_start(laid: Trust) -> None:
    (laid.folder / "layouts" / "testshire.toml").unlink()
    laid.deliver("list.xlsx", jargon(laid))
    assert "layouts/testshire.toml: No such file" in laid.must("run", "--once", codes=(5,)).err
    assert len(laid.in_drop()) == 1
