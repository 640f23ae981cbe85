"""Estimated parameters: what EM finds in pairs of which the truth is known, and what it leaves alone."""

from __future__ import annotations

from random import Random

import pytest

from integration.matching.estimation import (
    BY_WRITING,
    ENOUGH,
    ESTIMATED,
    FURTHEST,
    Estimate,
    Levels,
    Session,
    Strangers,
    estimate,
    one_person,
)
from integration.matching.parameter_checks import faults_in
from integration.matching.parameters import Parameters, shipped_parameters, shipped_text
from integration.matching.proposal import OUT_OF_ORDER, propose

SHIPPED = shipped_parameters()
M = {
    "address": {"place": 0.6, "previous": 0.2, "different": 0.2},
    "phone": {"same": 0.9, "different": 0.1},
    "middle": {"exact": 0.8, "different": 0.2},
}
U = {
    "address": {"place": 0.00001, "previous": 0.0001, "different": 0.99989},
    "phone": {"same": 0.00001, "different": 0.99999},
    "middle": {"exact": 0.02, "different": 0.98},
}
STRANGERS = Strangers(
    {(f, level): share for f, levels in U.items() for level, share in levels.items()},
    {(f, level): share * 1e7 for f, levels in U.items() for level, share in levels.items()},
)


def drawn(random: Random, shares: dict[str, dict[str, float]], number: int) -> list[Levels]:
    return [
        {f: random.choices(list(levels), list(levels.values()))[0] for f, levels in shares.items()}
        for _ in range(number)
    ]


def pairs_of(matches: int, strangers: int, seed: int = 1) -> list[Levels]:
    random = Random(seed)
    return [*drawn(random, M, matches), *drawn(random, U, strangers)]


def by_name(found: list[Estimate]) -> dict[tuple[str, str], Estimate]:
    return {(one.field, one.level): one for one in found}


@pytest.mark.parametrize(("matches", "strangers"), [(3000, 0), (3000, 3000), (1000, 9000)])
def test_em_finds_what_one_person_s_records_are_like_among_strangers(matches: int, strangers: int) -> None:
    expected = one_person(pairs_of(matches, strangers), SHIPPED, STRANGERS.shares)
    for field, levels in M.items():
        whole = sum(expected.get((field, level), 0.0) for level in levels)
        assert whole == pytest.approx(matches, rel=0.1)
        for level, share in levels.items():
            assert expected[field, level] / whole == pytest.approx(share, abs=0.06)


def test_levels_move_towards_what_was_seen_and_keep_their_sum() -> None:
    found = by_name(estimate(SHIPPED, [Session("test", pairs_of(5000, 5000))], [], STRANGERS))
    assert found["phone", "same"].same == pytest.approx(0.9, abs=0.02)
    assert found["phone", "different"].same == pytest.approx(0.1, abs=0.02)
    assert found["phone", "different"].chance == pytest.approx(0.99999)
    assert found["address", "place"].same_pairs == pytest.approx(3000, rel=0.05)
    before = sum(n.same for level, n in SHIPPED.levels["phone"].items() if level != "missing")
    assert sum(found["phone", level].same for level in ("same", "different")) == pytest.approx(before)


def test_people_of_lists_whose_patient_is_decided_count_as_they_are() -> None:
    decided = [{"given": "typo", "sex": "same"}] * 300
    found = by_name(estimate(SHIPPED, [], decided, Strangers({("given", "typo"): 0.001}, {("given", "typo"): 50.0})))
    assert found["given", "typo"].same_pairs == 300
    assert found["given", "typo"].same > SHIPPED.levels["given"]["typo"].same
    assert found["sex", "same"].kept  # nothing is known of strangers' sex here


def test_few_pairs_change_nothing_and_say_so() -> None:
    few = pairs_of(int(ENOUGH) - 10, 0)
    found = estimate(SHIPPED, [Session("test", few)], [], STRANGERS)
    assert {one.kept for one in found if one.field == "phone"} == {"too few pairs of one person"}
    for one in found:
        assert one.kept and (one.same, one.chance) == (one.before.same, one.before.chance)
    enough = by_name(estimate(SHIPPED, [Session("test", pairs_of(2000, 0))], [], STRANGERS))
    assert enough["address", "sector"].kept == "too few pairs at this level"
    assert estimate(SHIPPED, [], [], Strangers({}, {}))


def test_a_level_that_is_never_seen_is_rare_and_not_impossible() -> None:
    always = [{"phone": "same", "address": "place"}] * 5000
    seen = one_person(always, SHIPPED, STRANGERS.shares)
    assert seen["phone", "same"] == pytest.approx(5000, rel=0.01)
    assert all(one.same > 0 for one in estimate(SHIPPED, [Session("test", always)], [], STRANGERS))


def test_no_weight_moves_far_at_once() -> None:
    wild = Strangers({("phone", "same"): 1e-9, ("phone", "different"): 1.0}, {("phone", "same"): 99.0})
    for one in estimate(SHIPPED, [Session("test", pairs_of(5000, 0))], [], wild):
        assert abs(one.bits_after - one.bits_before) <= FURTHEST + 0.001


def test_how_lists_write_is_never_learnt_from_an_index() -> None:
    many = [{"given": "short", "family": "alias", "birth": "january", "middle": "initial"}] * 5000
    found = by_name(estimate(SHIPPED, [Session("test", many)], many, STRANGERS))
    assert all(found[f, level].kept for f, levels in BY_WRITING.items() for level in levels)
    assert set(BY_WRITING) <= set(ESTIMATED) and "household" not in ESTIMATED


def test_a_proposal_is_the_file_in_force_with_what_changed_and_may_be_adopted() -> None:
    found = estimate(SHIPPED, [Session("test", pairs_of(5000, 5000))], [], STRANGERS)
    text, taken = propose(shipped_text(), "2026-11-22.10+own", found)
    assert faults_in(text) == []
    own = Parameters.from_toml(text)
    assert own.version == "2026-11-22.10+own"
    for one in taken:
        numbers = own.levels[one.field][one.level]
        assert numbers.same == pytest.approx(one.same, rel=0.006)
        assert (numbers.chance, numbers.times, numbers.relative, numbers.twin) == (
            pytest.approx(one.chance, rel=0.006) if one.chance else None,
            one.before.times,
            one.before.relative,
            one.before.twin,
        )
    assert [line for line in text.splitlines() if line.startswith("#")] == [
        line for line in shipped_text().splitlines() if line.startswith("#")
    ]
    assert (own.certain, own.margin, own.possible) == (SHIPPED.certain, SHIPPED.margin, SHIPPED.possible)


def test_a_field_whose_weights_come_out_of_order_stays_as_it_is() -> None:
    turned = [{"phone": "different", "middle": "exact"}] * 5000 + [{"phone": "same", "middle": "exact"}] * 20
    found = estimate(SHIPPED, [], turned, Strangers({**STRANGERS.shares, ("phone", "same"): 0.5}, STRANGERS.pairs))
    found = [  # as if it had moved at once
        Estimate(o.field, o.level, o.before, 0.01, 0.9, o.same_pairs, o.chance_pairs, "")
        if (o.field, o.level) == ("phone", "same")
        else o
        for o in found
    ]
    text, taken = propose(shipped_text(), "x", found)
    assert {one.kept for one in taken if one.field == "phone"} == {OUT_OF_ORDER}
    assert Parameters.from_toml(text).levels["phone"] == SHIPPED.levels["phone"]
    assert Parameters.from_toml(text).levels["middle"]["exact"].same > SHIPPED.levels["middle"]["exact"].same
