"""Reading ↔ JSON: what `flagtag read` prints, what the reader hands over, and what is sealed. Lossless, checked.

What comes in may come from a process that read a hostile file, so nothing is taken on trust: shapes, types, lengths,
and characters that could deceive a reader are checked, and a value that does not fit is refused, never repaired.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import asdict
from datetime import date
from typing import Any

from integration.domain.case_list import Case, DocumentKind, LayoutUsed, MeetingNamed, Problem, Reading
from integration.domain.people import Address, BirthYear, PersonName, Role, Sex, Subject

LONGEST = {"name": 200, "line": 1_000, "postcode": 12, "nhs_number": 20, "phone": 60, "where": 120, "reason": 300}
LONGEST_REF = 80
LONGEST_AREA = 100
LONGEST_MEDIA_TYPE = 120
MOST_CASES = 20_000
MOST_SUBJECTS = 1_000
MOST_PROBLEMS = 50_000
MOST_OF_ANYTHING = 200
LATEST_LAYOUT = 1_000_000


class NotAReading(ValueError):
    """The JSON does not have the contract's shape. Says where in the JSON, never what stood there."""


def to_json(reading: Reading) -> dict[str, Any]:
    """The contract's shape; `from_json` gives the same reading back."""
    optional: dict[str, Any] = {"layout": asdict(reading.layout)} if reading.layout is not None else {}
    optional |= {"passed_over": list(reading.passed_over)} if reading.passed_over else {}
    optional |= {"remarks": [_problem_to_json(remark) for remark in reading.remarks]} if reading.remarks else {}
    return {
        "document": {"kind": reading.kind.value, "media_type": reading.media_type, "sha256": reading.sha256},
        "meeting": {
            "area": reading.meeting.area,
            "date": reading.meeting.date.isoformat() if reading.meeting.date else None,
        },
        "cases": [_case_to_json(case) for case in reading.cases],
        "problems": [_problem_to_json(problem) for problem in reading.problems],
        **optional,
    }


def _problem_to_json(problem: Problem) -> dict[str, Any]:
    return {"where": problem.where, "case_ref": problem.case_ref, "reason": problem.reason}


def _case_to_json(case: Case) -> dict[str, Any]:
    return {
        "case_ref": case.case_ref,
        "repeat": case.repeat,
        "subjects": [_subject_to_json(subject) for subject in case.subjects],
    }


def _subject_to_json(subject: Subject) -> dict[str, Any]:
    return {
        "role": subject.role.value,
        "names": [{"family": name.family, "given": name.given} for name in subject.names],
        "births": [born.isoformat() for born in subject.births],
        "age": subject.age,
        "born_in": str(subject.born_in) if subject.born_in else None,
        "sex": subject.sex.value if subject.sex else None,
        "nhs_number": subject.nhs_number,
        "addresses": [{"line": address.line, "postcode": address.postcode} for address in subject.addresses],
        "phones": list(subject.phones),
        "where": subject.where,
        "row": subject.row,
    }


def from_json(untrusted: object) -> Reading:
    """A reading, or `NotAReading` at the first thing that does not fit the contract."""
    optional = {"layout", "passed_over", "remarks"} & set(untrusted) if isinstance(untrusted, dict) else set[str]()
    top = _object(untrusted, "reading", {"document", "meeting", "cases", "problems"} | optional)
    document = _object(top["document"], "document", {"kind", "media_type", "sha256"})
    meeting = _object(top["meeting"], "meeting", {"area", "date"})
    sha256 = _text(document["sha256"], "sha256", 64)
    if not re.fullmatch(r"[0-9a-f]{64}", sha256):
        raise NotAReading("sha256 is not a digest")
    return Reading(
        kind=_kind_of(document["kind"]),
        media_type=_text(document["media_type"], "media_type", LONGEST_MEDIA_TYPE),
        sha256=sha256,
        meeting=MeetingNamed(_text_or_none(meeting["area"], "area", LONGEST_AREA), _date_or_none(meeting["date"])),
        cases=tuple(_case(case) for case in _list(top["cases"], "cases", MOST_CASES)),
        problems=tuple(_problem(problem) for problem in _list(top["problems"], "problems", MOST_PROBLEMS)),
        layout=_layout(top["layout"]) if "layout" in optional else None,
        passed_over=tuple(
            _text(place, "passed_over", LONGEST["where"])
            for place in _list(top.get("passed_over", []), "passed_over", MOST_OF_ANYTHING)
        ),
        remarks=tuple(_problem(remark) for remark in _list(top.get("remarks", []), "remarks", MOST_PROBLEMS)),
    )


def _layout(untrusted: object) -> LayoutUsed:
    layout = _object(untrusted, "layout", {"name", "version", "digest"})
    version = _number_or_none(layout["version"], "version", LATEST_LAYOUT)
    if version is None:
        raise NotAReading("a layout has no version")
    return LayoutUsed(_text(layout["name"], "name", LONGEST["name"]), version, _text(layout["digest"], "digest", 64))


def _case(untrusted: object) -> Case:
    case = _object(untrusted, "case", {"case_ref", "repeat", "subjects"})
    if case["repeat"] not in (True, False, None) or (
        isinstance(case["repeat"], int | float) and not isinstance(case["repeat"], bool)
    ):
        raise NotAReading("repeat is neither true, false nor null")
    subjects = tuple(_subject(subject) for subject in _list(case["subjects"], "subjects", MOST_SUBJECTS))
    return Case(_text(case["case_ref"], "case_ref", LONGEST_REF), subjects, case["repeat"])


_SUBJECT = {"role", "names", "births", "age", "sex", "nhs_number", "addresses", "phones", "where", "row"}


def _subject(untrusted: object) -> Subject:
    told = {"born_in"} & set(untrusted) if isinstance(untrusted, dict) else set[str]()  # older readings lack it
    subject = _object(untrusted, "subject", _SUBJECT | told)
    names = tuple(_name(name) for name in _list(subject["names"], "names", MOST_OF_ANYTHING))
    if not names:
        raise NotAReading("a subject has no name")
    return Subject(
        role=_one_of(Role, subject["role"], "role"),
        names=names,
        births=tuple(_date(born) for born in _list(subject["births"], "births", MOST_OF_ANYTHING)),
        age=_number_or_none(subject["age"], "age", 150),
        sex=None if subject["sex"] is None else _one_of(Sex, subject["sex"], "sex"),
        nhs_number=_text_or_none(subject["nhs_number"], "nhs_number", LONGEST["nhs_number"]),
        addresses=tuple(_address(a) for a in _list(subject["addresses"], "addresses", MOST_OF_ANYTHING)),
        phones=tuple(_text(p, "phone", LONGEST["phone"]) for p in _list(subject["phones"], "phones", MOST_OF_ANYTHING)),
        where=_text(subject["where"], "where", LONGEST["where"]),
        row=_number_or_none(subject["row"], "row", 10_000_000),
        born_in=_birth_year_or_none(subject.get("born_in")),
    )


def _name(untrusted: object) -> PersonName:
    name = _object(untrusted, "name", {"family", "given"})
    family, given = (_text(name[half], half, LONGEST["name"]) for half in ("family", "given"))
    if not (family.strip() or given.strip()):
        raise NotAReading("a name is empty")
    return PersonName(family, given)


def _address(untrusted: object) -> Address:
    address = _object(untrusted, "address", {"line", "postcode"})
    postcode = _text_or_none(address["postcode"], "postcode", LONGEST["postcode"])
    return Address(_text(address["line"], "line", LONGEST["line"]), postcode)


def _problem(untrusted: object) -> Problem:
    problem = _object(untrusted, "problem", {"where", "case_ref", "reason"})
    return Problem(
        where=_text(problem["where"], "where", LONGEST["where"]),
        reason=_text(problem["reason"], "reason", LONGEST["reason"]),
        case_ref=_text_or_none(problem["case_ref"], "case_ref", LONGEST_REF),
    )


# --- the schema's small parts


def _object(untrusted: object, what: str, keys: set[str]) -> dict[str, Any]:
    if not isinstance(untrusted, dict) or set(untrusted) != keys:
        raise NotAReading(f"{what} does not have the keys of the contract")
    return untrusted


def _list(untrusted: object, what: str, most: int) -> list[Any]:
    if not isinstance(untrusted, list) or len(untrusted) > most:
        raise NotAReading(f"{what} is no list, or too long a one")
    return untrusted


def _text(untrusted: object, what: str, longest: int) -> str:
    if not isinstance(untrusted, str) or len(untrusted) > longest:
        raise NotAReading(f"{what} is no text, or too long a one")
    if any(unicodedata.category(char) in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp") for char in untrusted):
        raise NotAReading(f"{what} holds characters that are not shown")
    return untrusted


def _text_or_none(untrusted: object, what: str, longest: int) -> str | None:
    return None if untrusted is None else _text(untrusted, what, longest)


def _number_or_none(untrusted: object, what: str, most: int) -> int | None:
    if untrusted is None:
        return None
    if not isinstance(untrusted, int) or isinstance(untrusted, bool) or not 0 <= untrusted <= most:
        raise NotAReading(f"{what} is no number, or none that can be")
    return untrusted


def _date(untrusted: object) -> date:
    text = _text(untrusted, "date", 10)
    try:
        return date.fromisoformat(text) if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text) else _no_date()
    except ValueError:
        return _no_date()


def _birth_year_or_none(untrusted: object) -> BirthYear | None:
    if untrusted is None:
        return None
    found = re.fullmatch(r"([1-9]\d{3})(?:-(\d{2}))?", _text(untrusted, "born_in", 7), re.ASCII)
    if found is None or not "01" <= (found[2] or "01") <= "12":
        raise NotAReading("born_in is neither YYYY nor YYYY-MM")
    return BirthYear(int(found[1]), int(found[2]) if found[2] else None)


def _no_date() -> date:
    raise NotAReading("a date is not YYYY-MM-DD") from None


def _date_or_none(untrusted: object) -> date | None:
    return None if untrusted is None else _date(untrusted)


def _kind_of(untrusted: object) -> DocumentKind:
    kind: DocumentKind = _one_of(DocumentKind, untrusted, "kind")
    if kind is DocumentKind.CONTAINER:
        raise NotAReading("a mail or an archive says nothing itself")
    return kind


def _one_of(kind: Any, untrusted: object, what: str) -> Any:
    values = {member.value: member for member in kind}
    if not isinstance(untrusted, str) or untrusted not in values:
        raise NotAReading(f"{what} is none of the words of the contract")
    return values[untrusted]
