"""Lines outside every table: headings of cases and people, "label: value", and "Alleged perpetrator JONES, J." """

from __future__ import annotations

import re
from dataclasses import dataclass

from mappings.case_lists.content import Cell, Line
from mappings.case_lists.forms import FormReader
from mappings.case_lists.headings import Heading, Sense
from mappings.case_lists.labels import read_label
from mappings.case_lists.names import read_name
from mappings.case_lists.vocabulary import Field, Vocabulary, words_of

_SECTION = re.compile(
    r"^\s*(?:(?:section|part|table)\s+\w{1,3}\s*[:.\-\u2013)]*|\(?(?:\d{1,2}|[A-Z])[.)])\s+", re.IGNORECASE
)


@dataclass(slots=True)
class LineReader:
    """Reads lines into the same state as forms, for a line may open what a table goes on with."""

    forms: FormReader

    @property
    def vocabulary(self) -> Vocabulary:
        return self.forms.vocabulary

    def read(self, line: Line) -> bool:
        """One line; True if it was understood."""
        if self.forms.open_case(line.text, line.where):
            return True
        heading = read_label(_SECTION.sub("", line.text), self.vocabulary)
        if heading is not None and heading.is_role_alone:
            self.forms.open_role(heading.role, line.text, line.where)
            return True
        return self.forms.take_labels(line.text, line.where) or self._take_role_and_name(line.text, line.where)

    def _take_role_and_name(self, text: str, where: str) -> bool:
        """ "Alleged perpetrator JONES, J. The case was discussed." """
        words = text.split()
        for size in range(min(5, len(words) - 1), 0, -1):
            role = self.vocabulary.roles.get(words_of(" ".join(words[:size])))
            if role is None:
                continue
            rest = " ".join(words[size:]).lstrip(":-\u2013 ")
            name = _leading_name(rest, self.vocabulary)
            if name is None:
                return False
            self.forms.answers.append((where, rest.removeprefix(name)))
            heading = Heading(Sense.KNOWN, frozenset({Field.PERSON}), role, text=" ".join(words[:size]))
            self.forms.take(heading, Cell(name, where), None, 0)
            self.forms.finish()
            return True
        return False


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
