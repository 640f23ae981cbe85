"""Who it is that fits almost as well as the best patient does, in words for whoever decides."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from integration.matching.people import Known

_AS_WELL = "fits almost as well"
_NOT_RULED_OUT = "cannot be ruled out"


def explained_as_well(best: Known, rivals: Sequence[Known]) -> Iterator[str]:
    """One sentence for each kind of patient among the rivals, the kinds in one order."""
    kinds = {_kind(best, rival) for rival in rivals}
    for kind in _KINDS:
        if kind in kinds:
            yield f"{kind} {_AS_WELL}"


def cannot_be_ruled_out(best: Known, rival: Known) -> str:
    """What is said of a patient who fits less well, and yet too well for the best one to be certain."""
    return f"{_kind(best, rival)} {_NOT_RULED_OUT}"


TWIN = "a patient born the same day in the same home or family, perhaps a twin,"
RELATIVE = "a patient of the same home, perhaps a relative,"
DOUBLE = "a record of the same name, birth and home, perhaps the same person's,"
NAMESAKE = "a namesake"
ANOTHER = "another patient"
_KINDS = (DOUBLE, TWIN, RELATIVE, NAMESAKE, ANOTHER)


def _kind(best: Known, rival: Known) -> str:
    same_home = share_a_home(best, rival)
    same_name = bool(best.given) and (best.given, best.family) == (rival.given, rival.family)
    same_kin = same_home or (bool(best.family) and best.family == rival.family)
    if best.birth is not None and best.birth == rival.birth and same_kin and not same_name:
        return TWIN
    if same_home:
        return DOUBLE if same_name and best.birth == rival.birth else RELATIVE
    return NAMESAKE if same_name else ANOTHER


def share_a_home(one: Known, other: Known) -> bool:
    """Whether two patients live together or did, as far as the index can say."""
    if one.phone and one.phone == other.phone:
        return True
    return bool({one.postcode, *one.previous} & {other.postcode, *other.previous} - {""})


def share_what_few_do(one: Known, other: Known) -> bool:
    """Whether two patients live together or did: a hostel's address and a switchboard's telephone do not say so."""
    ours, theirs = (one.phone, one.postcode, *one.previous), (other.phone, other.postcode, *other.previous)
    return bool({*ours} & {*theirs} - one.of_many - {""})


_SEVERAL = 2  # families beside the patient's own


def live_among_strangers(one: Known, others: Sequence[Known]) -> bool:
    """Whether several families live where a patient does: in a hostel, or the address stands for no fixed abode."""
    if not one.postcode:
        return False
    there = {other.family for other in others if other.postcode == one.postcode and other.home() == one.home()}
    return len(there - {one.family}) >= _SEVERAL
