"""Whether a register holds a flag as it should: what is ours is compared byte for byte, wording and labels included.

A server may add what is its own: an id, a version, a narrative, labels and profiles of its own, displays that we left
out, extensions (which by FHIR's own rule change no meaning). Whatever can change what a clinician sees must be ours.
"""

from __future__ import annotations

from collections.abc import Iterator

from mappings.fhir.terms import CONFIDENTIALITY, NHS_NUMBER, Json, member, members

# Elements of a Flag that can change its meaning, and that ours never have.
FOREIGN = ("modifierExtension", "implicitRules", "contained", "encounter")


def differences(wanted: Json, found: Json, base_url: str = "") -> tuple[str, ...]:
    """The elements in which `found` is not what we wanted, by name; empty if it is. Quotes no value.

    A reference may be absolute under `base_url`.
    """
    return tuple(dict.fromkeys(_all_differences(wanted, found, base_url)))


def settled_differences(wanted: Json, found: Json, base_url: str = "") -> tuple[str, ...]:
    """The same for a flag that was read back before and stands since.

    An NHS number that became known after a flag was placed does not stand on it: the reference is what binds it.
    """
    names = differences(wanted, found, base_url)
    if member(found, "subject", "identifier") is None:
        return tuple(name for name in names if name != "subject.identifier")
    return names


def _all_differences(wanted: Json, found: Json, base_url: str) -> Iterator[str]:
    for path in (("resourceType",), ("status",), ("code", "text"), ("period", "start"), ("period", "end")):
        if member(found, *path) != member(wanted, *path):
            yield ".".join(path)
    yield from _in_meta(wanted, found)
    yield from _in_codes(wanted, found)
    yield from _in_references(wanted, found, base_url)
    yield from (name for name in FOREIGN if found.get(name))


def _in_meta(wanted: Json, found: Json) -> Iterator[str]:
    profiles = members(found, "meta", "profile")
    if any(profile not in profiles for profile in members(wanted, "meta", "profile")):
        yield "meta.profile"
    ours, theirs = _pairs(members(wanted, "meta", "security")), _pairs(members(found, "meta", "security"))
    other_confidentiality = {pair for pair in theirs - ours if pair[0] == CONFIDENTIALITY}
    if ours - theirs or other_confidentiality:
        yield "meta.security"


def _in_codes(wanted: Json, found: Json) -> Iterator[str]:
    ours = [coding for concept in members(wanted, "category") for coding in members(concept, "coding")]
    theirs = [coding for concept in members(found, "category") for coding in members(concept, "coding")]
    if _pairs(ours) != _pairs(theirs):
        yield "category"
    ours, theirs = members(wanted, "code", "coding"), members(found, "code", "coding")
    if _pairs(ours) != _pairs(theirs):
        yield "code.coding"
    else:
        shown = {_pair(coding): member(coding, "display") for coding in theirs}
        if any(member(c, "display") not in (None, shown[_pair(c)]) for c in ours):
            yield "code.coding.display"


def _in_references(wanted: Json, found: Json, base_url: str) -> Iterator[str]:
    system = member(members(wanted, "identifier")[0], "system")
    ours = [pair for pair in map(_value_pair, members(found, "identifier")) if pair[0] == system]
    if ours != [_value_pair(members(wanted, "identifier")[0])]:
        yield "identifier"
    if _relative(member(found, "subject", "reference"), base_url) != member(wanted, "subject", "reference"):
        yield "subject.reference"
    number, other = member(wanted, "subject", "identifier"), member(found, "subject", "identifier")
    is_nhs_number = member(other, "system") == NHS_NUMBER
    if _value_pair(other) != _value_pair(number) and (number is not None or is_nhs_number):
        yield "subject.identifier"
    if _value_pair(member(found, "author", "identifier")) != _value_pair(member(wanted, "author", "identifier")):
        yield "author.identifier"


def _pair(coding: object) -> tuple[object, object]:
    return str(member(coding, "system")), str(member(coding, "code"))


def _pairs(codings: list[object]) -> set[tuple[object, object]]:
    return {_pair(coding) for coding in codings}


def _value_pair(identifier: object) -> tuple[object, object]:
    return member(identifier, "system"), member(identifier, "value")


def _relative(reference: object, base_url: str) -> object:
    """A reference without the server's own address and without a version."""
    if not isinstance(reference, str):
        return reference
    if base_url:
        reference = reference.removeprefix(base_url.rstrip("/") + "/")
    return reference.split("/_history/")[0]
