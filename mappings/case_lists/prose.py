"""Lines outside every table: headings of cases and people, "label: value", and "Alleged perpetrator JONES, J." """

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from integration.domain.people import Role
from mappings.case_lists.addresses import looks_like_an_address
from mappings.case_lists.births import AGE, DATE
from mappings.case_lists.case_refs import case_heading
from mappings.case_lists.content import Cell, Line
from mappings.case_lists.doubts import Doubt
from mappings.case_lists.forms import FormReader
from mappings.case_lists.headings import PERSON, Heading, Sense
from mappings.case_lists.labels import parts_of, read_label
from mappings.case_lists.names import looks_like_a_name, read_name
from mappings.case_lists.strays import is_furniture, names_people
from mappings.case_lists.vocabulary import Field, Vocabulary, words_of

_SECTION = re.compile(
    r"^\s*(?:(?:section|part|table)\s+\w{1,3}\s*[:.\-\u2013)]*|\(?(?:\d{1,2}|[A-Z])[.)])\s+", re.IGNORECASE
)


_LONGEST_PERSON = 100
_NUMBER = re.compile(r"(?:NHS\b[^\d]{0,12})?[\d\s+()\-]{9,20}", re.IGNORECASE)
_DASHES = ("-", "\u2013", "\u2014")
_SUBJECT = {"subject", "person", "party", "individual"}
_LETTERS = {"V": "Victim", "P": "Perpetrator"}
_LETTER = re.compile(r"(?<![\w'\u2019/.])([VP])\s?:(?=\s*[^\W\d_])")
_NUMBERED = re.compile(r"^\(?(\d{1,3})[.)]\s+")


def _is_subject(heading: Heading) -> bool:
    """ "SUBJECT (VICTIM)" over a block says who it is about."""
    return heading.role is not None and heading.names_somebody and bool(_SUBJECT & set(words_of(heading.text)))


@dataclass(slots=True)
class LineReader:
    """Reads lines into the same state as forms, for a line may open what a table goes on with."""

    forms: FormReader
    told: list[Line] = field(default_factory=list, repr=False)  # of somebody below the heading of a role
    lettered: bool = False  # V: and P: stand for victim and perpetrator

    def look_for_letters(self, lines: Iterable[Line]) -> None:
        """One letter alone may be anything; V: and P: before names in one document are the two roles."""
        letters = {match[1] for line in lines for match in _LETTER.finditer(line.text)}
        self.lettered = {"V", "P"} <= letters

    @property
    def vocabulary(self) -> Vocabulary:
        return self.forms.vocabulary

    def read(self, line: Line) -> bool:
        """One line; True if it was understood."""
        if self._goes_on(line):
            self.told.append(line)
            return True
        self.finish_person()
        line = Line(self._spelt_out(line.text), line.where, line.heading)
        if self._open_numbered(line):
            return True
        if self.forms.open_case(line.text, line.where):
            return True
        heading = read_label(_SECTION.sub("", line.text), self.vocabulary)
        if heading is not None and (heading.is_role_alone or _is_subject(heading)):
            self.forms.open_role(heading.role, line.text, line.where)
            return True
        if self.forms.take_labels(line.text, line.where) or self._take_role_and_name(line.text, line.where):
            return True
        if self._names_somebody_of_the_role(line):
            self.told = [line]
        return bool(self.told)

    # --- people in lines of their own below a heading such as CHILDREN

    def _names_somebody_of_the_role(self, line: Line) -> bool:
        if self.forms.band is None or len(line.text) > _LONGEST_PERSON or is_furniture(line.text, self.forms.gathering):
            return False
        name = AGE.sub(" ", DATE.sub(" ", line.text)).strip()
        named = looks_like_a_name(name, self.vocabulary) and 2 <= len(name.split()) <= 5
        return named or names_people(line.text, self.forms.gathering)

    def _goes_on(self, line: Line) -> bool:
        """Whether a line tells more of the person above it, or of the next one of that role."""
        if not self.told or self.forms.band is None:
            return False
        if any(char == ":" for char in line.text) and self.forms.inline(line.text) is not None:
            return False
        detail = DATE.search(line.text) or AGE.search(line.text) or _NUMBER.fullmatch(line.text.strip())
        told = detail is not None or looks_like_an_address(line.text, self.vocabulary)
        return (told and len(line.text) <= _LONGEST_PERSON) or self._names_somebody_of_the_role(line)

    def finish_person(self) -> None:
        """Enter whoever the last lines told of."""
        if self.told:
            cell = Cell("\n".join(line.text for line in self.told), self.told[0].where)
            self._check_heading_of_one()
            self.told = []
            self.forms.take(PERSON, cell, None, 0)
            self.forms.finish()

    def _check_heading_of_one(self) -> None:
        """PERPETRATOR stands over one person: whoever follows may be a child, whose heading is lost."""
        if self.forms.band not in (Role.VICTIM, Role.PERPETRATOR) or self.forms.band_plural:
            return
        people = [line for line in self.told if self._names_somebody_of_the_role(line)]
        if len(people) > 1:
            gathering = self.forms.gathering
            gathering.doubt(Doubt.ROLE_UNCLEAR, people[1].where, gathering.current)

    def _spelt_out(self, text: str) -> str:
        """V: and P: as words, where the document's lines use both for people."""
        return _LETTER.sub(lambda match: f"{_LETTERS[match[1]]}:", text) if self.lettered else text

    def _open_numbered(self, line: Line) -> bool:
        """ "3. Victim: Jane SMITH  Perpetrator: John SMITH": a list without references counts its cases."""
        match = _NUMBERED.match(line.text)
        if match is None or case_heading(line.text, self.forms.gathering.today) is not None:
            return False
        parts = (part.partition(":")[0] for part in parts_of(line.text[match.end() :], self.vocabulary))
        labels = {label.role for label in (read_label(part, self.vocabulary) for part in parts) if label is not None}
        return {Role.VICTIM, Role.PERPETRATOR} <= labels and self.forms.open_case(
            f"Case {match[1]}: {line.text[match.end() :]}", line.where
        )

    def _take_role_and_name(self, text: str, where: str) -> bool:
        """ "Alleged perpetrator JONES, J. The case was discussed." """
        words = text.split()
        for size in range(min(5, len(words) - 1), 0, -1):
            role = self.vocabulary.roles.get(words_of(" ".join(words[:size])))
            if role is None or words[size - 1] in _DASHES:
                continue
            if words[size] in _DASHES:
                rest = " ".join(words[size + 1 :])  # "Victim - Jane SMITH - 03/12/1984 - 12 High Street"
                return self._take_with_details(rest, role, where, " ".join(words[:size]), dashed=True)
            rest = " ".join(words[size:]).lstrip(":-\u2013 ")
            if self._take_with_details(rest, role, where, " ".join(words[:size])):
                return True
            name = _leading_name(rest, self.vocabulary)
            if name is None:
                return False
            self.forms.answers.append((where, rest.removeprefix(name)))
            heading = Heading(Sense.KNOWN, frozenset({Field.PERSON}), role, text=" ".join(words[:size]))
            self.forms.take(heading, Cell(name, where), None, 0)
            self.forms.finish()
            return True
        return False

    def _take_with_details(self, rest: str, role: Role, where: str, told: str, *, dashed: bool = False) -> bool:
        """ "Jane SMITH (DOB 03/12/1984) of 12 High Street": a name that details follow at once, and nothing else."""
        name = _leading_name(rest, self.vocabulary)
        behind = rest.removeprefix(name) if name is not None else ""
        if len(rest) > 2 * _LONGEST_PERSON or not (dashed or _DETAILS_FOLLOW.match(behind)):
            return False
        heading = Heading(Sense.KNOWN, frozenset({Field.PERSON}), role, text=told)
        self.forms.take(heading, Cell(_RESIDING.sub(", ", rest), where), None, 0)
        self.forms.finish()
        return True


_DETAILS_FOLLOW = re.compile(
    r"\s*[,(\-\u2013]?\s*\(?\s*"
    r"(?:d\.?\s?o\.?\s?b\b|date of birth|born\b|aged?\b|\d{1,2}[./\-]\d{1,2}[./\-]\d{2})",
    re.IGNORECASE,
)
_RESIDING = re.compile(r"(?<=[\d)])\s*,?\s+(?:of|at|residing at|living at|resident at)\s+(?=\d|flat\b)", re.IGNORECASE)
_CAPITAL = r"[^\W\d_a-z]"
_CAPS_NAME = re.compile(
    rf"^{_CAPITAL}[^\W\d_a-z'\u2019\-]+(?:[ \-]{_CAPITAL}[^\W\d_a-z'\u2019\-]+)*"  # SMITH or SMITH JONES
    rf",\s*[^\W\d_][\w'\u2019\-]*(?:\s{_CAPITAL}[\w'\u2019\-]*)*"
)
_PLAIN_NAME = re.compile(r"^(?P<name>(?:[^\W\d_a-z][\w'\u2019\-]*\.?)(?:\s[^\W\d_a-z][\w'\u2019\-]*)+)")


def _leading_name(text: str, vocabulary: Vocabulary) -> str | None:
    """The name that opens a sentence, up to its full stop or first word that is no name."""
    match = _CAPS_NAME.match(text) or _PLAIN_NAME.match(text)
    if match is None:
        return None
    name = match[0].strip(" .")
    return name if read_name(name, vocabulary) is not None else None
