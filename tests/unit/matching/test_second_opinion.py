"""A trust's own parameters hold back what the shipped ones would do, and never the other way round."""

from __future__ import annotations

import pytest

from integration.domain.matching import (
    Basis,
    MatchCandidate,
    MatchDecision,
    Matched,
    MatchGrade,
    NeedsReview,
    NoMatch,
    NotEnough,
)
from integration.matching.second_opinion import OWN_ALONE, where_both_agree

OWN, SHIPPED = Basis("own", 1), Basis("shipped", 1)


def matched(patient: str, basis: Basis) -> Matched:
    return Matched(MatchCandidate(patient, MatchGrade.CERTAIN, 20.0), basis)


def review(*patients: str, basis: Basis = SHIPPED) -> NeedsReview:
    return NeedsReview(tuple(MatchCandidate(p, MatchGrade.PROBABLE, 9.0) for p in patients), ("a guard",), basis)


@pytest.mark.parametrize(
    ("shipped", "shown", "why"),
    [
        (matched("2", SHIPPED), ["1", "2"], (OWN_ALONE,)),
        (review("2", "1", "3"), ["1", "2", "3"], (OWN_ALONE, "a guard")),
        (NoMatch(SHIPPED), ["1"], (OWN_ALONE,)),
        (NotEnough(SHIPPED), ["1"], (OWN_ALONE,)),
    ],
)
def test_a_match_that_the_shipped_ones_do_not_make_waits(shipped: MatchDecision, shown: list[str], why: object) -> None:
    (decision,) = where_both_agree([matched("1", OWN)], [shipped])
    assert isinstance(decision, NeedsReview)
    assert ([c.patient for c in decision.candidates], decision.why, decision.basis) == (shown, why, OWN)


def test_where_both_say_so_it_acts() -> None:
    assert where_both_agree([matched("1", OWN)], [matched("1", SHIPPED)]) == [matched("1", OWN)]


@pytest.mark.parametrize("own", [review("1", basis=OWN), NoMatch(OWN), NotEnough(OWN)])
def test_what_own_ones_hold_back_stays_so(own: MatchDecision) -> None:
    assert where_both_agree([own], [matched("1", SHIPPED)]) == [own]
