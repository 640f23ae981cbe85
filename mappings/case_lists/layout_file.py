"""A layout file's data → `Layout`, or every fault in it with its place and what to do. Shape first, then sense."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Any, TypeVar

from integration.domain.case_list import LayoutUsed
from integration.domain.people import Role
from mappings.case_lists.layout_sense import faults_of_sense
from mappings.case_lists.layouts import LabelsAre, LaidHeading, LaidTable, Layout, Layouts, RowIs
from mappings.case_lists.vocabulary import ABOUT_A_PERSON, Field, Vocabulary, Words, words_of

MOST_TABLES, MOST_HEADINGS, LONGEST_TEXT = 20, 300, 160
_COLUMN = re.compile(r"[A-Z]{1,2}")
_IGNORE, _ADDRESS_LINE = "ignore", "address_line"
_MEANS = {field.value: field for field in Field if field not in (Field.ROW_ID, Field.CASE_ORDER)}
_MEANINGS = (*_MEANS, _ADDRESS_LINE, _IGNORE)
_TOP = {"version", "area", "dates", "case_heading", "skip_sheets", "skip_tables", "role_words", "tables"}
_TABLE = {"row", "sheet", "header_row", "labels", "skip_rows", "ignore", "optional", "headings"}
_HEADING = {"text", "under", "means", "role", "column", "person", "order", "optional"}
E = TypeVar("E", bound=StrEnum)


class LayoutFaults(ValueError):
    """Everything that is wrong with a layout, each fault with its place in the file and its remedy."""

    def __init__(self, faults: Sequence[str]) -> None:
        super().__init__("; ".join(faults))
        self.faults = tuple(faults)


def layout_from(raw: Mapping[str, Any], used: LayoutUsed, vocabulary: Vocabulary) -> Layout:
    """The layout that the data of a file describe; raises `LayoutFaults`."""
    shape = _Shape()
    layout = shape.layout(raw, used)
    faults = shape.faults or list(faults_of_sense(layout, vocabulary))
    if faults:
        raise LayoutFaults(faults)
    return layout


def layouts_from(request: Mapping[str, Any], vocabulary: Vocabulary) -> Layouts:
    """The layouts that a reader is sent, as plain data."""
    known = tuple(layout_from(file["raw"], LayoutUsed(**file["used"]), vocabulary) for file in request["files"])
    return Layouts(known, request["area"], request["is_case_list"])


def version_of(raw: Mapping[str, Any]) -> int:
    """The version that the data name; raises `LayoutFaults`."""
    version = raw.get("version")
    if not isinstance(version, int) or isinstance(version, bool) or not 1 <= version <= 1_000_000:
        raise LayoutFaults(["version: give a whole number from 1, and raise it with each change"])
    return version


class _Shape:
    """Takes the data apart key by key; what does not fit becomes a fault, and reading goes on."""

    def __init__(self) -> None:
        self.faults: list[str] = []

    def layout(self, raw: Mapping[str, Any], used: LayoutUsed) -> Layout:
        self._known_keys(raw, _TOP, "the file")
        tables = self._list(raw, "tables", "the file", dict, MOST_TABLES)
        if not tables:
            self.faults.append(
                "the file: there is no [[tables]]; say what one row stands for and what the headings mean"
            )
        return Layout(
            used,
            self._text(raw, "area", "the file", needed=True),
            tuple(self._table(table, f"table {number}") for number, table in enumerate(tables, start=1)),
            self._choice(raw, "dates", "the file", ("day-first", "month-first"), "day-first") == "month-first",
            words_of(self._text(raw, "case_heading", "the file")),
            tuple(self._texts(raw, "skip_sheets", "the file")),
            frozenset(words_of(text) for text in self._texts(raw, "skip_tables", "the file")),
            self._role_words(raw),
        )

    def _role_words(self, raw: Mapping[str, Any]) -> dict[Words, Role]:
        given = raw.get("role_words", {})
        if not isinstance(given, dict):
            self.faults.append('role_words: write [role_words], and under it for each role: victim = ["its word", …]')
            return {}
        self._known_keys(given, set(Role), "role_words")
        found: dict[Words, Role] = {}
        for role in Role:
            for text in self._texts(given, role.value, "role_words"):
                if found.setdefault(words_of(text), role) is not role:
                    self.faults.append(f'role_words: "{text}" is given two roles; keep one')
        return found

    def _table(self, raw: Mapping[str, Any], place: str) -> LaidTable:
        self._known_keys(raw, _TABLE, place)
        row = RowIs(self._choice(raw, "row", place, tuple(RowIs), None) or RowIs.CASE)
        headings = [
            self._heading(heading, f"{place}, heading {number}")
            for number, heading in enumerate(self._list(raw, "headings", place, dict, MOST_HEADINGS), start=1)
        ]
        ignored = [LaidHeading(text, None, optional=True) for text in self._texts(raw, "ignore", place)]
        of_form, of_columns = row is RowIs.LABEL, row is not RowIs.LABEL
        if of_form and ("header_row" in raw or any(heading.column is not None for heading in headings)):
            self.faults.append(f'{place}: header_row and column are not for row = "label"; leave them out')
        if of_columns and "labels" in raw:
            self.faults.append(f'{place}: labels is for row = "label" alone; leave it out')
        return LaidTable(
            row,
            (*headings, *ignored),
            self._text(raw, "sheet", place) or None,
            self._number(raw, "header_row", place),
            LabelsAre(self._choice(raw, "labels", place, tuple(LabelsAre), LabelsAre.BESIDE)),
            frozenset(words_of(text) for text in self._texts(raw, "skip_rows", place)),
            self._yes(raw, "optional", place),
        )

    def _heading(self, raw: Mapping[str, Any], place: str) -> LaidHeading:
        text = self._text(raw, "text", place, needed=True)
        place = f'{place} ("{text}")' if text else place
        self._known_keys(raw, _HEADING, place)
        means = self._choice(raw, "means", place, _MEANINGS, None) or _IGNORE
        role = self._choice(raw, "role", place, tuple(Role), "")
        order = self._choice(raw, "order", place, ("given-first", "family-first"), "given-first")
        field = Field.ADDRESS if means == _ADDRESS_LINE else _MEANS.get(means)
        if field is not Field.NAME and "order" in raw:
            self.faults.append(f'{place}: order is for means = "name" alone; leave it out')
        if role and field not in ABOUT_A_PERSON:
            self.faults.append(f"{place}: {means} is nobody's own; leave out its role")
        return LaidHeading(
            text,
            field,
            Role(role) if role else None,
            self._text(raw, "under", place),
            self._column(raw, place),
            self._number(raw, "person", place) or 1,
            means == _ADDRESS_LINE,
            order == "family-first",
            self._yes(raw, "optional", place) or means == _IGNORE,
        )

    def _column(self, raw: Mapping[str, Any], place: str) -> int | None:
        letters = self._text(raw, "column", place)
        if not letters:
            return None
        if not _COLUMN.fullmatch(letters):
            self.faults.append(f"{place}: column: give the column's letter, from A to ZZ")
            return None
        number = 0
        for letter in letters:
            number = number * 26 + ord(letter) - ord("A") + 1
        return number - 1

    # --- the small parts

    def _known_keys(self, raw: Mapping[str, Any], known: Iterable[str], place: str) -> None:
        for key in raw:
            if key not in set(known):
                self.faults.append(f"{place}: {key} is not known; the keys are {', '.join(sorted(known))}")

    def _text(self, raw: Mapping[str, Any], key: str, place: str, *, needed: bool = False) -> str:
        text = raw.get(key, "")
        if (needed or key in raw) and not self._is_text(text):
            self.faults.append(f"{place}: {key}: give a text with words in it, up to {LONGEST_TEXT} characters")
            return ""
        return str(text)

    @staticmethod
    def _is_text(text: object) -> bool:
        return isinstance(text, str) and bool(words_of(text)) and len(text) <= LONGEST_TEXT and text.isprintable()

    def _texts(self, raw: Mapping[str, Any], key: str, place: str) -> list[str]:
        found = self._list(raw, key, place, str, MOST_HEADINGS)
        if not all(self._is_text(text) for text in found):
            self.faults.append(f"{place}: {key}: one is empty, too long, or holds characters that are not shown")
        return [text for text in found if self._is_text(text)]

    def _list(self, raw: Mapping[str, Any], key: str, place: str, kind: type, most: int) -> list[Any]:
        found = raw.get(key, [])
        if not isinstance(found, list) or not all(isinstance(one, kind) for one in found) or len(found) > most:
            what = 'texts, as in ["one", "two"]' if kind is str else "entries, as config/layouts/example.toml has them"
            self.faults.append(f"{place}: {key}: give a list of at most {most} {what}")
            return []
        return found

    def _choice(self, raw: Mapping[str, Any], key: str, place: str, known: Sequence[str], otherwise: str | None) -> str:
        """One of the known words; `otherwise` where none is given, unless one is needed."""
        if key not in raw and otherwise is not None:
            return otherwise
        if raw.get(key) not in known or not isinstance(raw.get(key), str):
            self.faults.append(f"{place}: {key}: give one of {', '.join(known)}")
            return otherwise or ""
        return str(raw[key])

    def _number(self, raw: Mapping[str, Any], key: str, place: str) -> int | None:
        number = raw.get(key)
        if number is None:
            return None
        if not isinstance(number, int) or isinstance(number, bool) or not 1 <= number <= 1_000:
            self.faults.append(f"{place}: {key}: give a whole number from 1 to 1000")
            return None
        return number

    def _yes(self, raw: Mapping[str, Any], key: str, place: str) -> bool:
        given = raw.get(key, False)
        if not isinstance(given, bool):
            self.faults.append(f"{place}: {key}: give true or false")
        return given is True
