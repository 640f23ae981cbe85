"""Tables on screens of every width: sentences keep room to be read, and nobody else's text steers the terminal."""

from __future__ import annotations

import pytest

from integration.cli import printing
from integration.cli.printing import Format, emit_grid, emit_rows, out

COLUMNS = {"id": "Id", "role": "Role", "why": "Why a person decides"}
TWIN = "a patient born the same day in the same home or family, perhaps a twin, fits almost as well"
ROWS: list[dict[str, object]] = [
    {"id": "0123456789" * 2, "role": "victim", "why": ("the date of birth is not certain", TWIN)},
    {"id": "1", "role": "perpetrator", "why": ()},
    {"id": "2", "role": "child", "why": "one sentence"},
    {"id": "3", "role": "child", "why": None},
]


def printed(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], width: int) -> list[str]:
    monkeypatch.setattr(printing, "screen_width", lambda: width)
    emit_rows(ROWS, COLUMNS, Format.TABLE, "nobody", sentences="why")
    return [line.rstrip() for line in capsys.readouterr().out.splitlines()]


def test_sentences_stand_below_their_row_where_the_screen_is_narrow(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shown = printed(monkeypatch, capsys, 80)
    assert shown == [
        "Id                    Role",
        "01234567890123456789  victim",
        "    the date of birth is not certain",
        "    a patient born the same day in the same home or family, perhaps a twin,",
        "      fits almost as well",
        "1                     perpetrator",
        "2                     child",
        "    one sentence",
        "3                     child",
    ]


def test_sentences_stand_beside_the_rest_where_there_is_room(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shown = printed(monkeypatch, capsys, 120)
    assert shown[0].endswith("Role         Why a person decides") and max(map(len, shown)) <= 120
    assert "the date of birth is not certain; a patient born" in shown[1]


def test_a_row_of_many_columns_is_a_paragraph_on_a_narrow_screen(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    columns = {f"c{n}": f"Heading {n}" for n in range(9)}
    sheet = {"c0": "2026-12-10", "c1": "2026-11-22T15:17:13.032220+00:00"} | {f"c{n}": n for n in range(2, 9)}
    monkeypatch.setattr(printing, "screen_width", lambda: 70)
    emit_rows([sheet, sheet], columns, Format.TABLE, "none")
    assert capsys.readouterr().out.splitlines()[:3] == [
        "Heading 0: 2026-12-10, Heading 1: 2026-11-22 15:17 UTC, Heading 2: 2,",
        "    Heading 3: 3, Heading 4: 4, Heading 5: 5, Heading 6: 6,",
        "    Heading 7: 7, Heading 8: 8",
    ]
    monkeypatch.setattr(printing, "screen_width", lambda: 180)
    emit_rows([sheet], columns, Format.TABLE, "none")
    heading, row = capsys.readouterr().out.splitlines()
    assert heading.startswith("Heading 0   Heading 1 ") and "  2026-11-22 15:17 UTC  2 " in row


@pytest.mark.parametrize("width", [35, 82, 83, 84])
def test_no_width_cuts_anything_off(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], width: int
) -> None:
    shown = printed(monkeypatch, capsys, width)
    assert max(map(len, shown)) <= width
    assert all(word in " ".join(shown) for word in ("perpetrator", "twin,", "well"))


def test_no_text_steers_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    hostile = "ZZ\x1b[2J\x07\u202eTESTER"
    emit_rows([{"id": hostile, "role": "", "why": ""}], COLUMNS, Format.TABLE, "")
    emit_grid(["", "The list"], [["Name", hostile]], label_width=15)
    out(hostile)
    said = capsys.readouterr().out
    assert said.count("ZZ\ufffd[2J\ufffd\ufffdTESTER") == 3
    assert not {"\x1b", "\x07", "\u202e"} & set(said)
