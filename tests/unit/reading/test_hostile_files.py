"""Hostile files are contained: each is refused with a reason of ours, and the next file is read."""

from __future__ import annotations

import io
from concurrent.futures import ThreadPoolExecutor

import docx
import pytest
from builders import case
from documents import flat_csv, saved, word_table
from docx.oxml import parse_xml
from hostile import NAME, everything, truncated, wrongly_named
from reading_room import everybody, read_all

from integration.errors import DocumentRefused
from integration.ports import UntrustedFile
from integration.reading import Limits, read_untrusted
from mappings.case_lists.first_look import look_before_parsing
from mappings.case_lists.refusals import Refusal, Refused

REASONS = {refusal.value for refusal in Refusal} - {Refusal.NOT_CONFINED.value}
IMPATIENT = Limits(cpu_seconds=3)  # what does not end in three seconds does not end in ten
MADE = [case("1/2026/001")]


def in_the_child(entry: tuple[str, str, bytes]) -> str:
    """The reason of a refusal, or what else became of the file."""
    _, name, data = entry
    try:
        readings = read_untrusted(UntrustedFile(name, data), limits=IMPATIENT)
    except DocumentRefused as refused:
        return refused.reason
    return f"read as {[reading.kind.value for reading in readings]}"


def here(entry: tuple[str, str, bytes]) -> str:
    _, name, data = entry
    try:
        look_before_parsing(data, IMPATIENT.input_bytes)
        readings = read_all(data, name)
    except Refused as refused:
        return refused.refusal.value
    return f"read as {[reading.kind.value for reading in readings]}"


@pytest.fixture(scope="module")
def outcomes() -> dict[str, str]:
    """What became of each file. Those that are merely broken are read here, which is faster."""
    broken = [*truncated(), *wrongly_named()]
    names = {what for what, _, _ in broken}
    hostile = [entry for entry in everything() if entry[0] not in names]
    with ThreadPoolExecutor(2) as readers:
        found = dict(zip((what for what, _, _ in hostile), readers.map(in_the_child, hostile), strict=True))
    found |= {entry[0]: here(entry) for entry in broken}
    assert len(found) == len(broken) + len(hostile)
    return found


def test_the_corpus_is_large(outcomes: dict[str, str]) -> None:
    assert len(outcomes) >= 200


def test_each_ends_as_a_refused_document_with_a_reason(outcomes: dict[str, str]) -> None:
    assert {what: found for what, found in outcomes.items() if found not in REASONS} == {}


def test_no_reason_says_anything_of_the_content(outcomes: dict[str, str]) -> None:
    assert not [what for what, found in outcomes.items() if NAME in found]


def test_almost_none_is_refused_only_because_the_reader_fell_over(outcomes: dict[str, str]) -> None:
    fell = [
        what
        for what, found in outcomes.items()
        if found in (Refusal.READER_FAILED.value, Refusal.READER_MISBEHAVED.value)
    ]
    assert len(fell) <= len(outcomes) // 20, fell


def test_the_next_file_is_read(outcomes: dict[str, str]) -> None:
    assert outcomes
    (reading,) = read_untrusted(UntrustedFile("list.csv", flat_csv(MADE)))
    assert everybody(reading.cases) == everybody(MADE)


_W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
_CUT = (
    "<w:p {0}><w:r><w:fldChar w:fldCharType='begin'/></w:r><w:r><w:instrText>{1}</w:instrText></w:r>"
    "<w:r><w:instrText>{2}</w:instrText></w:r>{3}<w:r><w:fldChar w:fldCharType='end'/></w:r></w:p>"
)
_RESULT = "<w:r><w:fldChar w:fldCharType='separate'/></w:r><w:r><w:t>x</w:t></w:r>"
_FIELDS = [
    _CUT.format(_W, " DDE", "AUTO c:\\x.exe a ", _RESULT),
    _CUT.format(_W, "INCLUDE", "TEXT x", ""),
    f"<w:p {_W}><w:fldSimple w:instr='link Excel.Sheet.8 x'><w:r><w:t>x</w:t></w:r></w:fldSimple></w:p>",
]


def word_with(field: str, *, in_header: bool) -> bytes:
    document = docx.Document(io.BytesIO(word_table(MADE)))
    place = document.sections[0].header._element if in_header else document.element.body
    place.insert(0, parse_xml(field))
    return saved(document)


@pytest.mark.parametrize("in_header", [False, True])
@pytest.mark.parametrize("field", _FIELDS)
def test_fields_that_reach_out_of_a_word_document_are_refused(field: str, in_header: bool) -> None:
    assert here(("field", "list.docx", word_with(field, in_header=in_header))) == Refusal.ACTIVE_CONTENT.value


def test_other_fields_of_a_word_document_are_read() -> None:
    for field in (_CUT.format(_W, " FORM", "TEXT ", _RESULT), _CUT.format(_W, "HYPERLINK", ' "dde link"', _RESULT)):
        assert here(("field", "list.docx", word_with(field, in_header=True))) == "read as ['case_list']"
