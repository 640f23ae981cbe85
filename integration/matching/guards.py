"""What stops a match from acting alone. Each guard says itself in words; one is enough for a person to be asked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from integration.domain.people import Role
from integration.matching.as_listed import stops_as_listed
from integration.matching.births import compare_birth, compare_days, is_new_years_day
from integration.matching.comparison import (
    Agreement,
    compare_family,
    compare_nhs_number,
    compare_words,
    names_nobody,
)
from integration.matching.keys import slips_of
from integration.matching.name_sets import name_sets
from integration.matching.names_alike import halves_differ, is_anothers_of_the_home, may_be_named_so
from integration.matching.parameters import Parameters
from integration.matching.people import Known, Sought, Words
from integration.matching.places import CROWD
from integration.matching.rivals import cannot_be_ruled_out, explained_as_well, live_among_strangers, share_a_home
from integration.matching.spelling import sound
from integration.matching.weights import AT_HOME, Weighed

GIVEN_AGREES = frozenset({"exact", "spelling", "short", "part", "typo", "slips"})
GIVEN_FITS = frozenset({"initial", "sound"})
FAMILY_AGREES = frozenset({"exact", "alias", "spelling", "part", "typo", "slips", "sound"})
BIRTH_AGREES = frozenset({"exact", "january", "swapped", "year", "beside", "digit"})
BIRTH_EXACT = frozenset({"exact", "january", "swapped"})
ADDRESS_AGREES = frozenset({"place", "postcode", "previous", "slip", "line"})

ANOTHERS_NAME = "the name on the list is that of somebody who lives there, and the patient's only something like it"
NAMED_SO = "given and family name changed places, and the date of birth does not settle whose they are"
NUMBER_OF_ANOTHER = "the NHS number given belongs to another patient"


def third_facts(weighed: Weighed) -> frozenset[str]:
    """What agrees beside name and date of birth, and does not follow from them."""
    found = set()
    if weighed.comparison.address in ADDRESS_AGREES:
        found.add("address")
    if weighed.comparison.phone == "same":
        found.add("phone")
    if weighed.comparison.nhs_number in ("same", "slip"):
        found.add("nhs_number")
    if weighed.comparison.birth == "exact" and _is_whole(weighed.comparison.middle):
        found.add("middle")
    if weighed.household:
        found.add("household")
    if weighed.past and weighed.comparison.birth == "exact":
        found.add("past")
    return frozenset(found)


def _is_whole(middle: Agreement) -> bool:
    """Whether a middle name agrees to the letter: one slip makes Linh of Ling."""
    return middle.level == "exact" and compare_words(middle.ours, middle.theirs) in ("exact", "spelling")


class Sureness(NamedTuple):
    """How sure the best patient is, in bits: against people who are in no index, and against the other patients too."""

    alone: float
    beside_others: float


_YEARS_OF_A_LIST = 3  # an age on it may have been copied for so long
_VICTIM_FROM = 16  # years: the definition of domestic abuse begins there
_GENERATION, _CENTURY = 15, 99  # years, at least
OF_AGE = 18  # years: brothers and sisters live in one home until about then


def stops(
    sought: Sought, best: Weighed, sure: Sureness, rivals: Sequence[Weighed], parameters: Parameters
) -> Iterator[str]:
    """Every reason why the best patient may not be matched without a person; that they are not sure, only alone."""
    said = list(_guards(sought, best, rivals, parameters))
    yield from said
    if said or sure.beside_others >= parameters.certain:
        return
    others = [rival.known for rival in rivals if not is_registered_twice(best.known, rival.known)]
    if others and sure.alone >= parameters.certain:
        yield cannot_be_ruled_out(best.known, others[0])
    else:
        yield "there is too little evidence to be certain"


def _guards(sought: Sought, best: Weighed, rivals: Sequence[Weighed], parameters: Parameters) -> Iterator[str]:
    facts = third_facts(best)
    yield from _stops_by_name_and_birth(sought, best, facts, parameters)
    if not facts and (best.comparison.address == CROWD or sought.of_many):
        yield "nothing beside name and date of birth agrees but what very many patients share"
    elif not facts:
        yield "nothing beside name and date of birth agrees"
    if best.comparison.nhs_number == "different":
        yield "the NHS number given is not this patient's"
    if best.comparison.sex == "different":
        yield "the sex differs"
    if best.known.deceased:
        yield "the patient is recorded as deceased"
    if best.known.restricted:
        yield "the patient's record is restricted"
    if best.known.disputed:
        yield "the extract gives the patient's record in several rows that contradict each other"
    elif _agrees_beside(sought, best):
        yield "what agrees is a date of birth or NHS number of a record that was merged into the patient's"
    if rivals:
        yield from _stops_by_rivals(sought, best, rivals, parameters)


def _agrees_beside(sought: Sought, best: Weighed) -> bool:
    """Whether a date of birth or NHS number fits that the record does not give today."""
    known, compared = best.known, best.comparison
    of_birth = bool(known.other_births) and compare_birth(sought, known.birth) != compared.birth
    of_number = bool(known.other_numbers) and compare_nhs_number(sought, known.nhs_number) != compared.nhs_number
    return of_birth or of_number


def _stops_by_name_and_birth(
    sought: Sought, best: Weighed, facts: frozenset[str], parameters: Parameters
) -> Iterator[str]:
    compared, given = best.comparison, best.given
    told_apart = _told_from_a_twin(sought, best, parameters)
    if given not in GIVEN_AGREES and not _given_fits(sought, best, facts, parameters):
        yield "the given name is not certain"
    elif _may_be_a_twins(sought, best) and not told_apart:
        yield "a brother or sister of the patient may go by that name"
    yield from stops_as_listed(sought, best.known, told_apart=told_apart, by_alias=_is_called_by_an_alias(sought, best))
    if compared.middle.level == "different":
        yield "the middle name differs"
    family_agrees = compared.family.level in FAMILY_AGREES and not halves_differ(sought, best)
    if not family_agrees and not _changed_name_alone(sought, best, facts, parameters):
        yield "the family name is not certain"
    yield from _stops_by_birth(sought, best, facts, parameters)


def _stops_by_birth(sought: Sought, best: Weighed, facts: frozenset[str], parameters: Parameters) -> Iterator[str]:
    compared, birth = best.comparison, best.known.birth
    if compared.birth in ("year", "beside", "digit") and birth and is_new_years_day(birth):
        yield "the date of birth is not certain"
    elif compared.birth in BIRTH_AGREES:
        births = (birth, *best.known.other_births) if birth else ()
        if births and compared.birth in ("year", "digit") and _is_a_generation_off(sought, births):
            yield "the year of birth is a generation off, as between a parent and a child of one name"
        if births and _fits_another_too(sought, births):
            yield "the list gives another date of birth or age as well"
        if may_be_named_so(sought, best) and not facts & {"nhs_number", "phone"}:
            yield NAMED_SO
        if sought.role is Role.PERPETRATOR and not _is_close_enough(best, facts):
            yield "the date of birth does not agree closely enough for a perpetrator"
    elif not _age_is_enough(sought, best, facts, parameters):
        yield "the date of birth is not certain"


def _is_close_enough(best: Weighed, facts: frozenset[str]) -> bool:
    """For a perpetrator: the date of birth itself, or one a slip off beside their number, telephone or present home.

    The home of another of the case will do where both names are the patient's to the letter, for nobody lives with a
    namesake of almost one birth.
    """
    compared = best.comparison
    if compared.birth in BIRTH_EXACT or facts & {"nhs_number", "phone"} or compared.address in AT_HOME:
        return True
    to_the_letter = best.given == "exact" and compared.family.level == "exact"
    return best.household and to_the_letter and compared.birth in ("year", "beside")


def _is_a_generation_off(sought: Sought, theirs: Sequence[int]) -> bool:
    """Whether one digit of the year makes decades; a century off is only a year written in two digits."""
    years = min([abs(ours - birth) for ours in sought.births for birth in theirs], default=0) / 365.2425
    return _GENERATION <= years < _CENTURY


def _fits_another_too(sought: Sought, theirs: Sequence[int]) -> bool:
    """Whether a birth or an age that the list gives beside the one that agrees is quite another: father's and son's."""
    others = len(sought.births) > 1 and any(  # one alone is the one that agrees
        all(compare_days(ours, birth) in ("two", "parts", "different") for birth in theirs) for ours in sought.births
    )
    return others or (bool(sought.births) and _is_of_another_age(sought, theirs))


def _is_of_another_age(sought: Sought, theirs: Sequence[int]) -> bool:
    """Whether the age or the year of birth that a list gives beside another fact is no birth's of a record."""
    if sought.born_within and not any(sought.born_within[0] <= birth <= sought.born_within[1] for birth in theirs):
        return True
    age = sought.age
    return age is not None and all(abs((sought.today - b) / 365.2425 - age) > _YEARS_OF_A_LIST for b in theirs)


def _given_fits(sought: Sought, best: Weighed, facts: frozenset[str], parameters: Parameters) -> bool:
    """A middle name that the list gives as the first, or an initial, where all else agrees to the letter.

    Twins are why an initial takes an adult: those that still live together are too many for a child. A perpetrator's
    name has to be a whole one, unless a mobile telephone agrees beside the home: that one shares with nobody.
    """
    compared, perpetrator = best.comparison, sought.role is Role.PERPETRATOR
    adult = best.known.is_adult(sought.today, parameters.adult_from)
    families = ("exact", "spelling") if perpetrator or not adult else ("exact", "spelling", "alias", "typo")
    if compared.family.level not in families or compared.birth != "exact" or not _lives_so(best, facts):
        return False
    if best.given == "initial" and _is_abbreviated(compared.given):
        return False
    if perpetrator:
        return adult and (best.given == "middle" or (best.given == "initial" and _has_own_phone(best)))
    return best.given == "middle" or (best.given in GIVEN_FITS and adult)


def _is_abbreviated(given: Agreement) -> bool:
    """Whether more than a letter stands for a name, and not its first ones: whose abbreviation it is, is a guess."""
    return given.ours != given.theirs and min(len(given.ours), len(given.theirs)) > 1


def _has_own_phone(best: Weighed) -> bool:
    """Whether a mobile telephone agrees, and the home to the house."""
    return best.comparison.phone == "same" and best.known.phone.startswith("07") and best.comparison.address == "place"


def _may_be_a_twins(sought: Sought, best: Weighed) -> bool:
    """Whether a brother or sister may be called so: by a name of their own, or one too carelessly written to tell."""
    family = best.comparison.family.level
    return (
        best.two_names
        or best.given in ("part", "middle")
        or (best.given == "slips" and family not in ("exact", "alias", "spelling"))
        or _begins_otherwise(best)
        or (best.comparison.middle.level == "exact" and not _is_whole(best.comparison.middle))
        or _is_what_brothers_share(sought, best)
    )


def _is_called_by_an_alias(sought: Sought, best: Weighed) -> bool:
    """Whether the given name that agrees stands in an alias, and not where the list has this person's names."""
    compared = best.comparison
    if not compared.swapped or len(sought.families) == 1:
        return False  # as nearly always
    return compared.given.ours not in (*sought.families[0], "".join(sought.families[0]))


def _begins_otherwise(best: Weighed) -> bool:
    """Whether a name is misspelt in its first letter, as few do; twins may rhyme, as Kulwinder and Balwinder."""
    one, other = best.comparison.given.ours, best.comparison.given.theirs
    return best.given in ("typo", "slips") and one[0] != other[0] and sound(one)[0] != sound(other)[0]


def _is_what_brothers_share(sought: Sought, best: Weighed) -> bool:
    """Whether the list leaves out what follows a first name that twins may share, and the record does not.

    Wei Ming's twin is Wei Hua: of a given name in two parts the first alone tells little, whatever it is.
    """
    known, names = best.known, sought.families if best.comparison.swapped else sought.givens
    shared = known.given[1:] or (known.middle and known.given[0] in name_sets().shared_by_twins)
    return bool(shared) and all(len(name) == 1 for name in names)


def _told_from_a_twin(sought: Sought, best: Weighed, parameters: Parameters) -> bool:
    """Whether something tells the patient from a brother or sister who was born the same day and is not in the index.

    Few live with their twin at thirty; but brothers who fled were all given 1 January. Else a name of their own is
    asked for: of two that both are given to children, one may be short for the other, or a middle name, and the twin
    be called so. An NHS number tells more, but not of two names, nor of two that rhyme: lists give a relative's too.
    """
    compared = best.comparison
    return (
        (best.known.is_adult(sought.today, parameters.adult_from) and compared.birth != "january")
        or (compared.nhs_number == "same" and not best.two_names and not _begins_otherwise(best))
        or _is_whole(compared.middle)
    )


def _lives_so(best: Weighed, facts: frozenset[str]) -> bool:
    """Whether a fact of the present day agrees: an old address tells less of who lives together."""
    return best.comparison.address == "place" or bool(facts & {"phone", "nhs_number", "household"})


def _changed_name_alone(sought: Sought, best: Weighed, facts: frozenset[str], parameters: Parameters) -> bool:
    """A family name that marriage changed, where birth and home agree to the letter.

    The given name too, or an adult's but for a slip or a short form: nobody else shares all the rest.
    """
    compared = best.comparison
    if compared.family.level == "missing" or compared.birth != "exact" or not _lives_so(best, facts):
        return False
    if sought.role is Role.PERPETRATOR:
        return _is_named_otherwise(best, facts)
    adult = best.known.is_adult(sought.today, parameters.adult_from)
    slips = () if compared.swapped else ("spelling", "short", "typo")  # two names astray are enough
    return compared.given.level == "exact" or (adult and best.given in slips)


def _is_named_otherwise(best: Weighed, facts: frozenset[str]) -> bool:
    """Whether a perpetrator's other family name is explained: it is one of the case's, or more agrees of their own."""
    compared = best.comparison
    if compared.swapped or compared.given.level != "exact":
        return False
    return compared.family.level == "case" or bool(facts & {"nhs_number", "middle"}) or _has_own_phone(best)


def _age_is_enough(sought: Sought, best: Weighed, facts: frozenset[str], parameters: Parameters) -> bool:
    """An age in place of a date of birth, where name and home agree to the letter; never for a perpetrator.

    One year off will do for an adult, but not from a year of birth, which no birthday changes; a child with such an age
    may be a brother or sister who is called the same. A slip will do in the family name, and in an adult's given one.
    """
    compared = best.comparison
    if sought.role is Role.PERPETRATOR or compared.birth not in ("age", "age_near"):
        return False
    if compared.birth == "age_near" and not best.known.is_adult(sought.today, OF_AGE):
        return False
    if sought.born_within and _is_of_another_age(sought, (best.known.birth or 0, *best.known.other_births)):
        return False
    given, family = best.given, compared.family.level
    whole = given in ("exact", "spelling", "short") and family in ("exact", "alias", "spelling")
    misspelt = (given == "exact" and family == "typo") or (
        given == "typo" and family == "exact" and best.known.is_adult(sought.today, parameters.adult_from)
    )
    return (whole or misspelt) and _lives_so(best, facts)


def _stops_by_rivals(sought: Sought, best: Weighed, rivals: Sequence[Weighed], parameters: Parameters) -> Iterator[str]:
    if best.comparison.nhs_number != "same" and any(rival.comparison.nhs_number == "same" for rival in rivals):
        yield NUMBER_OF_ANOTHER
    near = [rival for rival in rivals if rival.stranger > best.stranger - parameters.margin]
    twice = [rival for rival in rivals if is_registered_twice(best.known, rival.known)]
    if twice:
        yield "the patient seems to be registered twice"
    yield from explained_as_well(best.known, [rival.known for rival in near if rival not in twice])
    if any(_has_the_role_for_it(sought, best.known, rival.known) for rival in rivals):
        yield "the patient is a child, and an adult of that name lives there"
    if any(is_anothers_of_the_home(sought, best, rival) for rival in rivals if rival not in twice):
        yield ANOTHERS_NAME
    if any(_may_be_called_so(sought, best, rival) for rival in rivals if rival not in twice):
        yield "another patient, perhaps a brother or sister, may go by that name"
    if _hardly_tells(best, third_facts(best)) and live_among_strangers(best.known, [rival.known for rival in rivals]):
        yield "several families live at that address, and the date of birth says too little"


def _has_the_role_for_it(sought: Sought, best: Known, other: Known) -> bool:
    """Whether the patient bears a parent's name, and is too young to be more than a child on the list."""
    if sought.role is Role.CHILD or not best.birth or best.is_adult(sought.today, _VICTIM_FROM):
        return False
    same_name = (best.given[:1], best.family) == (other.given[:1], other.family)
    return same_name and other.is_adult(sought.today, OF_AGE) and share_a_home(best, other)


def _hardly_tells(best: Weighed, facts: frozenset[str]) -> bool:
    """Whether an age or a 1 January has nothing but a home beside it: where many live, namesakes share both."""
    return best.comparison.birth in ("january", "age", "age_near") and facts <= {"address", "household"}


def _may_be_called_so(sought: Sought, best: Weighed, rival: Weighed) -> bool:
    """Whether the name sought fits a brother or sister of the patient in any way: people go by their middle names,
    and a register may hold no more than the initial of one."""
    if rival.comparison.birth in ("parts", "different") or not _are_family(best.known, rival.known):
        return False
    if names_nobody(rival.known.given):
        return True
    names = sought.families if best.comparison.swapped else sought.givens
    theirs = {word for name in (rival.known.given, rival.known.middle, *rival.known.other_givens) for word in name}
    return any(compare_words(_called(name), word) != "different" for name in names for word in theirs)


def _are_family(one: Known, other: Known) -> bool:
    """Whether two patients may be brothers or sisters; twins even where one of them is still recorded elsewhere."""
    family = compare_family(one.family, other.family).level
    if share_a_home(one, other):
        return family in FAMILY_AGREES
    return family in ("exact", "spelling") and one.birth == other.birth and not _share_a_name(one, other)


def _share_a_name(one: Known, other: Known) -> bool:
    """Whether both are called the same, as namesakes are and twins are not."""
    return bool(one.given and other.given) and compare_words(one.given[0], other.given[0]) in ("exact", "spelling")


def _called(name: Words) -> str:
    """The first word of a given name that tells brothers apart."""
    return next((word for word in name if word not in name_sets().common_first), name[0])


def is_registered_twice(one: Known, other: Known) -> bool:
    """Whether two records are likely one person's: alike in name and birth, something else shared, no contradiction."""
    if one.nhs_number and other.nhs_number:
        return one.nhs_number == other.nhs_number
    if not (one.given and other.given and one.birth and other.birth):
        return False
    close = ("exact", "spelling", "short", "typo", "sound", "initial", "close")
    if compare_words(one.given[0], other.given[0]) not in close:
        return False
    return (one.birth == other.birth or other.birth in slips_of(one.birth)) and share_a_home(one, other)
