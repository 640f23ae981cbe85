"""The two sides of a comparison, brought to one form: the person sought, and the patient known."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from integration.domain.nhs_number import NhsNumber, stands_for_none
from integration.domain.people import Patient, PersonName, Role, Subject
from integration.matching.spelling import house, phone, postcode, words

Words = tuple[str, ...]
Home = tuple[str, str]  # postcode, and the numbers of house and flat
_HOMES = 8  # people of more homes than that are no household
_FAMILIES = 8  # nor are people of more family names one
_MARKS, _NONE = frozenset("?&+"), frozenset[str]()  # a doubt, and two people in one cell


@dataclass(slots=True)
class Sought:
    """A subject as matching sees them."""

    role: Role
    givens: tuple[Words, ...]  # the first is the primary one; what follows a first word may be a middle name
    families: tuple[Words, ...]
    births: tuple[int, ...]  # proleptic day numbers
    age: int | None
    sex: str | None
    nhs_number: str | None  # its check digit is right
    nhs_as_written: str
    postcodes: tuple[str, ...]
    lines: tuple[str, ...]  # as many as postcodes
    phones: tuple[str, ...]
    today: int
    born_within: tuple[int, int] | None = None  # day numbers: a list gives a year of birth, perhaps with its month
    beside: tuple[Home, ...] = ()  # where the others of the case say that they live
    crowded: frozenset[str] = frozenset()  # postcodes, their own or of those, at which very many patients live
    of_many: frozenset[str] = frozenset()  # fields whose number is left out, for many patients have it
    in_company: bool = False  # whether the list gives family names of others of the case
    families_beside: Mapping[str, Sequence[Words]] = field(default_factory=dict)  # those not theirs too, by letter
    marks: frozenset[str] = frozenset()  # of _MARKS, that stand in the names

    @classmethod
    def of_case(cls, subjects: Sequence[Subject], today: date) -> list[Sought]:
        """The people of one case: where one lives may be where to find another, and by what family name."""
        people = [cls.from_subject(subject, today) for subject in subjects]
        if len(people) == 1:
            return people  # nobody is beside them
        families = dict.fromkeys([name for person in people for name in person.families])
        if len(families) <= _FAMILIES:
            for person in people:
                person.in_company = any(other.families for other in people if other is not person)
                person.families_beside = _by_letter([name for name in families if name not in person.families])
        homes = dict.fromkeys([home for person in people for home in person.homes()])
        if len(homes) <= _HOMES:
            for person in people:
                own = person.homes()
                person.beside = tuple([home for home in homes if home not in own])
        return people

    @classmethod
    def from_subject(cls, subject: Subject, today: date) -> Sought:
        number, digits, born_in = None, "", subject.born_in
        if subject.nhs_number:
            number = NhsNumber.from_text(subject.nhs_number)
            digits = "".join([c for c in subject.nhs_number if c.isdigit()])
        return cls(  # in the order of its fields: by name it takes twice as long
            subject.role,
            _several([words(name.given) for name in subject.names]),
            _families(subject.names),
            tuple([birth.toordinal() for birth in subject.births]),
            subject.age,
            subject.sex._value_ if subject.sex else None,
            number.value if number else None,
            "" if stands_for_none(digits) else digits,
            tuple([postcode(address.postcode or "") for address in subject.addresses]),
            tuple([address.line for address in subject.addresses]),
            tuple([digits for digits in map(phone, subject.phones) if digits]),
            today.toordinal(),
            born_within=(born_in.first.toordinal(), born_in.last.toordinal()) if born_in else None,
            marks=_marks(subject.names),
        )

    def homes(self) -> list[Home]:
        """Where the list says that they live, to the house."""
        stated = zip(self.postcodes, self.lines, strict=True)
        return [(code, number) for code, line in stated if code and (number := house(line))]

    def says_enough(self) -> bool:
        """Whether there is enough to look for: two names or a number, or one name with something that narrows it.

        Two initials are no two names: whoever is looked for by them alone would be told to be nobody's patient.
        """
        if self.nhs_number:
            return True
        if (
            self.families
            and self.givens
            and any(len(word) > 1 for name in self.families + self.givens for word in name)
        ):
            return True
        return bool(self.births and (self.families or self.givens)) or any(self.postcodes) or bool(self.phones)


def home_at(line: str, postcode: str) -> Home | None:
    """A home to the house; None where the address cannot say."""
    number = house(line) if postcode else ""
    return (postcode, number) if number else None


class Named(NamedTuple):
    """What a patient is called: all that comparing names needs."""

    given: Words
    middle: Words
    family: Words
    other_families: tuple[Words, ...]
    other_givens: tuple[Words, ...]


class Dwelling(NamedTuple):
    """Where a patient lives, and the postcodes where they lived: all that comparing addresses needs."""

    line: str
    postcode: str
    previous: tuple[str, ...]

    def home(self) -> Home | None:
        return home_at(self.line, self.postcode)


@dataclass(slots=True)
class Known:
    """A patient as matching sees them."""

    pid: int
    local_id: str
    nhs_number: str | None
    given: Words
    middle: Words
    family: Words
    other_families: tuple[Words, ...]
    other_givens: tuple[Words, ...]
    birth: int | None
    sex: str | None
    line: str
    postcode: str
    previous: tuple[str, ...]  # postcodes
    phone: str
    deceased: bool
    restricted: bool
    disputed: bool
    other_births: tuple[int, ...] = ()  # hardly anybody's: a record's rows contradict each other, or it was merged
    other_numbers: tuple[str, ...] = ()  # NHS numbers, as above
    of_many: frozenset[str] = frozenset()  # postcodes and telephones that very many patients share

    def is_adult(self, today: int, years: int) -> bool:
        """Whether they are so old."""
        return self.birth is not None and today - self.birth > years * 365.2425

    def home(self) -> Home | None:
        """Where they live, to the house; None where the index cannot say."""
        return home_at(self.line, self.postcode)

    @classmethod
    def from_patient(cls, patient: Patient, pid: int) -> Known:
        current = patient.addresses[0] if patient.addresses else None
        return cls(
            pid=pid,
            local_id=patient.local_id,
            nhs_number=patient.nhs_number,
            given=words(patient.name.given) if patient.name else (),
            middle=words(patient.middle),
            family=words(patient.name.family) if patient.name else (),
            other_families=_several(words(name.family) for name in patient.other_names),
            other_givens=_several(words(name.given) for name in patient.other_names),
            birth=patient.birth.toordinal() if patient.birth else None,
            sex=patient.sex.value if patient.sex else None,
            line=current.line if current else "",
            postcode=postcode(current.postcode or "") if current else "",
            previous=tuple(p for p in (postcode(a.postcode or "") for a in patient.addresses[1:]) if p),
            phone=phone(patient.phone or ""),
            deceased=patient.deceased,
            restricted=patient.restricted,
            disputed=patient.disputed,
            other_births=tuple(birth.toordinal() for birth in patient.other_births),
            other_numbers=patient.other_numbers,
        )


def _marks(names: Iterable[PersonName]) -> frozenset[str]:
    odd = [part for name in names for part in (name.given, name.family) if not part.isalpha()]  # quick to see
    return _MARKS.intersection("".join(odd)) if odd else _NONE


def _by_letter(names: Iterable[Words]) -> dict[str, list[Words]]:
    """The names under the first letter of each of their words."""
    found: dict[str, list[Words]] = {}
    for name in names:
        for letter in {word[0] for word in name}:
            found.setdefault(letter, []).append(name)
    return found


def _families(names: Sequence[PersonName]) -> tuple[Words, ...]:
    """All family names. One word of an alias may be one too, though it was read as a forename: SMITH, aka Jones."""
    if len(names) == 1:
        return _several([words(names[0].family)])
    alone = [word for name in names[1:] if name.family == names[0].family and len(word := words(name.given)) == 1]
    return _several([*(words(name.family) for name in names), *alone])


def _several(names: Iterable[Words]) -> tuple[Words, ...]:
    found = [name for name in names if name]
    return tuple(found if len(found) == 1 else dict.fromkeys(found))
