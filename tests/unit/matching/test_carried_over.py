"""Adopted parameters after an upgrade: the trust's numbers stay, what is new comes from what ships, and it all fits."""

from __future__ import annotations

import re
from dataclasses import fields

from integration.matching.carried_over import carry_over
from integration.matching.parameter_checks import faults_in
from integration.matching.parameters import Parameters, shipped_parameters, shipped_text

OF_THE_TRUST = (
    shipped_text()
    .replace("certain = 9.0", "certain = 12.5")  # stricter
    .replace("shown = 10 ", "shown = 12 ")
    .replace("exact     = { same = 0.84, ", "exact     = { same = 0.81, ")
    .replace("swapped   = { same = 0.04,  chance = 0.00003,", "swapped   = { same = 0.05,  chance = 0.00002,")
)


def without(text: str, section: str, level: str) -> str:
    before, mark, after = text.partition(f"[{section}]")
    return before + mark + re.sub(rf"\n{level}\b.*", "", after, count=1)


def test_what_fits_already_says_the_same_in_its_new_file() -> None:
    found = carry_over(OF_THE_TRUST, "2.0+own")
    assert found.from_what_ships == ()
    now, before = Parameters.from_toml(found.text), Parameters.from_toml(OF_THE_TRUST)
    assert (now.certain, now.shown, now.version) == (12.5, 12, "2.0+own")
    assert (now.levels["birth"]["exact"].same, now.levels["birth"]["swapped"].chance) == (0.81, 0.00002)
    for one in fields(Parameters):
        assert one.name == "version" or getattr(now, one.name) == getattr(before, one.name)


def test_a_level_that_is_new_comes_from_what_ships_and_one_that_is_gone_goes() -> None:
    older = without(OF_THE_TRUST, "nhs_number", "slip").replace("[sex]", "[gender]")
    assert faults_in(older)
    found = carry_over(older, "2.0+own")
    assert not faults_in(found.text)
    assert found.from_what_ships == ("nhs_number.slip", "sex.different", "sex.missing", "sex.same")
    now = Parameters.from_toml(found.text)
    assert now.levels["nhs_number"]["slip"] == shipped_parameters().levels["nhs_number"]["slip"]
    assert now.levels["birth"]["exact"].same == 0.81


def test_a_guard_is_the_stricter_of_the_two_and_a_field_at_fault_is_as_it_ships() -> None:
    laxer = OF_THE_TRUST.replace("margin = 8.0", "margin = 5.0").replace(
        "place     = { same = 0.55,  chance = 0.000004 }", "place     = { same = 0.55,  chance = 0.0000000001 }"
    )
    found = carry_over(laxer, "2.0+own")
    assert not faults_in(found.text)
    now = Parameters.from_toml(found.text)
    assert (now.margin, now.certain) == (8.0, 12.5)
    assert now.levels["address"] == shipped_parameters().levels["address"]
    assert {"address.place", "grades.margin"} == set(found.from_what_ships)
