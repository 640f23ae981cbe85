"""Labels: which tables are labels with values, which columns hold them, and where a line of several parts."""

from __future__ import annotations

import re
from collections.abc import Sequence

from mappings.case_lists.births import AGE, DATE
from mappings.case_lists.columns import is_header_row
from mappings.case_lists.content import Cell, Row, Table
from mappings.case_lists.headings import Heading, Sense, read_heading
from mappings.case_lists.names import is_plainly_a_name
from mappings.case_lists.vocabulary import Field, Vocabulary, words_of

_LONGEST_LABEL = 90
_PLURAL = re.compile(r"s\b|\(s\)|ren\b", re.IGNORECASE)


def is_form(table: Table, vocabulary: Vocabulary) -> bool:
    """Whether a table is labels with values: most of its rows begin with a label, and two of them at least."""
    rows = [row for row in table.rows if not row.empty]
    width = max((len([cell for cell in row.cells if not cell.covered]) for row in rows), default=0)
    labels = bands = 0
    if _is_headed(rows, vocabulary):
        return False
    for row in rows:
        told = row.told()
        if not told:
            continue
        heading = read_label(told[0].text, vocabulary)
        if is_band(row, vocabulary):
            bands += 1
        elif heading is not None and heading.sense is Sense.KNOWN:
            labels += (heading.about_a_person and (not heading.is_role_alone or width == 2)) or bool(
                heading.fields & {Field.CASE_REF, Field.REPEAT, Field.MEETING_DATE, Field.AREA, Field.RELATIONSHIP}
            )
        elif heading is not None and heading.sense is Sense.IGNORED and len(told) > 1:
            labels += 1
    return labels >= 2 and 2 * labels >= len(rows) - bands


def _is_headed(rows: Sequence[Row], vocabulary: Vocabulary) -> bool:
    """Whether the first full row is headings over columns: three at least, and what stands below begins no form."""
    for at, row in enumerate(rows[:-1]):
        if is_band(row, vocabulary) or len(row.told()) < 2:
            continue
        below = rows[at + 1].told()
        label = read_label(below[0].text, vocabulary) if below else None
        return (
            (len(row.told()) >= 3 or (row.cells[0].empty and label is not None and label.is_role_alone))
            and is_header_row(row, vocabulary)
            and not (label is not None and label.sense is Sense.KNOWN and not label.is_role_alone)
        )
    return False


def read_label(text: str, vocabulary: Vocabulary) -> Heading | None:
    """A cell as a label, its colon left off; None if it is too long to be one, an age, a date or somebody's name."""
    text = text.strip()
    if not text or len(text) > _LONGEST_LABEL or AGE.fullmatch(text) or DATE.fullmatch(text):
        return None
    if _is_named_like_a_label(text, vocabulary):
        return None
    return read_heading(text.rstrip(" :"), vocabulary)


def _is_named_like_a_label(text: str, vocabulary: Vocabulary) -> bool:
    """WARD, Jane holds the word ward; "VICTIM, Name" is no name."""
    before, comma, _ = text.partition(",")
    return bool(comma) and is_plainly_a_name(text, vocabulary) and words_of(before) not in vocabulary.roles


def is_band(row: Row, vocabulary: Vocabulary) -> bool:
    """A row of nothing but roles: VICTIM | ALLEGED PERPETRATOR."""
    told = row.told()
    headings = [read_label(cell.text, vocabulary) for cell in told]
    return bool(told) and all(heading is not None and heading.is_role_alone for heading in headings)


_ROLE_LABEL = re.compile(r"(?<![\w'])[A-Za-z][A-Za-z()' ]{1,40}?(?: \d)?\s*:")


def parts_of(text: str, vocabulary: Vocabulary) -> list[str]:
    """A line cut at wide spaces and bars, and before every role that a colon makes a label."""
    cuts = [0]
    for match in _ROLE_LABEL.finditer(text):
        words = list(re.finditer(r"\S+", match[0].rstrip(": ")))
        for word in words:
            heading = read_heading(match[0].rstrip(": ")[word.start() :], vocabulary)
            if heading.is_role_alone:
                cuts.append(match.start() + word.start())
                break
    stretches = [text[start:end] for start, end in zip(cuts, [*cuts[1:], len(text)], strict=True)]
    parts = [part for stretch in stretches for part in re.split(r"\t+|\s{3,}|\s\|\s", stretch)]
    return [part.strip(" ;/-\u2013(,") for part in parts]


def asks_twice(labels: Sequence[Heading]) -> bool:
    """Whether one line has the same label twice and neither says of whom."""
    whose = [label for label in labels if label.about_a_person and label.role is None]
    asked = [words_of(label.text) for label in whose if label.fields != {Field.PHONE}]
    return len(asked) > len(set(asked))


def is_plural(text: str) -> bool:
    return bool(_PLURAL.search(text.strip().rstrip(":")[-4:]))


def label_columns(table: Table, vocabulary: Vocabulary) -> set[int]:
    """The columns that hold labels: most of what they say is a heading."""
    width = max((len(row.cells) for row in table.rows), default=0)
    columns = set()
    for index in range(width):
        told = known = 0
        above = ""
        for row in table.rows:
            cell = row.cells[index] if index < len(row.cells) else Cell()
            if cell.empty or cell.covered or is_band(row, vocabulary):
                continue
            heading = read_label(cell.text, vocabulary)
            told += 1
            remark = (
                cell.text == above and heading is not None and heading.sense is Sense.IGNORED
            )  # the same in each row
            known += heading is not None and heading.sense in (Sense.KNOWN, Sense.IGNORED) and not remark
            above = cell.text
        if (known >= 2 and 2 * known >= told) or (index == 0 and known and 2 * known >= told):
            columns.add(index)
    return columns


def covers_row(row: Row) -> bool:
    """Whether the one heading of a row stands over all of it: merged across, or first in a row without merging."""
    if len(row.cells) <= 2:
        return True
    merged = any(cell.covered for cell in row.cells)
    return not row.cells[0].empty and (not merged or not row.cells[-1].empty)
