"""A trust's own parameters may hold back, never push: what acts by them alone is put to a person.

An estimate is as good as the pairs that it rests on, and a fraction of a bit is enough to make two namesakes one. So
own parameters decide what is shown, in which order and with which grade; to act, what ships has to say the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import assert_never

from integration.domain.matching import MatchDecision, Matched, NeedsReview, NoMatch, NotEnough

OWN_ALONE = "only by the trust's own parameters is this certain"


def where_both_agree(own: Sequence[MatchDecision], shipped: Sequence[MatchDecision]) -> list[MatchDecision]:
    """The decisions by a trust's own parameters; a match that the shipped ones do not make waits for a person."""
    return [_one(mine, theirs) for mine, theirs in zip(own, shipped, strict=True)]


def _one(own: MatchDecision, shipped: MatchDecision) -> MatchDecision:
    match own:
        case Matched(best=best, basis=basis):
            match shipped:
                case Matched(best=same) if same.patient == best.patient:
                    return own
                case Matched(best=other):
                    return NeedsReview((best, other), (OWN_ALONE,), basis)
                case NeedsReview(candidates=candidates, why=why):
                    others = [one for one in candidates if one.patient != best.patient]
                    return NeedsReview((best, *others), (OWN_ALONE, *why), basis)
                case NoMatch() | NotEnough():
                    return NeedsReview((best,), (OWN_ALONE,), basis)
                case _:
                    assert_never(shipped)
        case NeedsReview() | NoMatch() | NotEnough():
            return own
        case _:
            assert_never(own)
