"""What a comparison came to, in plain words. No reason ever holds a value: it may stand beside a decision for years."""

from __future__ import annotations

from functools import cache

_FIELDS = {
    "given": "given name",
    "family": "family name",
    "middle": "middle name",
    "birth": "date of birth",
    "sex": "sex",
    "address": "address",
    "phone": "telephone",
    "nhs_number": "NHS number",
    "household": "household",
}
_OUTCOMES = {
    "exact": "agrees",
    "same": "agrees",
    "spelling": "another spelling of the same name",
    "short": "short form of the same name",
    "typo": "differs by a slip of the pen",
    "slips": "differs by two slips of the pen",
    "sound": "sounds alike",
    "close": "similar",
    "initial": "only the initial is known, and agrees",
    "middle": "agrees with the patient's middle name",
    "part": "one part of a double name agrees",
    "first": "one of several names agrees, the others are unknown",
    "alias": "agrees with another name of the patient",
    "different": "differs",
    "case": "differs, and agrees with that of another person of the same case",
    "nobody": "differs, and nobody else of the case is called so",
    "none": "differs from every one that is known",
    "neither": "differs from the current and previous addresses",
    "january": "agrees, but 1 January often stands for an unknown date",
    "swapped": "day and month swapped",
    "year": "day and month agree, the year differs by a usual slip",
    "beside": "the day before or after",
    "digit": "one digit differs",
    "parts": "two of day, month and year agree",
    "two": "a slip in day or month, and one in the year",
    "age": "the age fits",
    "age_near": "the age is one year off",
    "age of year": "lies in the year or month given",
    "age_near of year": "lies at most a year from the year or month given",
    "place": "current home agrees",
    "postcode": "postcode agrees",
    "neighbour": "same postcode, another house",
    "crowd": "the place agrees, but so many patients live there, or did, that it says little",
    "previous": "agrees with a previous address",
    "slip": "house and street agree, the postcode differs by a slip of the pen",
    "line": "house and street agree, the postcode does not or is unknown",
    "street": "street agrees, house or postcode does not",
    "near": "one or two digits differ",
    "sector": "same neighbourhood",
}
_NOT_COMPARED = {
    "unlisted": "not known from the list",
    "unrecorded": "not on the record",
    "not_valid": "the number on the list is not valid",
    "apart": "cannot be compared",
    "of_many": "left out, for many patients have the one on the list",
}
_NEAR_POSTCODE = "one or two characters of the postcode differ"
_SLIP_IN_NUMBER = "differs by a slip of the pen; as written it is nobody's"
_HOUSEHOLD = {
    "same": "lives with another person of the same case",
    "past": "once lived with another person of the same case, or has their telephone",
}


_OF_SEVERAL = " (the record gives several)"


@cache  # there are few, and every candidate has eight
def reason(field: str, outcome: str, *, of_several: bool = False) -> str:
    """One field's outcome as a reviewer reads it; `of_several`: the best of those that the record gives."""
    if of_several:
        return reason(field, outcome) + _OF_SEVERAL
    if field == "household":
        return f"{_FIELDS[field]}: {_HOUSEHOLD[outcome]}"
    if (field, outcome) == ("nhs_number", "slip"):
        return f"{_FIELDS[field]}: {_SLIP_IN_NUMBER}"
    if (field, outcome) == ("address", "near"):
        return f"{_FIELDS[field]}: {_NEAR_POSTCODE}"
    return f"{_FIELDS[field]}: {_OUTCOMES.get(outcome) or _NOT_COMPARED[outcome]}"


def says_nothing(reason: str) -> bool:
    """Whether a field was not compared, so that its reason has no weight."""
    return reason.partition(": ")[2] in _NOT_COMPARED.values()
