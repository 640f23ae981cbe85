"""Cells about people → drafts of the people in them, with a doubt wherever a cell may mean more than one thing."""

from __future__ import annotations

import re
from collections.abc import Hashable
from dataclasses import dataclass, field
from datetime import date
from typing import assert_never

from integration.domain.explanation import Source
from integration.domain.people import Address, BirthYear, PersonName, Role, Sex
from mappings.case_lists.addresses import POSTCODE, looks_like_an_address, read_addresses
from mappings.case_lists.births import COMPACT, DATE, Unreadable, age_told, date_of, is_vague_age
from mappings.case_lists.content import squeeze
from mappings.case_lists.doubts import Doubt
from mappings.case_lists.facts import (
    Age,
    Birth,
    Break,
    Fact,
    Label,
    Nhs,
    Phone,
    RoleStated,
    SexStated,
    Text,
    facts_of,
)
from mappings.case_lists.headings import Heading, Sense
from mappings.case_lists.names import (
    ALIAS,
    is_plainly_a_name,
    looks_like_a_name,
    read_alias,
    read_name,
)
from mappings.case_lists.remarks import Remark
from mappings.case_lists.stretches import people_in
from mappings.case_lists.vocabulary import Field, Vocabulary, words_of


@dataclass(slots=True)
class Draft:
    """Somebody as far as the cells have told; `where` is the cell that names them."""

    role: Role | None
    where: str = ""
    row: int | None = None
    names: list[PersonName] = field(default_factory=list, repr=False)
    births: list[date] = field(default_factory=list, repr=False)
    age: int | None = field(default=None, repr=False)
    sex: Sex | None = field(default=None, repr=False)
    nhs_number: str | None = field(default=None, repr=False)
    addresses: list[Address] = field(default_factory=list, repr=False)
    phones: list[str] = field(default_factory=list, repr=False)
    born_in: BirthYear | None = field(default=None, repr=False)
    sources: dict[tuple[str, Hashable], tuple[Source, ...]] = field(default_factory=dict, repr=False, compare=False)

    @property
    def is_dated(self) -> bool:
        return bool(self.births or self.born_in) or self.age is not None

    @property
    def has_facts(self) -> bool:
        return bool(self.is_dated or self.nhs_number or self.addresses or self.phones)

    def add_birth(self, born: date) -> None:
        if born not in self.births:
            self.births.append(born)

    def add_age(self, told: int | BirthYear) -> None:
        """The first that is told of either counts."""
        if isinstance(told, BirthYear):
            self.born_in = self.born_in or told
        elif self.age is None:
            self.age = told

    def add_address(self, address: Address) -> None:
        if address not in self.addresses:
            self.addresses.append(address)


@dataclass(slots=True)
class Found:
    """The people of one cell, and what is doubtful about it."""

    people: list[Draft] = field(default_factory=list, repr=False)
    doubts: list[Doubt] = field(default_factory=list)
    remarks: set[Remark] = field(default_factory=set)

    def doubt(self, doubt: Doubt) -> None:
        if doubt not in self.doubts:
            self.doubts.append(doubt)


@dataclass(slots=True)
class CellReader:
    """Reads one cell about people of one role, fact by fact."""

    vocabulary: Vocabulary
    today: date
    role: Role | None
    heading: Heading
    found: Found = field(default_factory=Found)
    label: Field | None = None
    skipping: bool = False
    after_address: bool = False
    begun: bool = True  # at the start of a line, where somebody else may begin

    def read(self, text: str) -> Found:
        facts = facts_of(text, self.vocabulary, self.today, children=self.role is Role.CHILD)
        for at, fact in enumerate(facts):
            self._take(fact, facts[at + 1 :])
        self._check_births()
        if self.role is Role.CHILD and not self.found.people and Doubt.NAME_MISSING in self.found.doubts:
            self.found.doubts.remove(Doubt.NAME_MISSING)  # "2, aged 5 and 3": children whom the list does not name
        return self.found

    @property
    def current(self) -> Draft | None:
        return self.found.people[-1] if self.found.people else None

    def _take(self, fact: Fact, following: list[Fact]) -> None:
        match fact:
            case Break():
                self.label, self.skipping, self.begun = None, False, True
                return
            case Label(heading):
                self._take_label(heading)
            case RoleStated(role):
                self._take_role(role)
            case Text(text):
                if not self.skipping:
                    self._take_text(text, following)
            case _:
                if not self.skipping:
                    self._take_detail(fact)
                self.after_address = False
        self.begun = False

    def _take_label(self, heading: Heading) -> None:
        fields = heading.fields - {Field.ROW_ID, Field.CASE_REF}
        self.skipping = (
            heading.sense is Sense.IGNORED
            or not fields
            or bool(fields & {Field.RELATIONSHIP, Field.RELATIONSHIP_TO_PERPETRATOR, Field.REPEAT, Field.ROLE})
        )
        self.label = next(iter(sorted(fields)), None) if not self.skipping else None
        if heading.role is not None:
            self._take_role(heading.role)

    def _take_role(self, role: Role) -> None:
        """A role inside a cell must be the role that the heading gives."""
        if self.role is not None and role is not self.role:
            self.found.doubt(Doubt.ROLE_CONTRADICTED)

    def _take_detail(self, fact: Birth | Age | Nhs | Phone | SexStated) -> None:
        person = self.current
        if person is None:
            self.found.doubt(Doubt.NAME_MISSING)
            return
        match fact:
            case Birth() | Age():
                self._take_time(person, fact)
            case Nhs(number):
                if person.nhs_number not in (None, number):
                    self.found.doubt(Doubt.NHS_NUMBERS_DIFFER)
                person.nhs_number = number
            case Phone(number):
                person.phones.append(number)
            case SexStated(sex):
                person.sex = sex
            case _ as unreachable:
                assert_never(unreachable)

    def _take_time(self, person: Draft, fact: Birth | Age) -> None:
        told = fact.born if isinstance(fact, Birth) else fact.age
        if isinstance(told, Unreadable):
            self.found.doubt(Doubt.BIRTH_UNCLEAR)
        elif isinstance(told, date):
            person.add_birth(told)
        else:
            person.add_age(told)

    def _take_text(self, text: str, following: list[Fact]) -> None:
        if self._means_nothing(text):
            return
        if self.label is not None and self._take_labelled(self.label, text, following):
            return
        text, remark = self._without_role_remark(text)
        if remark and self._means_nothing(text):
            return
        person = self.current
        marked = ALIAS.match(text)
        if marked is not None and person is not None and not text[marked.end() :].strip():
            return
        if marked is not None and person is not None and person.names:
            person.names += self._aliases(text, person.names[0])
        elif self._is_address(text):
            self._take_address(text)
        elif self._is_somebody(text, following):
            self._take_names(text, following)
        else:
            self._take_rest(text)

    def _means_nothing(self, text: str) -> bool:
        words = words_of(text)
        known = words in self.vocabulary.remarks or words in self.vocabulary.filler
        known = known or (self.role is Role.CHILD and self.vocabulary.names_a_school(text))
        known = known or (self.role is Role.CHILD and text.strip(" .").casefold() in ("y", "n"))
        if self.role is Role.CHILD and any(word.isdigit() for word in words):
            rest = tuple(word for word in words if not word.isdigit() and word != "x")
            known = known or not rest or rest in self.vocabulary.roles
        return known or self.vocabulary.says_nothing(text)

    def _without_role_remark(self, text: str) -> tuple[str, bool]:
        """ "Tom (child)": the remark is checked against the heading and left off."""
        for content in re.findall(r"\(([^()]*)\)", text):
            role = self.vocabulary.roles.get(words_of(content))
            if role is not None:
                self._take_role(role)
                return text.replace(f"({content})", " ").strip(), True
        return text, False

    def _take_labelled(self, label: Field, text: str, following: list[Fact]) -> bool:
        """Text after a label of its own; True if the label said what it is."""
        person = self.current
        self.label = None
        if label in (Field.ADDRESS, Field.POSTCODE) and person is not None:
            self._take_address(text)
        elif label is Field.AKA and person is not None and person.names:
            person.names += self._aliases(text, person.names[0])
        elif label in (Field.FAMILY, Field.GIVEN) and person is not None and len(person.names) == 1:
            person.names = [_completed(person.names[0], label, text)]
        elif label in (Field.NAME, Field.PERSON, Field.FAMILY, Field.GIVEN):
            if self._is_address(text):
                return False
            self._take_names(text, following)
        elif label in (Field.BIRTH, Field.AGE):
            return person is not None and self._take_labelled_time(person, text)
        else:
            return label in (Field.NHS_NUMBER, Field.PHONE, Field.SEX) and self._unclear()
        return True

    def _take_labelled_time(self, person: Draft, text: str) -> bool:
        """After "DOB:" or "Age:" what is neither a date nor an age in words: "approx 40", "1984", "19841203"."""
        compact = COMPACT.fullmatch(text)
        born = date_of(match, self.today) if compact and (match := DATE.fullmatch("-".join(compact.groups()))) else None
        age = age_told(text, self.today)
        if isinstance(born, date):
            person.add_birth(born)
        elif age is not None:
            person.add_age(age)
        elif is_vague_age(text):
            self.found.remarks.add(Remark.VAGUE_AGE)
        return isinstance(born, date) or age is not None or is_vague_age(text)

    def _unclear(self) -> bool:
        self.found.doubt(Doubt.DETAIL_UNCLEAR)
        return True

    def _is_address(self, text: str) -> bool:
        if is_plainly_a_name(text, self.vocabulary) and not POSTCODE.search(text):
            return False
        if self.current is None and not any(char.isdigit() for char in text):
            return False  # the first words of a cell are a name, be it of a street
        return looks_like_an_address(text, self.vocabulary) and self._name_before_address(text) is None

    def _name_before_address(self, text: str) -> tuple[str, str] | None:
        """ "John SMITH, 12 High Street": a name and an address in one line."""
        parts = text.split(",")
        for count in (2, 1):
            name, rest = ",".join(parts[:count]).strip(), ",".join(parts[count:]).strip()
            plain = is_plainly_a_name(name, self.vocabulary) or (
                count == 1 and self.current is None and looks_like_a_name(name, self.vocabulary)
            )
            if rest and plain and looks_like_an_address(rest, self.vocabulary):
                return name, rest
        cut = re.search(r"(?<=[^\W\d_])\s+(?:-\s+)?(?=\d|flat\b|apartment\b)", text, re.IGNORECASE)
        if cut and is_plainly_a_name(text[: cut.start()], self.vocabulary):
            return text[: cut.start()], text[cut.end() :]
        return None

    def _take_address(self, text: str) -> None:
        person = self.current
        if person is None:
            self.found.doubt(Doubt.NAME_MISSING)
            return
        joined = text
        if self.after_address and person.addresses and person.addresses[-1].postcode is None:
            joined = f"{person.addresses.pop().line}, {text}"
        for address in read_addresses(joined, self.vocabulary):
            person.add_address(address)
        self.after_address = True

    def _is_somebody(self, text: str, following: list[Fact]) -> bool:
        """Whether text begins a person: it says so itself, it opens the cell, or a date of birth follows it."""
        plain = is_plainly_a_name(_head(text), self.vocabulary)
        if self.after_address and not plain and not _birth_follows(following):
            return False
        if self.current is None or plain:
            return True
        name_like = all(
            looks_like_a_name(_head(part), self.vocabulary)
            for part in people_in(text, self.vocabulary)
            if not self._means_nothing(part)
        )
        return name_like and (_birth_follows(following) or (self.begun and self.role is Role.CHILD))

    def _take_rest(self, text: str) -> None:
        """Text that is nobody: the rest of an address, or a remark about something that is nothing to us."""
        person = self.current
        words = words_of(text)
        if self.after_address and person is not None and looks_like_a_name(text, self.vocabulary) and len(words) <= 3:
            self._take_address(text)
        elif not any(words[at : at + size] in self.vocabulary.ignored for at in range(len(words)) for size in (1, 2)):
            self.found.doubt(Doubt.DETAIL_UNCLEAR)

    def _take_names(self, text: str, following: list[Fact]) -> None:
        both = self._name_before_address(text)
        if both is not None:
            self._take_names(both[0], following)
            self._take_address(both[1])
            return
        for part in people_in(text, self.vocabulary):
            if self._means_nothing(part):
                continue
            if self.role is Role.CHILD and not _birth_follows(following):
                self._check_childs_name(part)
            read = read_name(part, self.vocabulary, family_first=self.heading.family_first)
            if read is None or not _NAMELIKE.search(part):
                self.found.doubt(Doubt.NAME_UNCLEAR)
                continue
            alone_child = self.role is Role.CHILD and not read.names[0].family
            if not (read.certain or alone_child):
                self.found.doubt(Doubt.NAME_UNCLEAR if len(read.names) == 1 else Doubt.NAMES_UNCLEAR)
            if any(char.isdigit() for char in part) or "@" in part:
                self.found.doubt(Doubt.NAME_UNCLEAR)
            self.found.people.append(Draft(self.role, names=list(read.names)))
        self.after_address = False

    def _check_childs_name(self, text: str) -> None:
        """A child without a birth is known by its name alone, and many a remark looks like one."""
        if _TWO_WORDS.fullmatch(text):
            self.found.doubt(Doubt.NAMES_UNCLEAR)  # "Smith, Tom", or two first names
        words = words_of(text)
        says = all(self.vocabulary.knows(word) or word in self.vocabulary.plain for word in words)  # "Police"
        names_a_role = any((word,) in self.vocabulary.roles for word in words)  # "See perpetrator"
        if names_a_role or (says and text.casefold() not in _ALSO_NAMES):
            self.found.doubt(Doubt.NAME_UNCLEAR)

    def _aliases(self, text: str, primary: PersonName) -> list[PersonName]:
        read = read_alias(text, primary, self.vocabulary)
        if not read.certain:
            self.found.doubt(Doubt.NAME_UNCLEAR)
        return [name for name in read.names if name != primary]

    def _check_births(self) -> None:
        """Two people, and one of them has both dates: they were meant for both."""
        people = self.found.people
        if len(people) > 1 and any(len(p.births) > 1 for p in people) and any(not p.births for p in people):
            self.found.doubt(Doubt.BIRTHS_DO_NOT_PAIR)


_ALSO_NAMES = ("april", "may", "june")
_NAMELIKE = re.compile(r"[^\W\d_]")
_TWO_WORDS = re.compile(r"[^\W\d_][^\W\d_A-Z]+,\s*[^\W\d_][^\W\d_A-Z]+")


def _head(text: str) -> str:
    """A name without what is said of it: the brackets and aliases behind it."""
    marker = ALIAS.search(text)
    cut = marker.start() if marker is not None and marker.start() > 0 else len(text)
    return re.sub(r"\([^()]*\)", " ", text[:cut]).strip(" ,;(")


def _birth_follows(following: list[Fact]) -> bool:
    for fact in following:
        if isinstance(fact, Birth | Age):
            return True
        if isinstance(fact, Text):
            return False
    return False


def _completed(name: PersonName, label: Field, text: str) -> PersonName:
    """A name of which one half had a label of its own, now with the other half."""
    word = squeeze(text)
    half = name.given or name.family
    return PersonName(word, half) if label is Field.FAMILY else PersonName(half, word)


def read_people(text: str, vocabulary: Vocabulary, today: date, *, role: Role | None, heading: Heading) -> Found:
    """The people in one cell, with everything that the cell says of them."""
    return CellReader(vocabulary, today, role, heading).read(text)
