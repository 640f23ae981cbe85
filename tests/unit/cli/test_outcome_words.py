"""The words of an outcome, asked at the keyboard or read line by line."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from datetime import date

import pytest
import typer

from integration.cli.outcome_words import action_of, ask_for_words, words_from_stdin
from integration.errors import UsageError

THURSDAY, FRIDAY = date(2026, 12, 3), date(2026, 12, 4)


def typing(monkeypatch: pytest.MonkeyPatch, *answers: str) -> Iterator[str]:
    left = iter(answers)
    prompt: Callable[..., str] = lambda question, **_: next(left)  # noqa: E731 - stands in for typer's own
    monkeypatch.setattr(typer, "prompt", prompt)
    return left


def test_a_person_is_asked_until_no_action_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = ("Heard.", "yes", "Safeguarding team", "ring", "", "DMR", "write", "2026-12-11", "")
    left = typing(monkeypatch, *answers)
    words = ask_for_words(THURSDAY, ("idva_referral",))
    assert (words.note, words.fields) == ("Heard.", (("idva_referral", "yes"),))
    assert [(a.owner, a.text, a.due) for a in words.actions] == [
        ("Safeguarding team", "ring", FRIDAY),
        ("DMR", "write", date(2026, 12, 11)),
    ]
    assert next(left, None) is None


def test_enter_alone_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    typing(monkeypatch, "", "", "")
    words = ask_for_words(THURSDAY, ("idva_referral",))
    assert (words.note, words.fields, words.actions) == ("", (), ())


def test_lines_are_read_in_their_order(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "note: One.\n\nNOTE: Two: more.\naction: DMR: ring at 9:30\nfield: idva_referral = yes\n"
    monkeypatch.setattr("sys.stdin", io.StringIO(text))
    words = words_from_stdin(THURSDAY, ("idva_referral",))
    assert words.note == "One.\nTwo: more."
    assert [(a.owner, a.text) for a in words.actions] == [("DMR", "ring at 9:30")]
    assert words.fields == (("idva_referral", "yes"),)


@pytest.mark.parametrize("line", ["ZZTESTER was heard", "field: shoe=7", "field: idva_referral", "action: DMR"])
def test_a_line_that_is_not_understood_is_refused_unquoted(monkeypatch: pytest.MonkeyPatch, line: str) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(f"note: fine\n{line}\n"))
    with pytest.raises(UsageError) as caught:
        words_from_stdin(THURSDAY, ("idva_referral",))
    assert "ZZTESTER" not in str(caught.value)


@pytest.mark.parametrize("text", ["DMR, soon: act", ": act", "DMR: ", "act"])
def test_an_action_needs_an_owner_words_and_a_day_that_is_one(text: str) -> None:
    with pytest.raises(UsageError):
        action_of(text, THURSDAY)
