"""What stops a match from acting alone. Each guard says itself in words; one is enough for a person to be asked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from integration.domain.people import Role
from integration.matching.comparison import compare_words
from integration.matching.keys import slips_of
from integration.matching.parameters import Parameters
from integration.matching.people import Known, Sought
from integration.matching.rivals import explained_as_well
from integration.matching.weights import Weighed

GIVEN_AGREES = frozenset({"exact", "spelling", "short", "part", "typo", "slips"})
GIVEN_FITS = frozenset({"initial", "middle", "sound"})
FAMILY_AGREES = frozenset({"exact", "alias", "spelling", "part", "typo", "slips", "sound"})
BIRTH_AGREES = frozenset({"exact", "january", "swapped", "year", "digit"})
BIRTH_EXACT = frozenset({"exact", "january", "swapped"})
ADDRESS_AGREES = frozenset({"place", "postcode", "previous", "slip", "line"})


def third_facts(weighed: Weighed) -> frozenset[str]:
    """What agrees beside name and date of birth, and does not follow from them."""
    found = set()
    if weighed.comparison.address in ADDRESS_AGREES:
        found.add("address")
    if weighed.comparison.phone == "same":
        found.add("phone")
    if weighed.comparison.nhs_number == "same":
        found.add("nhs_number")
    if weighed.comparison.middle.level == "exact" and weighed.comparison.birth in BIRTH_EXACT:
        found.add("middle")
    if weighed.household:
        found.add("household")
    return frozenset(found)


OF_AGE = 18  # years: brothers and sisters live in one home until about then


def stops(
    sought: Sought, best: Weighed, certainty: float, rivals: Sequence[Weighed], parameters: Parameters
) -> Iterator[str]:
    """Every reason why the best patient may not be matched without a person."""
    facts = third_facts(best)
    yield from _stops_by_name_and_birth(sought, best, facts, parameters)
    if not facts:
        yield "nothing beside name and date of birth agrees"
    if best.comparison.nhs_number == "different":
        yield "the NHS number given is not this patient's"
    if best.comparison.sex == "different":
        yield "the sex differs"
    if best.known.deceased:
        yield "the patient is recorded as deceased"
    if best.known.restricted:
        yield "the patient's record is restricted"
    yield from _stops_by_rivals(best, rivals, parameters)
    if certainty < parameters.certain:
        yield "the evidence is too little to be certain"


def _stops_by_name_and_birth(
    sought: Sought, best: Weighed, facts: frozenset[str], parameters: Parameters
) -> Iterator[str]:
    compared, given = best.comparison, best.given
    if given not in GIVEN_AGREES and not _given_fits(sought, best, facts, parameters):
        yield "the given name is not certain"
    if compared.family.level not in FAMILY_AGREES and not _changed_name_alone(sought, best, facts):
        yield "the family name is not certain"
    if compared.birth in BIRTH_AGREES:
        if (
            sought.role is Role.PERPETRATOR
            and compared.birth not in BIRTH_EXACT
            and not facts & {"nhs_number", "address", "phone"}
        ):
            yield "for a perpetrator the date of birth has to agree"
    elif not _age_is_enough(sought, best, facts):
        yield "the date of birth is not certain"


def _given_fits(sought: Sought, best: Weighed, facts: frozenset[str], parameters: Parameters) -> bool:
    """A middle name that the list gives as the first, or an initial, where all else agrees to the letter.

    Twins are why an initial takes an adult: those that still live together are too many for a child. A perpetrator's
    name has to be a whole one.
    """
    compared = best.comparison
    if compared.family.level not in ("exact", "spelling") or compared.birth != "exact" or not _lives_so(best, facts):
        return False
    adult = best.known.is_adult(sought.today, parameters.adult_from)
    if sought.role is Role.PERPETRATOR:
        return best.given == "middle" and adult
    return best.given == "middle" or (best.given in GIVEN_FITS and adult)


def _lives_so(best: Weighed, facts: frozenset[str]) -> bool:
    """Whether a fact of the present day agrees: an old address tells less of who lives together."""
    return best.comparison.address == "place" or bool(facts & {"phone", "nhs_number", "household"})


def _changed_name_alone(sought: Sought, best: Weighed, facts: frozenset[str]) -> bool:
    """A family name that marriage changed, where all else agrees to the letter; never for a perpetrator."""
    compared = best.comparison
    return (
        sought.role is not Role.PERPETRATOR
        and compared.family.level != "missing"
        and compared.given.level == "exact"
        and compared.birth == "exact"
        and _lives_so(best, facts)
    )


def _age_is_enough(sought: Sought, best: Weighed, facts: frozenset[str]) -> bool:
    """An age in place of a date of birth, where name and home agree to the letter; never for a perpetrator.

    One year off will do for an adult; a child with such an age may be a brother or sister who is called the same.
    """
    compared = best.comparison
    if sought.role is Role.PERPETRATOR or compared.birth not in ("age", "age_near"):
        return False
    if compared.birth == "age_near" and not best.known.is_adult(sought.today, OF_AGE):
        return False
    given, family = best.given, compared.family.level
    whole = given in ("exact", "spelling", "short") and family in ("exact", "alias", "spelling")
    misspelt = given == "exact" and family == "typo"
    return (whole or misspelt) and _lives_so(best, facts)


def _stops_by_rivals(best: Weighed, rivals: Sequence[Weighed], parameters: Parameters) -> Iterator[str]:
    for rival in rivals:
        if rival.comparison.nhs_number == "same" and best.comparison.nhs_number != "same":
            yield "the NHS number given belongs to another patient"
            break
    near = [rival for rival in rivals if rival.stranger > best.stranger - parameters.margin]
    twice = [rival for rival in rivals if is_registered_twice(best.known, rival.known)]
    if twice:
        yield "the patient seems to be registered twice"
    yield from explained_as_well(best.known, [rival.known for rival in near if rival not in twice])


def is_registered_twice(one: Known, other: Known) -> bool:
    """Whether two records are likely one person's: alike in name and birth, something else shared, no contradiction."""
    if one.nhs_number and other.nhs_number:
        return one.nhs_number == other.nhs_number
    if not (one.given and other.given and one.birth and other.birth):
        return False
    close = ("exact", "spelling", "short", "typo", "sound", "initial", "close")
    if compare_words(one.given[0], other.given[0]) not in close:
        return False
    places = {one.postcode, *one.previous} & {other.postcode, *other.previous} - {""}
    same_phone = bool(one.phone) and one.phone == other.phone
    return (one.birth == other.birth or other.birth in slips_of(one.birth)) and (bool(places) or same_phone)
