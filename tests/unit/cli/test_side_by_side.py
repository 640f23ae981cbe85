"""Candidates side by side: a line a field, readable in 80 columns, and nothing of a restricted record's whereabouts."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from builders import patient, subject

from integration.cli import printing
from integration.cli.side_by_side import side_by_side
from integration.domain.people import Address, Role

LISTED = subject(family="ZZTHACKRAY", given="Imelda", births=(date(1980, 9, 9),), nhs_number="9990000000")
REASONS = {"family name: agrees": 12.8, "date of birth: agrees, but 1 January often stands for an unknown date": 11.0}


def candidate(local_id: str = "12", **reasons: float) -> dict[str, Any]:
    said = REASONS | {key.replace("_", " "): bits for key, bits in reasons.items()}
    return {
        "patient": local_id,
        "grade": "probable",
        "score": 23.8,
        "reasons": list(said),
        "weights": list(said.values()),
    }


@pytest.fixture(autouse=True)
def eighty_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(printing, "screen_width", lambda: 80)
    monkeypatch.setattr("integration.cli.side_by_side.screen_width", lambda: 80)


def test_every_field_stands_beside_the_list_s_with_what_it_is_worth(capsys: pytest.CaptureFixture[str]) -> None:
    known = replace(patient("12", "ZZTHACKRAY", "Imelda", birth=date(1980, 9, 9)), middle="Joy")
    number: dict[str, Any] = {"NHS_number:_not_on_the_record": 0.0, "telephone:_not_known_from_the_list": 0.0}
    several = [(candidate(**number), known), (candidate("13"), patient("13"))]
    side_by_side(LISTED, several, {"13": (Role.PERPETRATOR,)}, "12")
    shown = capsys.readouterr().out
    assert max(map(len, shown.splitlines())) <= 80
    rows = {line[:15].strip(): line for line in shown.splitlines() if line[:15].strip()}
    assert rows["Family name"].split() == ["Family", "name", "ZZTHACKRAY", "ZZTHACKRAY", "ZZTESTER"]
    assert "Joy" in rows["Middle name"] and "flag: perpetrator" in rows["Also"]
    for words in ("agrees +12.8", "decided on", "not a valid", "not on the record", "Candidate 2"):
        assert words in shown
    assert "not known" not in shown and "0.0" not in shown  # the list's own column shows it


def test_more_candidates_than_a_row_holds_go_below(capsys: pytest.CaptureFixture[str]) -> None:
    several = [(candidate(str(number)), patient(str(number))) for number in range(5)]
    side_by_side(LISTED, several, {})
    shown = capsys.readouterr().out
    assert shown.count("The list") == 3 and "Candidate 5" in shown


def test_where_a_restricted_patient_lives_is_not_shown(capsys: pytest.CaptureFixture[str]) -> None:
    hidden = patient("12", restricted=True, line="1 Hidden Lane", postcode="ZZ99 1AA")
    hidden = replace(hidden, phone="07700900199", addresses=(*hidden.addresses, Address("2 Hidden Lane", "ZZ99 1AB")))
    side_by_side(LISTED, [(candidate(), hidden)], {})
    shown = capsys.readouterr().out
    assert "not shown" in shown and "restricted" in shown
    assert not any(words in shown for words in ("Hidden", "ZZ99 1A", "07700900199"))


def test_a_list_that_is_destroyed_and_a_record_that_is_gone(capsys: pytest.CaptureFixture[str]) -> None:
    side_by_side(None, [(candidate(), None)], {})
    assert "no longer in the index" in " ".join(capsys.readouterr().out.split())
    side_by_side(LISTED, [], {})
    assert "Imelda" in capsys.readouterr().out
