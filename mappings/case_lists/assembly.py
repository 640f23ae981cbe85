"""Columns about the same person put together: names from one cell, births from the next, addresses from a third."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from integration.domain.people import BirthYear, PersonName, Role, Sex
from mappings.case_lists.addresses import POSTCODE, postcode_of, read_addresses
from mappings.case_lists.births import (
    AGE,
    COMPACT,
    DATE,
    Unreadable,
    age_of,
    age_told,
    date_of,
    from_native,
    from_number,
    is_baby,
    is_vague_age,
    without_about,
)
from mappings.case_lists.content import squeeze
from mappings.case_lists.doubts import Doubt
from mappings.case_lists.headings import Heading, Sense
from mappings.case_lists.names import is_caps, read_alias, read_name
from mappings.case_lists.people import Draft, Found, read_people
from mappings.case_lists.remarks import Remark, tells_of_somebody_unnamed
from mappings.case_lists.sources import Told, credit
from mappings.case_lists.vocabulary import Field, Vocabulary, words_of

Cells = Mapping[Field, Sequence[Told]]


@dataclass(slots=True)
class Assembly:
    """Puts the people of one role in one row together."""

    vocabulary: Vocabulary
    today: date
    role: Role | None
    cells: Cells = field(repr=False)
    found: Found = field(default_factory=Found)

    def people(self) -> Found:
        self._read_names()
        self._note_the_unnamed()
        if not self.found.people:
            self._check_nobody()
            return self.found
        self._add_aliases()
        self._credit(Field.AKA)
        self._add_births(Field.BIRTH)
        self._credit(Field.BIRTH)
        self._add_births(Field.AGE)
        self._credit(Field.AGE)
        self._add_sex()
        self._credit(Field.SEX)
        self._add_numbers()
        self._add_phones()
        self._add_addresses()
        self._credit(Field.ADDRESS, Field.POSTCODE)
        return self.found

    def _credit(self, *fields: Field) -> None:
        """What has been added since the last time came from the cells of these fields."""
        credit(self.found.people, [told for wanted in fields for told in self.cells.get(wanted, ())])

    def _texts(self, wanted: Field) -> list[str]:
        """What the cells of a field say, those left out that say nothing."""
        told = [cell.cell.text for cell in self.cells.get(wanted, ())]
        return [text for text in told if not self.vocabulary.says_nothing(text)]

    # --- names

    def _read_names(self) -> None:
        for wanted in (Field.PERSON, Field.NAME):
            for told in self.cells.get(wanted, ()):
                if self.vocabulary.says_nothing(told.cell.text):
                    continue
                text = self._unstacked(told.cell.text) if wanted is Field.NAME else told.cell.text
                read = read_people(text, self.vocabulary, self.today, role=self.role, heading=told.heading)
                self._take(read, told)
        if not self.found.people:
            self._read_halves()
        elif not self._halves_agree():
            self.found.doubt(Doubt.NAMES_UNCLEAR)

    def _note_the_unnamed(self) -> None:
        named = bool(self.found.people)
        halves = () if named else (Field.FAMILY, Field.GIVEN)
        for wanted in (Field.PERSON, Field.NAME, *halves) if self.role in (Role.VICTIM, Role.PERPETRATOR) else ():
            beside = named and wanted is Field.PERSON
            for told in self.cells.get(wanted, ()):
                if tells_of_somebody_unnamed(told.cell.text, self.vocabulary, beside_others=beside):
                    self.found.remarks.add(Remark.UNNAMED)

    def _halves_agree(self) -> bool:
        """Whether a surname or forename beside a whole name is part of it, and of nobody else."""
        whole = {word for one in self.found.people for n in one.names for word in words_of(f"{n.given} {n.family}")}
        halves = [text for wanted in (Field.FAMILY, Field.GIVEN) for text in self._texts(wanted)]
        return all(set(words_of(text)) <= whole for text in halves)

    def _take(self, read: Found, told: Told) -> None:
        for person in read.people:
            person.where = told.cell.where
            self.found.people.append(person)
        credit(read.people, [told])
        for doubt in read.doubts:
            self.found.doubt(doubt)
        self.found.remarks |= read.remarks

    def _unstacked(self, text: str) -> str:
        """A name cell whose two lines are one name: SMITH over Jane."""
        lines = [line.strip() for line in text.split("\n") if line.strip()]
        births = [told.cell.text for told in self.cells.get(Field.BIRTH, ())]
        if len(lines) != 2 or any(len(birth.strip().split("\n")) > 1 for birth in births):
            return text
        first, second = lines
        if len(first.split()) == 1 and len(second.split()) == 1 and self.role is not Role.CHILD:
            if is_caps(first.strip(",")) == is_caps(second):
                self.found.doubt(Doubt.NAMES_UNCLEAR)
                return text
            return f"{first} {second}"
        if len(second.split()) == 1 and is_caps(second) and not any(is_caps(word) for word in first.split()):
            return f"{first} {second}"
        return text

    def _read_halves(self) -> None:
        """Surname and forenames in columns of their own; as many lines in each if there are several people."""
        families, given = self._halves(Field.FAMILY), self._halves(Field.GIVEN)
        middles = self._halves(Field.MIDDLE)
        count = max(len(families), len(given))
        if families and given and len(families) != len(given):
            self.found.doubt(Doubt.NAMES_UNCLEAR)
            count = 1
        where = [told.cell for wanted in (Field.FAMILY, Field.GIVEN) for told in self.cells.get(wanted, ())]
        for at in range(count):
            middle = middles[at] if len(middles) == count else ""
            parts = (families[at] if at < len(families) else "", given[at] if at < len(given) else "", middle)
            names = self._from_halves(*parts)
            if names:
                self.found.people.append(Draft(self.role, names=names, where=where[0].where))
        self._credit(Field.FAMILY, Field.GIVEN, Field.MIDDLE)

    def _halves(self, wanted: Field) -> list[str]:
        text = "\n".join(told.cell.text for told in self.cells.get(wanted, ()))
        return [line.strip() for line in re.split(r"[\n;]", text) if line.strip()]

    def _from_halves(self, family: str, given: str, middle: str) -> list[PersonName]:
        if all(self.vocabulary.says_nothing(part) for part in (family, given, middle)):
            return []
        family = "" if self._names_nobody(family) else squeeze(family)
        joined = squeeze(" ".join(part for part in (given, middle) if not self._names_nobody(part)))
        if re.search(r"[()/\"]|\b(?:aka|n[eé]e|alias)\b", f"{family} {joined}", re.IGNORECASE):
            read = read_name(f"{family}, {joined}" if family and joined else family or joined, self.vocabulary)
            if read is not None:
                if not read.certain:
                    self.found.doubt(Doubt.NAME_UNCLEAR)
                return list(read.names)
        whole = f"{family} {joined}"
        if re.search(r"[\d@&+:]|\band\b", whole, re.IGNORECASE) or words_of(whole) in self.vocabulary.roles:
            self.found.doubt(Doubt.NAME_UNCLEAR)
        return [PersonName(self._untitled(family), self._untitled(joined))]

    def _names_nobody(self, half: str) -> bool:
        """Whether half a name says that there is none; beside another half, "Na" written as a name is one."""
        return half.strip() != "Na" and self.vocabulary.says_nothing(half)

    def _untitled(self, text: str) -> str:
        words = text.strip(" ,.").split()
        while len(words) > 1 and words[0].strip(".").casefold() in self.vocabulary.cells["titles"]:
            words = words[1:]
        return " ".join(words)

    def _check_nobody(self) -> None:
        """Details without a name are somebody whom we may not lose, unless they are those of an unnamed child."""
        if self.found.doubts or self.role is Role.CHILD:
            return
        names = [
            told.cell for wanted in (Field.PERSON, Field.NAME, Field.FAMILY) for told in self.cells.get(wanted, ())
        ]
        stated_unknown = any(not cell.empty for cell in names)
        telling = (Field.BIRTH, Field.NHS_NUMBER) if stated_unknown else tuple(_DETAILS)
        if any(self._texts(wanted) for wanted in telling):
            self.found.doubt(Doubt.NAME_MISSING)

    # --- details

    def _shares(self, text: str) -> list[str] | None:
        """A cell's text divided among the people, line by line; None where it does not divide."""
        count = len(self.found.people)
        if count == 1:
            return [text]
        for parts in (text.split("\n"), [part for part in re.split(r"[\n;]", text) if part.strip()]):
            if len(parts) == count:
                return parts
        return None

    def _add_aliases(self) -> None:
        for told in self.cells.get(Field.AKA, ()):
            if self.vocabulary.says_nothing(told.cell.text):
                continue
            shares = self._shares(told.cell.text)
            if shares is None:
                self.found.doubt(Doubt.DETAILS_DO_NOT_PAIR)
                continue
            kind = "birth_name" if {"nee", "maiden", "birth"} & set(words_of(told.heading.text)) else ""
            for person, share in zip(self.found.people, shares, strict=True):
                for line in re.split(r"[\n;]", share):
                    read = read_alias(line, person.names[0], self.vocabulary, kind)
                    person.names += [name for name in read.names if name not in person.names]

    def _add_births(self, wanted: Field) -> None:
        for told in self.cells.get(wanted, ()):
            native = told.cell.value
            if native is not None and len(self.found.people) == 1:
                self._add_native(self.found.people[0], native, wanted)
            elif not self.vocabulary.says_nothing(told.cell.text) or self._is_nought(told.cell.text, wanted):
                self._add_written_births(told.cell.text, wanted)

    def _is_nought(self, text: str, wanted: Field) -> bool:
        """Whether "0" is a baby's age; of anybody else it says that the age is not known."""
        return wanted is Field.AGE and self.role is Role.CHILD and text.strip() == "0"

    def _add_native(self, person: Draft, native: date | float, wanted: Field) -> None:
        if isinstance(native, date):
            person.add_birth(from_native(native))
            return
        number: date | int | BirthYear | Unreadable | None = from_number(native, self.today)
        if isinstance(number, Unreadable) and wanted is Field.BIRTH:
            number = age_told(f"{native:g}", self.today)
        if number is None or isinstance(number, Unreadable):
            self.found.doubt(Doubt.BIRTH_UNCLEAR)
        elif isinstance(number, date):
            person.add_birth(number)
        elif isinstance(number, BirthYear):
            person.add_age(number)
        else:
            person.age = number
        if wanted is Field.AGE and not isinstance(number, int):
            self.found.doubt(Doubt.BIRTH_UNCLEAR)

    def _add_written_births(self, text: str, wanted: Field) -> None:
        shares = self._shares(text)
        if shares is None:
            facts = [match[0] for match in DATE.finditer(text)]
            if len(facts) != len(self.found.people):
                self.found.doubt(Doubt.BIRTHS_DO_NOT_PAIR)
                return
            shares = facts
        for person, share in zip(self.found.people, shares, strict=True):
            self._add_birth_text(person, share, wanted)

    def _add_birth_text(self, person: Draft, text: str, wanted: Field) -> None:
        rest = text
        for match in DATE.finditer(text):
            born = date_of(match, self.today)
            rest = rest.replace(match[0], " ", 1)
            if isinstance(born, Unreadable):
                self.found.doubt(Doubt.BIRTH_UNCLEAR)
            else:
                person.add_birth(born)
        if is_baby(rest):
            person.age = 0
            return
        for age in AGE.finditer(rest):
            years = age_of(age)
            rest = rest.replace(age[0], " ", 1)
            if isinstance(years, Unreadable):
                self.found.doubt(Doubt.BIRTH_UNCLEAR)
            else:
                person.age = years
        self._check_rest_of_birth(person, rest, wanted)

    def _check_rest_of_birth(self, person: Draft, rest: str, wanted: Field) -> None:
        """What is left over must say nothing, or be a bare number."""
        whole = age_told(rest, self.today)
        if whole is not None:
            person.add_age(whole)
            return
        for part in re.split(r"[\n;,/()&]|\s[-\u2013]\s|\bor\b|\band\b", rest):
            bare = without_about(part.strip(" .:-\u2013"))
            words = words_of(bare)
            compact = COMPACT.fullmatch(bare)
            if compact is not None:
                self._add_birth_text(person, f"{compact[1]}-{compact[2]}-{compact[3]}", wanted)
            elif re.fullmatch(r"\d{1,5}(?:\.0)?", bare):
                self._add_native(person, float(bare), wanted)
            elif is_vague_age(bare):
                self.found.remarks.add(Remark.VAGUE_AGE)
            elif not (
                self.vocabulary.says_nothing(bare)
                or words in self.vocabulary.remarks
                or words in self.vocabulary.fields
            ):
                self.found.doubt(Doubt.BIRTH_UNCLEAR)

    def _add_sex(self) -> None:
        for text in self._texts(Field.SEX):
            shares = self._shares(text) or []
            for person, share in zip(self.found.people, shares, strict=False):
                word = share.strip().casefold()
                if word in self.vocabulary.cells["female"]:
                    person.sex = Sex.FEMALE
                elif word in self.vocabulary.cells["male"]:
                    person.sex = Sex.MALE

    def _add_numbers(self) -> None:
        for text in self._texts(Field.NHS_NUMBER):
            shares = self._shares(text)
            if shares is None:
                self.found.doubt(Doubt.DETAILS_DO_NOT_PAIR)
                continue
            for person, share in zip(self.found.people, shares, strict=True):
                self._add_nhs_number(person, share)
        self._credit(Field.NHS_NUMBER)

    def _add_phones(self) -> None:
        for text in self._texts(Field.PHONE):
            shares = self._shares(text)
            for person, share in zip(self.found.people, shares or [], strict=False):
                person.phones += [
                    part.strip()
                    for part in re.split(r"[\n;,]|\bor\b", share)
                    if re.search(r"\d{5}", part.replace(" ", ""))
                ]
        self._credit(Field.PHONE)

    def _add_nhs_number(self, person: Draft, text: str) -> None:
        numbers = {re.sub(r"\D", "", run) for run in re.findall(r"\d(?:[\s\-]?\d){5,13}", text)}
        numbers |= {person.nhs_number} if person.nhs_number else set()
        if len(numbers) > 1:
            self.found.doubt(Doubt.NHS_NUMBERS_DIFFER)
        elif numbers:
            person.nhs_number = numbers.pop()
        elif not self.vocabulary.says_nothing(text):
            self.found.doubt(Doubt.DETAIL_UNCLEAR)

    def _add_addresses(self) -> None:
        for text in self._address_texts():
            for person, share in zip(self.found.people, self._address_shares(text), strict=True):
                for address in read_addresses(share, self.vocabulary):
                    person.add_address(address)

    def _address_texts(self) -> list[str]:
        """The address columns: lines of one address joined with its postcode, other addresses apart."""
        told = [cell for cell in self.cells.get(Field.ADDRESS, ()) if not self.vocabulary.says_nothing(cell.cell.text)]
        codes = self._texts(Field.POSTCODE)
        parts = [cell.cell.text for cell in told if cell.heading.part_of_address]
        wholes = [cell.cell.text for cell in told if not cell.heading.part_of_address]
        if wholes and (parts or codes) and not POSTCODE.search(wholes[0]):
            wholes[0] = self._joined([wholes[0], *parts, *codes[:1]])
        elif parts or codes:
            wholes.append(self._joined([*parts, *codes[:1]]))
        return wholes

    def _joined(self, texts: list[str]) -> str:
        """Parts of addresses side by side; of several people line by line."""
        count = len(self.found.people)
        lines = [text.split("\n") for text in texts]
        if count > 1 and all(len(parts) == count for parts in lines):
            return "\n".join(", ".join(part for part in row if part.strip()) for row in zip(*lines, strict=True))
        return ", ".join(texts)

    def _address_shares(self, text: str) -> list[str]:
        """One share a person; one address alone is everybody's; anything else is doubtful."""
        shares = self._shares(text)
        if shares is not None and (len(shares) == 1 or all(_is_whole(share, self.vocabulary) for share in shares)):
            return shares
        count = len(self.found.people)
        codes = list(POSTCODE.finditer(text))
        if len(codes) == count:
            ends = [0, *(code.end() for code in codes)]
            return [text[ends[at] : ends[at + 1]].strip(" ,;\n") for at in range(count)]
        if len(codes) <= 1:
            return [text] * count
        self.found.doubt(Doubt.DETAILS_DO_NOT_PAIR)
        return [""] * count


_DETAILS = (Field.BIRTH, Field.NHS_NUMBER, Field.ADDRESS, Field.POSTCODE, Field.AGE, Field.PHONE, Field.AKA)


def _is_whole(text: str, vocabulary: Vocabulary) -> bool:
    """Whether one line is an address of its own, and not one line of a longer one."""
    return vocabulary.says_nothing(text) or postcode_of(text) is not None


def heading_of(wanted: Field, role: Role | None) -> Heading:
    """A heading for a value whose meaning was found otherwise."""
    return Heading(Sense.KNOWN, frozenset({wanted}), role)
