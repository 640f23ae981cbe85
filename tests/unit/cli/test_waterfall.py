"""The waterfall: steps that add up, within 80 columns, whatever the weights are."""

from __future__ import annotations

import pytest

from integration.cli.waterfall import WHAT_IT_SAYS, waterfall

LONG = "date of birth: agrees, but 1 January often stands for an unknown date"


def test_every_step_says_what_it_adds_and_where_that_leads(capsys: pytest.CaptureFixture[str]) -> None:
    said = {"given name: differs": -6.0, LONG: 11.0, "sex: not on the record": 0.0, "NHS number: agrees": 19.5}
    waterfall({"reasons": list(said), "weights": list(said.values())}, 1024)
    lines = capsys.readouterr().out.splitlines()
    assert "  sex: not on the record" in lines
    assert max(map(len, [*lines, *WHAT_IT_SAYS])) <= 80
    numbers = [line[45:59].split() for line in lines[1:] if line[45:59].strip()]
    assert numbers == [["-10.0", "-10.0"], ["-6.0", "-16.0"], ["+11.0", "-5.0"], ["+19.5", "+14.5"]]
    assert " ".join(line.strip() for line in lines[3:5]).startswith(LONG[:42].strip()) and lines[4].strip() in LONG
    bars = [line[61:] for line in lines[1:] if line[45:59].strip()]
    ends = [(len(bar) - len(bar.lstrip()), len(bar)) for bar in bars]
    assert [bar.strip()[0] for bar in bars] == ["-", "-", "+", "+"]
    assert ends[1][0] == ends[2][0] == 0 and ends[3][0] == ends[2][1]  # each begins where the last one ended


@pytest.mark.parametrize("patients", [0, 1, 10_000_000])
def test_nothing_to_add_up(patients: int, capsys: pytest.CaptureFixture[str]) -> None:
    waterfall({"reasons": [], "weights": []}, patients)
    assert f"{patients:,}" in capsys.readouterr().out
