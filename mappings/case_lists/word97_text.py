"""The text of Word 97-2003 files as a person reads it, paragraph by paragraph.

Of fields the result is read and never the instruction; what was deleted is left out, and said.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from mappings.case_lists.doubts import Doubt
from mappings.case_lists.fields import name_of_field
from mappings.case_lists.refusals import Refusal, Refused
from mappings.case_lists.word97_file import Word97File, decoded, number
from mappings.case_lists.word97_formats import CharacterFormat, Formats, ParagraphFormat

PARAGRAPH, CELL, SECTION = "\r", "\x07", "\x0c"
_BEGIN, _RESULT, _END = "\x13", "\x14", "\x15"  # of fields, 2.8.25
_DATA, _DRAWN = "\x01", "\x08"
_SPECIAL = re.compile("[\x00-\x08\x0b-\x0d\x0e\x13-\x15\x1e\x1f(]")
_SHOWN = {"\x0b": "\n", "\x0e": "\n", "\x1e": "-"}
_DEEPEST, _LONGEST_INSTRUCTION = 50, 1_000  # fields within fields, and characters of one
_CHOICE = "FORMDROPDOWN"
_FORM_DATA = 0x44  # the size of what stands before form data (NilPICFAndBinData, 2.9.158)
_AS_DEFAULT = 25


@dataclass(slots=True)
class Paragraph:
    """Words up to a mark; what was seen in them that a person should know; the text boxes that hang on them."""

    text: str = field(repr=False)
    mark: str
    format: ParagraphFormat
    seen: frozenset[Doubt]
    drawn: tuple[int, ...]


@dataclass(slots=True)
class _Field:
    """A field that has begun: its instruction so far, until its result begins."""

    instruction: list[str] = field(default_factory=list, repr=False)
    in_result: bool = False
    shows: bool = False
    choice: str = field(default="", repr=False)


@dataclass(slots=True)
class TextReader:
    """Walks through the pieces of a file, run by run of one format."""

    file: Word97File
    formats: Formats
    words: list[str] = field(default_factory=list, repr=False)
    fields: list[_Field] = field(default_factory=list)
    seen: set[Doubt] = field(default_factory=set)
    drawn: list[int] = field(default_factory=list)

    def paragraphs(self, first: int, last: int) -> Iterator[Paragraph]:
        """Every paragraph between two places of the text; what has no mark at the end is one too."""
        for piece in self.file.pieces_in(first, last):
            at, end = piece.at, piece.at + (piece.last - piece.first) * piece.width
            while at < end:
                until, form = self.formats.of_characters(at, piece.modifier)
                until = min(end, max(until, at + 1))
                until += -(until - at) % piece.width
                place = piece.first + (at - piece.at) // piece.width
                run = decoded(self.file.document[at:until], piece.width)
                for offset, mark in self._marks(run, place, form):
                    yield self._ended(mark, form, self.formats.of_paragraph(at + offset * piece.width, piece.modifier))
                at = until
        if any(not one.in_result for one in self.fields):
            raise Refused(Refusal.TRUNCATED)  # an instruction without an end has swallowed what follows it
        if "".join(self.words).strip():
            yield self._ended(PARAGRAPH, CharacterFormat(), ParagraphFormat())

    def _ended(self, mark: str, form: CharacterFormat, format_: ParagraphFormat) -> Paragraph:
        if form.deleted and format_.ends_row:
            self.seen.add(Doubt.TRACKED_CHANGES)
        made = Paragraph("".join(self.words), mark, format_, frozenset(self.seen), tuple(self.drawn))
        self.words, self.seen, self.drawn = [], set(), []
        return made

    def _marks(self, run: str, place: int, form: CharacterFormat) -> Iterator[tuple[int, str]]:
        """Take a run in; stop at every mark that ends a paragraph."""
        done = 0
        for found in _SPECIAL.finditer(run):
            char, at = found.group(), found.start()
            if char == "(" and not form.symbol:
                continue
            self._add(run[done:at], form)
            done = at + 1
            if char in (PARAGRAPH, CELL, SECTION):
                yield at, char
            elif char in _SHOWN:
                self._add(_SHOWN[char], form)
            elif char in (_BEGIN, _RESULT, _END):
                self._turn(char, form)
            elif char == _DRAWN:
                self.drawn.append(place + at)
            elif char == _DATA and form.binary and self.fields:
                self.fields[-1].choice = self._chosen(form)
        self._add(run[done:], form)

    def _add(self, text: str, form: CharacterFormat) -> None:
        """Words of a field's instruction, or words that are shown."""
        if self.fields and not self.fields[-1].in_result:
            if sum(map(len, self.fields[-1].instruction)) < _LONGEST_INSTRUCTION:
                self.fields[-1].instruction.append(text)
        elif text and all(one.in_result for one in self.fields):
            self._show(text, form)

    def _show(self, text: str, form: CharacterFormat) -> None:
        if text.strip():
            if form.deleted or form.inserted:
                self.seen.add(Doubt.TRACKED_CHANGES)
            elif form.struck:
                self.seen.add(Doubt.STRUCK_OUT)
            elif form.hidden:
                self.seen.add(Doubt.HIDDEN)
            for one in self.fields:
                one.shows = True
        if not form.deleted:
            self.words.append(text)

    def _turn(self, char: str, form: CharacterFormat) -> None:
        """A field begins, comes to its result, or ends."""
        if char == _BEGIN:
            if len(self.fields) >= _DEEPEST:
                raise Refused(Refusal.TOO_MUCH)
            self.fields.append(_Field())
        elif self.fields:
            one = self.fields[-1]
            if not one.in_result:
                one.instruction = [name_of_field("".join(one.instruction))]
            one.in_result = True
            if char == _END:
                self.fields.pop()
                if one.instruction == [_CHOICE] and not one.shows:
                    self._add(one.choice, form)

    def _chosen(self, form: CharacterFormat) -> str:
        """The entry that is chosen in a drop-down field, which keeps it apart from the text (FFData, 2.9.78)."""
        data, at = self.file.data, form.data_at or 0
        size, header = number(data, at, "<i"), number(data, at + 4)
        if header != _FORM_DATA or number(data, at + header, "<I") != 0xFFFFFFFF:
            return ""
        flags = number(data, at + header + 4)
        kind, chosen = flags & 3, flags >> 2 & 31
        if kind != 2:
            return ""
        end, at = at + size, at + header + 10
        at = _after_string(data, at)
        if chosen == _AS_DEFAULT:
            chosen = number(data, at)
        at += 2
        for _ in range(5):  # its format, two texts of help, two macros
            at = _after_string(data, at)
        if number(data, at) != 0xFFFF or chosen >= number(data, at + 2):
            return ""
        at += 6
        for _ in range(chosen):
            at += 2 + 2 * number(data, at)
        found = data[at + 2 : at + 2 + 2 * number(data, at)]
        return found.decode("utf-16-le", errors="replace") if at < end else ""


def _after_string(data: bytes, at: int) -> int:
    """Past a counted string and the zero behind it (Xstz, 2.9.354)."""
    return at + 4 + 2 * number(data, at)
