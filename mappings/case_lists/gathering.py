"""What has been gathered of a document so far: cases, meetings named, and problems with their places."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from integration.domain.case_list import Case, Problem
from integration.domain.explanation import Explained
from integration.domain.people import Address, PersonName, Role, Subject
from mappings.case_lists.doubts import Doubt
from mappings.case_lists.people import Draft, Found
from mappings.case_lists.sources import explained
from mappings.case_lists.vocabulary import Vocabulary

LONGEST_REF, LONGEST_NAME, LONGEST_LINE, LONGEST_NUMBER, MOST_DETAILS = 60, 120, 400, 20, 20


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where somebody stands in the order of the document; `plain` if the list says there to which case they belong."""

    number: int
    role: Role
    where: str
    plain: bool = False


@dataclass(slots=True)
class CaseDraft:
    """One case as far as it has been read."""

    ref: str = field(repr=False)
    today: date
    where: str = ""
    repeat: bool | None = None
    people: list[Draft] = field(default_factory=list, repr=False)
    below: list[Place] = field(default_factory=list, repr=False)  # who stands below since its reference was last told
    asked_repeat: str = ""  # where a label has asked since then whether it is one

    def add(self, draft: Draft, place: Place | None = None) -> None:
        """Add somebody, unless the same person stands there already: rows repeat a victim for each perpetrator."""
        for known in self.people:
            if _same_person(known, draft, self.today):
                _merge(known, draft)
                return
        self.people.append(draft)
        if place is not None:
            self.below.append(place)


def _same_person(one: Draft, other: Draft, today: date) -> bool:
    """Whether two rows describe one person: mother and daughter may bear one name, in one home and in one role."""
    if one.role is not other.role or one.names[:1] != other.names[:1]:
        return False
    if one.births and other.births and not set(one.births) & set(other.births):
        return False
    if one.nhs_number and other.nhs_number and _digits(one.nhs_number) != _digits(other.nhs_number):
        return False
    ages, others = _ages(one, today), _ages(other, today)
    if ages and others and min(abs(a - b) for a in ages for b in others) > 1:  # there was a birthday since
        return False
    return not (one.sex and other.sex and one.sex is not other.sex)


def _ages(person: Draft, today: date) -> list[int]:
    ages = [today.year - born.year - ((today.month, today.day) < (born.month, born.day)) for born in person.births]
    if person.born_in:
        ages += [today.year - person.born_in.year - 1, today.year - person.born_in.year]
    return ages if person.age is None else [*ages, person.age]


def _digits(number: str) -> str:
    return "".join(filter(str.isdigit, number))


def _merge(known: Draft, again: Draft) -> None:
    known.names += [name for name in again.names if name not in known.names]
    for born in again.births:
        known.add_birth(born)
    for address in again.addresses:
        known.add_address(address)
    known.phones += [phone for phone in again.phones if phone not in known.phones]
    known.age = known.age if known.age is not None else again.age
    known.born_in = known.born_in or again.born_in
    known.sex = known.sex or again.sex
    known.nhs_number = known.nhs_number or again.nhs_number
    known.sources = again.sources | known.sources


@dataclass(slots=True)
class Gathering:
    """The growing result of reading one document."""

    vocabulary: Vocabulary
    today: date
    cases: dict[str, CaseDraft] = field(default_factory=dict, repr=False)
    problems: dict[Problem, None] = field(default_factory=dict)  # in order, each once
    areas: list[tuple[str, str]] = field(default_factory=list, repr=False)
    dates: list[tuple[date, str]] = field(default_factory=list)
    remarks: list[Problem] = field(default_factory=list)
    passed_over: list[str] = field(default_factory=list)  # places of columns whose heading names a role, and no more
    roles_told: set[Role] = field(default_factory=set)  # by headings, labels or role cells, whether or not filled in
    current: CaseDraft | None = None
    places: int = 0

    def place(self, role: Role | None, where: str, *, plain: bool = False) -> Place:
        """The next place in the document at which somebody stands."""
        self.places += 1
        return Place(self.places, role or Role.OTHER, where, plain)

    def case(self, ref: str, where: str) -> CaseDraft:
        """The case with this reference, opened if it is new; it becomes the current one."""
        whole = " ".join(ref.split())
        key = whole.casefold()
        if key not in self.cases:
            self.cases[key] = CaseDraft(whole[:LONGEST_REF], self.today, where)
            if len(whole) > LONGEST_REF:
                self.doubt(Doubt.ROW_UNCLEAR, where)
        self.current = self.cases[key]
        self.current.below, self.current.asked_repeat = [], ""
        return self.current

    def doubt(self, doubt: Doubt, where: str, case: CaseDraft | None = None) -> None:
        """Something a person must settle: of the case if one is given, else of the whole document."""
        self.problems.setdefault(Problem(where, doubt.value, case.ref if case is not None else None))

    def note(self, found: Found, where: str, case: CaseDraft) -> None:
        """What is doubtful of people that belong to a case, and what is only worth knowing."""
        place = found.people[0].where if found.people else where
        for doubt in found.doubts:
            self.doubt(doubt, place, case)
        self.remarks += [Problem(place, remark.value, case.ref) for remark in sorted(found.remarks)]

    def finished_cases(self) -> tuple[Case, ...]:
        """The cases as values; each person has a role by now, or is left out with a problem on record."""
        return tuple(Case(draft.ref, tuple(_subjects(draft.people)), draft.repeat) for draft in self.cases.values())

    def explanations(self) -> tuple[Explained, ...]:
        """Where every value of the finished cases came from."""
        return tuple(
            one
            for number, case in enumerate(self.cases.values())
            for at, (draft, subject) in enumerate(zip(_kept(case.people), _subjects(case.people), strict=True))
            for one in explained(number, at, draft, subject)
        )

    def check_cases(self) -> None:
        """Doubts that only a whole case shows."""
        for draft in self.cases.values():
            for person in draft.people:
                if _shorten(person):
                    self.doubt(Doubt.DETAIL_UNCLEAR, person.where, draft)
            roles = [person.role for person in draft.people]
            if not draft.people:
                self.doubt(Doubt.NOBODY_NAMED, draft.where, draft)
            elif Role.VICTIM not in roles:
                self.doubt(Doubt.NO_VICTIM, draft.where, draft)
            elif roles.count(Role.VICTIM) > 1 and Role.PERPETRATOR not in roles:
                self.doubt(Doubt.VICTIMS_ALONE, draft.where, draft)  # one of them stood under a lost heading
            if _both_roles(draft.people):
                self.doubt(Doubt.BOTH_ROLES, draft.where, draft)


def _kept(people: Iterable[Draft]) -> list[Draft]:
    return [person for person in people if person.role is not None and person.names]


def _subjects(people: Iterable[Draft]) -> Iterable[Subject]:
    for person in _kept(people):
        assert person.role is not None
        yield Subject(
            role=person.role,
            names=tuple(person.names),
            births=tuple(person.births),
            age=person.age,
            sex=person.sex,
            nhs_number=person.nhs_number,
            addresses=tuple(person.addresses),
            phones=tuple(person.phones),
            where=person.where,
            row=person.row,
            born_in=person.born_in,
        )


def _shorten(person: Draft) -> bool:
    """Cut what no name, address or number is as long as; True if something was cut, for it was something else."""
    before = (list(person.names), list(person.addresses), list(person.phones), person.nhs_number, len(person.births))
    person.names = [
        PersonName(name.family[:LONGEST_NAME], name.given[:LONGEST_NAME]) for name in person.names[:MOST_DETAILS]
    ]
    person.addresses = [Address(a.line[:LONGEST_LINE], a.postcode) for a in person.addresses[:MOST_DETAILS]]
    person.phones = [phone[:LONGEST_NUMBER] for phone in person.phones[:MOST_DETAILS]]
    person.nhs_number = person.nhs_number[:LONGEST_NUMBER] if person.nhs_number is not None else None
    person.births = person.births[:MOST_DETAILS]
    return before != (person.names, person.addresses, person.phones, person.nhs_number, len(person.births))


def _both_roles(people: list[Draft]) -> bool:
    victims = [person for person in people if person.role is Role.VICTIM]
    perpetrators = [person for person in people if person.role is Role.PERPETRATOR]
    return any(
        one.names[0].family.casefold() == other.names[0].family.casefold()
        and one.names[0].given.casefold() == other.names[0].given.casefold()
        and (one.births == other.births or not (one.births and other.births))
        for one in victims
        for other in perpetrators
    )
