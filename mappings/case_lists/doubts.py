"""What a person has to settle before a list or a case may act: fixed sentences, which never quote the document."""

from __future__ import annotations

from enum import StrEnum


class Doubt(StrEnum):
    """Every doubt that reading can raise. The first group concerns the whole document, the second one case."""

    # the layout, a role, or whether anything was left out
    NO_LAYOUT = "no row or column says what the cells mean"
    HEADING_MISSING = "a column holds something and has no heading"
    HEADING_UNCLEAR = "a heading is not understood, and the column seems to name people"
    NO_ROLE = "nothing says whether these people are victims or perpetrators"
    ONE_ROLE_ONLY = "the list speaks of victims alone, or of perpetrators alone"
    ROLES_CONTRADICT = "a heading and the heading above it give different roles"
    RELATIONSHIP_CONTRADICTS = "a relationship to the victim stands among the victim's own details"
    HEADING_NOT_ABOVE = "a group heading does not stand clearly over its own columns"
    SAME_MEANING_TWICE = "two columns have the same meaning"
    NO_CASES = "no case was found"
    ROW_UNCLEAR = "a row is not understood"
    TEXT_UNCLEAR = "text outside the list seems to name people"
    TABLE_UNCLEAR = "a table is not understood, and seems to name people"
    MEETINGS_DIFFER = "the document names more than one meeting"
    NOT_SURE_OF_EVERYBODY = "the text may name more people than were found"
    CASE_MISSING = "people stand in no case"
    HIDDEN = "the file hides a sheet, rows or columns that hold something"
    COMMENTS = "the file holds comments that were not read"
    TRACKED_CHANGES = "the file holds tracked changes that nobody has accepted or rejected"
    STRUCK_OUT = "some of the text is struck out"
    FORMULA_WITHOUT_VALUE = "a cell holds a formula without its result"
    DRAWINGS = "the file holds text boxes or pictures that were not read"
    ERROR_VALUE = "a cell holds an error instead of a value"
    UNREAD_PART = "a part of the file was not read"
    # one case
    NAME_UNCLEAR = "a name is not understood"
    NAMES_UNCLEAR = "it is not clear whether this is one person or several"
    NAME_MISSING = "details are given for somebody who is not named"
    BIRTH_UNCLEAR = "a date of birth is not understood"
    BIRTH_IN_FUTURE = "a date of birth lies after the meeting"
    BIRTHS_DO_NOT_PAIR = "the names and the dates of birth do not pair up"
    DETAILS_DO_NOT_PAIR = "it is not clear to whom an address or number belongs"
    NHS_NUMBERS_DIFFER = "one person has two different NHS numbers"
    ROLE_UNCLEAR = "a role is missing or not understood"
    ROLE_CONTRADICTED = "a person's details contradict the role of the column"
    BOTH_ROLES = "the same person is named as victim and as perpetrator"
    NOBODY_NAMED = "the case names nobody"
    NO_VICTIM = "the case names no victim"
    CASE_TWICE = "the same case reference stands in two places with different people"
    DETAIL_UNCLEAR = "a detail is not understood"
    REPEAT_UNCLEAR = "it is not clear whether the case is a repeat"
