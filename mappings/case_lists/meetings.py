"""Which meeting a document is for: area and date, from labels, columns, titles, and last from the file's name."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date

from integration.domain.case_list import MeetingNamed
from mappings.case_lists.births import AHEAD, DATE, date_of, meeting_day
from mappings.case_lists.content import Content, squeeze
from mappings.case_lists.doubts import Doubt
from mappings.case_lists.gathering import Gathering
from mappings.case_lists.headings import read_heading
from mappings.case_lists.kinds import has_phrase, titles_of
from mappings.case_lists.vocabulary import Field, Vocabulary, words_of

_SEGMENT = re.compile(r"\s[-\u2013\u2014|]+\s|[:,|()\n\t\u2013\u2014]|\s{3,}")
_OPENS = re.compile(
    r"\W*(?:date|w/c|week commencing|(?:next )?meeting|(?:meeting )?(?:held )?on|held|for|date and time)?\W*",
    re.IGNORECASE,
)
_LONGEST_AREA = 60
_NEAR = 400  # days: how far a date may lie from today that nothing calls a meeting's


def meeting_of(content: Content, gathering: Gathering, untrusted_names: Sequence[str]) -> MeetingNamed:
    """The meeting that the document names; two different ones are a doubt about the whole of it.

    `untrusted_names` are the file's name and the mail's subject: they speak where the document is silent, and where
    both speak of a meeting's date they must agree.
    """
    return MeetingNamed(_area(content, gathering, untrusted_names), _date(content, gathering, untrusted_names))


def _date(content: Content, gathering: Gathering, untrusted_names: Sequence[str]) -> date | None:
    stated = _dates_stated(content, gathering)
    if len(stated) > 1:
        gathering.doubt(Doubt.MEETINGS_DIFFER, gathering.dates[-1][1])
        return None
    outside = [(name, day) for name in untrusted_names if (day := _date_in_name(name, gathering.today)) is not None]
    if not stated:
        return outside[0][1] if len({day for _, day in outside}) == 1 else None
    if any(day != stated[0] and _speaks_of_a_meeting(_spaced(name), gathering.vocabulary) for name, day in outside):
        gathering.doubt(Doubt.MEETINGS_DIFFER, "the file's name or the mail's subject")
    return stated[0]


def _dates_stated(content: Content, gathering: Gathering) -> list[date]:
    """By labels and columns; else by titles that speak of a meeting; else by a title that is only a date."""
    stated = dict.fromkeys(day for day, _ in gathering.dates)
    if not stated:
        for text, where in titles_of(content, gathering.vocabulary):
            day = meeting_day(text, gathering.today) if _speaks_of_a_meeting(text, gathering.vocabulary) else None
            if day is not None:
                stated[day] = None
                gathering.dates.append((day, where))
    if not stated:
        for text, where in titles_of(content, gathering.vocabulary):
            if DATE.fullmatch(text.strip(" .:-")) and (day := meeting_day(text, gathering.today)) is not None:
                stated[day] = None
                gathering.dates.append((day, where))
    return list(stated) or _dates_that_open_a_title(content, gathering)


def _dates_that_open_a_title(content: Content, gathering: Gathering) -> list[date]:
    """ "Tuesday 8th December 2026, 09:30, Civic Offices", "Date: 8/12/2026": a meeting's, if only one title does so."""
    found: dict[date, str] = {}
    for text, where in titles_of(content, gathering.vocabulary):
        match = DATE.search(text)
        before = text[: match.start()].strip(" ,:-\u2013\u2014") if match is not None else ""
        if match is not None and (_OPENS.fullmatch(before) or _is_a_name(before, gathering.vocabulary)):
            day = meeting_day(text, gathering.today)
            near = day is not None and abs((day - gathering.today).days) < _NEAR
            found |= {day: where} if day is not None and near else {}
    if len(found) == 1:
        gathering.dates += list(found.items())
        return list(found)
    return []


def _date_in_name(untrusted_name: str, today: date) -> date | None:
    found = [date_of(match, today, ahead=AHEAD) for match in DATE.finditer(untrusted_name.replace("_", " "))]
    days = [day for day in found if isinstance(day, date)]
    return days[0] if len(days) == 1 else None


def _spaced(untrusted_name: str) -> str:
    return re.sub(r"[_.]", " ", untrusted_name)


def _speaks_of_a_meeting(text: str, vocabulary: Vocabulary) -> bool:
    words = words_of(text)
    label = words_of(text.partition(":")[0])
    if vocabulary.fields.get(label) is Field.MEETING_DATE or label == ("meeting",):
        return True
    return has_phrase(words, vocabulary.meeting) or has_phrase(words, vocabulary.kinds["case_list"])


def _area(content: Content, gathering: Gathering, untrusted_names: Sequence[str]) -> str | None:
    stated = {area.casefold(): area for area, _ in gathering.areas}
    if len(stated) > 1:
        gathering.doubt(Doubt.MEETINGS_DIFFER, gathering.areas[-1][1])
        return None
    if stated:
        return _named(without_meeting_words(next(iter(stated.values())), gathering.vocabulary))
    for text, _ in titles_of(content, gathering.vocabulary):
        area = _labelled_area(text, gathering.vocabulary) or area_in(text, gathering.vocabulary)
        if area is not None:
            return area
    found = (area_in(_spaced(name.rsplit(".", 1)[0]), gathering.vocabulary) for name in untrusted_names)
    return next((area for area in found if area is not None), None)


def _labelled_area(text: str, vocabulary: Vocabulary) -> str | None:
    """ "Area: Rotherham" over a table."""
    label, colon, area = text.partition(":")
    asks = bool(colon) and read_heading(label, vocabulary).fields == {Field.AREA}
    return _named(without_meeting_words(area.strip(), vocabulary)) if asks and _is_a_name(area, vocabulary) else None


def without_meeting_words(text: str, vocabulary: Vocabulary) -> str:
    """ "Rotherham MARAC" is the area Rotherham."""
    return area_in(text, vocabulary) or text


def area_in(text: str, vocabulary: Vocabulary) -> str | None:
    """The area in a title: the capitalised words before "MARAC", or else a stretch of the title that is only a name."""
    segments = [segment.strip() for segment in _SEGMENT.split(text) if segment.strip()]
    for segment in segments:
        before = _before_meeting(segment, vocabulary)
        if before is None:
            continue
        if before:
            return _named(before)
        others = [other for other in segments if other is not segment]
        return next((_named(other) for other in others if _is_a_name(other, vocabulary)), None) or _after_meeting(
            segment, vocabulary
        )
    return None


def _before_meeting(segment: str, vocabulary: Vocabulary) -> str | None:
    """The area's words before the meeting's; "" if there are none, None if no meeting is named."""
    words = segment.split()
    for size in (5, 4, 3, 2, 1):
        for at in range(len(words) - size + 1):
            if words_of(" ".join(words[at : at + size])) in vocabulary.meeting:
                kept: list[str] = []
                for word in reversed(words[:at]):
                    if not _may_be_in_area(word, vocabulary) and not (
                        kept and word.casefold() in ("and", "of", "upon", "&")
                    ):
                        break
                    kept.insert(0, word)
                while kept and not _may_be_in_area(kept[0], vocabulary):
                    kept = kept[1:]
                return " ".join(kept)
    return None


def _after_meeting(segment: str, vocabulary: Vocabulary) -> str | None:
    """ "MARAC for Rotherham", "MARAC Rotherham 3 December"."""
    words = segment.split()
    at = next((at for at, word in enumerate(words) if words_of(word) in vocabulary.meeting), len(words))
    kept: list[str] = []
    for word in words[at + 1 :]:
        if _may_be_in_area(word, vocabulary):
            kept.append(word)
        elif kept:
            break
    return _named(" ".join(kept)) if kept else None


def _may_be_in_area(word: str, vocabulary: Vocabulary) -> bool:
    bare = word.strip(".,'\u2019")
    return bare[:1].isupper() and bare.replace("-", "").isalpha() and bare.casefold() not in vocabulary.not_an_area


def _is_a_name(text: str, vocabulary: Vocabulary) -> bool:
    words = text.split()
    joining = {"and", "of", "upon", "&"}
    return (
        0 < len(words) <= 5
        and all(_may_be_in_area(word, vocabulary) or word in joining for word in words)
        and not vocabulary.says_nothing(text)
        and not DATE.search(text)
    )


def _named(text: str) -> str | None:
    """An area as it is usually written: capitals only where a name has them."""
    text = squeeze(text).strip(" .,-")[:_LONGEST_AREA]
    if not text:
        return None
    if text.isupper():
        small = {"AND", "OF", "UPON", "ON", "IN", "THE"}
        parts = re.split(r"([ \-])", text)
        return "".join(part.lower() if part in small else part.title() for part in parts)
    return text
