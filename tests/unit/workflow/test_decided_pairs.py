"""What the records keep of decided people, for estimating: each field's outcome, and nothing of anybody undecided."""

from __future__ import annotations

from builders import case, subject
from deployments import Trust
from reviews import DOUBTFUL, LATER, answer, the_one

from integration.matching.parameters import FIELDS, shipped_parameters
from integration.matching.reasons import reason
from integration.workflow.decided_pairs import decided_pairs
from integration.workflow.review_match import Answer


def levels(trust: Trust) -> list[dict[str, str]]:
    return [dict(pair) for pair in decided_pairs(trust.deployment.database, shipped_parameters())]


def test_by_rule_and_by_a_person(trust: Trust) -> None:
    named = {"given": "exact", "family": "exact", "birth": "exact"}
    trust.issue(case("1", subject()))
    assert levels(trust) == [named | {"address": "place"}]
    trust.issue(case("1", DOUBTFUL), day=LATER)
    assert len(levels(trust)) == 1
    answer(trust, the_one(trust), Answer.MATCH, "1001")
    assert named in levels(trust) and len(levels(trust)) == 2


def test_who_was_found_to_be_nobody_says_nothing(trust: Trust) -> None:
    trust.issue(case("1", DOUBTFUL))
    answer(trust, the_one(trust), Answer.NO_MATCH)
    assert levels(trust) == []


def test_every_outcome_has_words_of_its_own() -> None:
    """Else a level could not be told from the record of a decision."""
    known = shipped_parameters().levels
    said = [reason(f, level) for f in FIELDS if f != "household" for level in known[f] if level != "missing"]
    assert sorted(set(said)) == sorted(said)
