"""Header rows found in a table, and what each column means under its heading and its group heading."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from enum import Enum, auto

from integration.domain.explanation import Rule, Source
from integration.domain.people import Role
from mappings.case_lists.births import AGE, DATE
from mappings.case_lists.case_refs import is_reference
from mappings.case_lists.content import Cell, Row
from mappings.case_lists.doubts import Doubt
from mappings.case_lists.headings import EMPTY, Heading, Sense, read_heading
from mappings.case_lists.letters import with_details_in_brackets, with_roles_by_letter
from mappings.case_lists.names import is_plainly_a_name
from mappings.case_lists.ownership import owners
from mappings.case_lists.sources import source
from mappings.case_lists.vocabulary import ABOUT_A_PERSON, NAMES_SOMEBODY, Field, Vocabulary, words_of

LONGEST_HEADING = 160
CASE_FIELDS = frozenset(
    {Field.CASE_REF, Field.CASE_ORDER, Field.AREA, Field.MEETING_DATE, Field.REPEAT, Field.ROW_ID, Field.ROLE}
)


class Shape(Enum):
    """What one row of a table stands for."""

    CASE = auto()
    PERSON = auto()
    PERSON_OF_ONE_ROLE = auto()  # such as a table of children below a case
    UNKNOWN = auto()


@dataclass(frozen=True, slots=True)
class Column:
    """One column; `person` counts the people of one role who stand side by side in a row."""

    index: int
    heading: Heading
    role: Role | None
    where: str
    person: int = 1
    grouped: bool = False  # the role comes from a heading above the heading
    role_source: Source | None = field(default=None, repr=False)
    rule: Rule = Rule.HEADING  # by what its heading is understood

    @property
    def fields(self) -> frozenset[Field]:
        return self.heading.fields if self.heading.sense is Sense.KNOWN else frozenset()


@dataclass(slots=True)
class Header:
    """The columns of a table, and what is doubtful about them."""

    first_row: int  # position among the table's rows
    last_row: int
    columns: list[Column]
    shape: Shape = Shape.UNKNOWN
    under_one_role: bool = False  # all of it, by a heading over the table or its sheet
    doubts: list[tuple[Doubt, str]] = field(default_factory=list)

    def doubt(self, doubt: Doubt, where: str) -> None:
        if (doubt, where) not in self.doubts:
            self.doubts.append((doubt, where))

    def contradict(self, where: str) -> None:
        """Two headings tell two roles: whoever is under them may be the other one, so nobody is read."""
        self.doubt(Doubt.ROLES_CONTRADICT, where)
        self.shape = Shape.UNKNOWN

    def with_field(self, wanted: Field) -> list[Column]:
        return [column for column in self.columns if wanted in column.fields]

    def role_source(self, role: Role | None) -> Source | None:
        """The words that give a role to the columns of a person, those over the name first."""
        own = [column for column in self.columns if column.role is role and column.heading.about_a_person]
        naming = [column for column in own if column.heading.names_somebody]
        return next((column.role_source for column in naming + own if column.role_source is not None), None)

    def tell_roles_by(self, column: Column) -> None:
        """Take a column for the one that tells each row's role."""
        heading = Heading(Sense.KNOWN, frozenset({Field.ROLE}), text=column.heading.text)
        self.columns[column.index] = replace(column, heading=heading, role=None)
        self.doubts = [doubt for doubt in self.doubts if doubt[0] is not Doubt.NO_ROLE]
        self.shape = Shape.PERSON


def headings_in(row: Row, vocabulary: Vocabulary) -> list[Heading]:
    """Every cell of a row read as a heading."""
    headings = [
        EMPTY if cell.empty or len(cell.text) > LONGEST_HEADING else read_heading(cell.text, vocabulary)
        for cell in row.cells
    ]
    return with_details_in_brackets(with_roles_by_letter(headings, vocabulary), vocabulary)


def is_header_row(row: Row, vocabulary: Vocabulary) -> bool:
    """Whether a row looks like headings: most of it known or left alone, nothing of it a date, and somebody named."""
    told = row.told()
    if len(told) < 2 or any(is_a_value(cell, vocabulary) for cell in told):
        return False
    headings = [h for h, c in zip(headings_in(row, vocabulary), row.cells, strict=True) if not (c.empty or c.covered)]
    known = [heading for heading in headings if heading.sense is Sense.KNOWN]
    understood = [heading for heading in headings if heading.sense in (Sense.KNOWN, Sense.IGNORED)]
    if len(known) < 2 or len(understood) < 0.6 * len(told):
        return False
    roles = {heading.role for heading in known if heading.is_role_alone}
    fields = [h for h in known if not h.is_role_alone and h.fields != {Field.CASE_ORDER}]  # "No" may be an answer
    return len(fields) + len(roles) >= 2 and any(heading.names_somebody for heading in known)


def is_group_row_of_next(rows: Sequence[Row], at: int, vocabulary: Vocabulary) -> bool:
    """Whether this row holds the group headings of a header row just below it."""
    if at + 1 >= len(rows) or not is_header_row(rows[at + 1], vocabulary):
        return False
    told = rows[at].told()
    if any(is_a_value(cell, vocabulary) or is_reference(cell.text) for cell in told):
        return False  # a person's own row, with a cell that tells the role
    above = [read_heading(cell.text, vocabulary) for cell in told]
    if sum(heading.sense is Sense.UNKNOWN for heading in above) > sum(heading.is_role_alone for heading in above):
        return False
    fields = [heading for heading in above if heading.about_a_person and not heading.is_role_alone]
    return any(heading.is_role_alone for heading in above) and not fields


def is_a_value(cell: Cell, vocabulary: Vocabulary) -> bool:
    """Dates, ages, numbers, names and long texts are never headings: "age 64", "WARD, Jane"."""
    text = cell.text.strip()
    if cell.value is not None or text.isdigit() or len(text) > LONGEST_HEADING:
        return True
    if DATE.search(text) is not None or AGE.fullmatch(text) is not None:
        return True
    named = "," in text and is_plainly_a_name(text, vocabulary)
    return named and read_heading(text, vocabulary).sense is not Sense.KNOWN


def find_header(
    rows: Sequence[Row],
    at: int,
    vocabulary: Vocabulary,
    *,
    floor: int = 0,
    outer: Role | None = None,
    outer_source: Source | None = None,
) -> Header:
    """The header whose lowest row is `rows[at]`: its columns with the group headings above them, down from `floor`."""
    headings = headings_in(rows[at], vocabulary)
    header = Header(at, at, [])
    roles: list[Role | None] = [None] * len(headings)
    sources: list[Source | None] = [None] * len(headings)
    covered = [False] * len(headings)
    for above in range(at - 1, max(floor - 1, at - 4), -1):
        if rows[above].empty:
            break
        group = _group_roles(rows[above], len(headings), vocabulary, header)
        if group is None:
            continue_up = _is_spanning_title(rows[above])
            if continue_up:
                continue
            break
        header.first_row = above
        group_cells = _group_cells(rows[above], len(headings))
        for index, role in enumerate(group):
            if role is not None and not covered[index]:
                roles[index], covered[index] = role, True
                sources[index] = source(group_cells[index].where, Rule.GROUP_HEADING, group_cells[index].text)
    if outer is not None and not any(roles) and not any(h.role for h in headings if h.about_a_person):
        roles, sources = [outer] * len(headings), [outer_source] * len(headings)
        header.under_one_role = True
    header.columns = [
        _with_role_source(_column(index, heading, roles[index], rows[at].cells[index], header), sources[index])
        for index, heading in enumerate(headings)
    ]
    _give_details_to_names(header)
    _number_people(header)
    _settle_shape(header)
    _check_groups(header)
    _check_relationships(header)
    if any(doubt in (Doubt.ROLES_CONTRADICT, Doubt.RELATIONSHIP_CONTRADICTS) for doubt, _ in header.doubts):
        header.shape = Shape.UNKNOWN  # whoever is under these headings may be the other one
    return header


def _is_spanning_title(row: Row) -> bool:
    return len(row.told()) == 1


def _group_roles(row: Row, width: int, vocabulary: Vocabulary, header: Header) -> list[Role | None] | None:
    """The role that a row of group headings gives to each column below; None if it is no such row.

    A merged heading covers its own columns. One that is not merged covers the empty cells to its right, which is how
    such headings look once the merging is lost; whether that makes sense is checked afterwards.
    """
    told = row.told()
    headings = headings_in(row, vocabulary)
    if not told or not any(heading.is_role_alone for heading in headings):
        return None
    if any(heading.sense is Sense.KNOWN and heading.role is None and heading.about_a_person for heading in headings):
        return None
    merged = any(cell.covered for cell in row.cells)
    roles: list[Role | None] = [None] * width
    current: Role | None = None
    for index in range(width):
        cell = row.cells[index] if index < len(row.cells) else Cell()
        heading = headings[index] if index < len(headings) else EMPTY
        if not cell.empty:
            current = heading.role if heading.is_role_alone else None
            if heading.role is None and heading.sense is Sense.UNKNOWN and _mentions_two_roles(cell.text, vocabulary):
                header.doubt(Doubt.ROLES_CONTRADICT, cell.where)
        elif merged:
            current = None
        roles[index] = current
    return roles


def _group_cells(row: Row, width: int) -> list[Cell]:
    """The cell of a row of group headings that speaks for each column below: its own, or the last to the left."""
    found, current = [], Cell()
    for index in range(width):
        cell = row.cells[index] if index < len(row.cells) else Cell()
        current = cell if not (cell.empty or cell.covered) else current
        found.append(current)
    return found


def _with_role_source(column: Column, group: Source | None) -> Column:
    """The column with the words that give it its role: its own heading's, else the group's."""
    if column.role is None:
        return column
    own = source(column.where, Rule.HEADING, column.heading.text)
    return replace(column, role_source=own if column.heading.role is not None else group)


def _mentions_two_roles(text: str, vocabulary: Vocabulary) -> bool:
    found = {read_heading(part, vocabulary).role for part in text.replace("&", "/").split("/")}
    return len(found - {None}) > 1


def _column(index: int, heading: Heading, group: Role | None, cell: Cell, header: Header) -> Column:
    """A column's role: its own heading's, the group's, or both if they agree. Children may stand in any group."""
    role = heading.role
    about = heading.about_a_person or bool(
        heading.fields & {Field.RELATIONSHIP, Field.RELATIONSHIP_TO_PERPETRATOR} and heading.sense is Sense.KNOWN
    )
    if group is not None and about:
        if role is not None and role is not group and role is not Role.CHILD:
            header.doubt(Doubt.ROLES_CONTRADICT, cell.where)
        role = role or group
        return Column(index, heading, role, cell.where, heading.number or 1, grouped=True)
    if heading.sense is Sense.KNOWN and heading.fields & CASE_FIELDS:
        role = None
    return Column(index, heading, role, cell.where, heading.number or 1)


def _give_details_to_names(header: Header) -> None:
    """Details without a role of their own belong to the name that they follow, where that is plain."""
    if header.with_field(Field.ROLE) or any(column.grouped for column in header.columns):
        return
    for detail, name in owners([column.heading for column in header.columns]).items():
        owner = header.columns[name]
        header.columns[detail] = replace(header.columns[detail], role=owner.role, role_source=owner.role_source)


def _join_forenames(header: Header) -> None:
    """Forename 1 and Forename 2 beside one surname are of one person."""
    naming: dict[tuple[Role | None, Field], list[Column]] = {
        (column.role, wanted): [] for column in header.columns for wanted in (Field.FAMILY, Field.GIVEN)
    }
    for column in header.columns:
        for wanted in (Field.FAMILY, Field.GIVEN):
            if column.fields == {wanted}:
                naming[column.role, wanted].append(column)
    for (role, wanted), given in naming.items():
        families = naming[role, Field.FAMILY]
        if wanted is not Field.GIVEN or len(families) != 1 or families[0].heading.number is not None:
            continue
        for column in given:
            fields = frozenset({Field.MIDDLE}) if column.heading.number == 2 else column.fields
            heading = replace(column.heading, number=None, fields=fields)
            header.columns[column.index] = replace(column, heading=heading, person=1)


def _number_people(header: Header) -> None:
    """A second name column of the same role begins a second person, unless the headings number them."""
    _join_forenames(header)
    numbered = {column.role for column in header.columns if column.heading.number is not None}
    for role in {column.role for column in header.columns if column.heading.about_a_person} - numbered:
        own = [column for column in header.columns if column.role is role and column.heading.about_a_person]
        starts = [
            column for at, column in enumerate(own) if column.heading.names_somebody and not _goes_on(column, own[:at])
        ]
        if len(starts) < 2:
            continue
        if own[0] is not starts[0]:  # details before the first of two names: whose are they?
            header.doubt(Doubt.SAME_MEANING_TWICE, starts[1].where)
        person = 0
        for column in own:
            person += column in starts
            header.columns[column.index] = replace(column, person=max(person, 1))


def _goes_on(column: Column, before: Sequence[Column]) -> bool:
    """Whether a naming column tells more of the same name: a surname after its forename, or the other way round."""
    names = [other for other in before if other.heading.names_somebody]
    half = next(iter(column.fields))
    if half not in (Field.FAMILY, Field.GIVEN) or len(column.fields) > 1:
        return False
    other_half = Field.GIVEN if half is Field.FAMILY else Field.FAMILY
    count = sum(other.fields == {half} for other in names)
    return count < sum(other.fields == {other_half} for other in names)


def _settle_shape(header: Header) -> None:
    """What a row stands for, which follows from where the roles are told."""
    naming = [column for column in header.columns if column.heading.names_somebody]
    roles = {column.role for column in naming}
    where = header.columns[0].where if header.columns else ""
    if header.with_field(Field.ROLE):
        header.shape = Shape.PERSON
        for column in naming:
            if column.role is not None and column.role is not Role.CHILD:
                header.doubt(Doubt.ROLES_CONTRADICT, column.where)
        _check_one_person(header, naming)
    elif None in roles:
        header.shape = Shape.UNKNOWN
        header.doubt(Doubt.NO_ROLE, next(column.where for column in naming if column.role is None))
    elif len(roles) == 1 and (
        header.under_one_role or roles <= {Role.CHILD, Role.OTHER} or not header.with_field(Field.CASE_REF)
    ):
        header.shape = Shape.PERSON_OF_ONE_ROLE
    elif roles:
        header.shape = Shape.CASE
    else:
        header.doubt(Doubt.NO_LAYOUT, where)
    if header.shape is Shape.CASE:
        for column in header.columns:
            if column.role is None and column.fields & (ABOUT_A_PERSON - NAMES_SOMEBODY):
                header.doubt(Doubt.NO_ROLE, column.where)


def _check_one_person(header: Header, naming: Sequence[Column]) -> None:
    """The one role of a row cannot be that of two people."""
    asked = [(column.fields, column.heading.number) for column in naming]
    if len({number for _, number in asked}) > 1 or len(asked) > len(set(asked)):
        header.doubt(Doubt.SAME_MEANING_TWICE, naming[-1].where)
        header.shape = Shape.UNKNOWN


def _check_groups(header: Header) -> None:
    """Group headings must stand clearly over their own columns, and no two columns may mean the same."""
    people: dict[tuple[Role | None, int], list[Column]] = {}
    for column in header.columns:
        if column.heading.about_a_person:
            people.setdefault((column.role, column.person), []).append(column)
    for (role, _), columns in people.items():
        if role is not None and not any(column.heading.names_somebody for column in columns):
            header.doubt(Doubt.HEADING_NOT_ABOVE, columns[0].where)
        grouped = [column for column in columns if column.grouped]
        if len([key for key in people if key[0] is role]) > 1 and grouped and columns[0].heading.number is None:
            header.doubt(Doubt.HEADING_NOT_ABOVE, columns[0].where)
        for single in (Field.BIRTH, Field.AGE, Field.SEX, Field.NHS_NUMBER, Field.FAMILY, Field.GIVEN, Field.PERSON):
            same = [column for column in columns if column.fields == {single}]
            if len(same) > 1:
                header.doubt(Doubt.SAME_MEANING_TWICE, same[1].where)
    starts = {
        next(iter(sorted(columns[0].fields)))
        for (role, _), columns in people.items()
        if columns[0].grouped and role is not Role.CHILD
    }
    if len(starts) > 1:
        first = next(column for column in header.columns if column.grouped)
        header.doubt(Doubt.HEADING_NOT_ABOVE, first.where)


def _check_relationships(header: Header) -> None:
    """ "Relationship to victim" among the victim's own columns says that a heading is in the wrong place."""
    about = [column for column in header.columns if column.heading.about_a_person]
    for column in header.columns:
        for wanted, own in (
            (Field.RELATIONSHIP, Role.VICTIM),
            (Field.RELATIONSHIP_TO_PERPETRATOR, Role.PERPETRATOR),
        ):
            if wanted not in column.fields or not {"to", "with"} & set(words_of(column.heading.text)):
                continue  # "Relationship" alone may stand beside either
            before = [other.role for other in about if other.index < column.index]
            after = [other.role for other in about if other.index > column.index]
            among = bool(before and after) and before[-1] is own and after[0] is own
            if among or (column.grouped and column.role is own):
                header.doubt(Doubt.RELATIONSHIP_CONTRADICTS, column.where)
