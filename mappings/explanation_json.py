"""Explanations ↔ JSON: the optional member `sources` of a reading. Checked as strictly as the reading itself."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from typing import Any

from integration.domain.case_list import Reading
from integration.domain.explanation import Explained, Rule, Source
from mappings.reading_json import LONGEST, NotAReading

MOST_SOURCES = 200_000
_KEYS = {"case", "subject", "field", "at", "where", "rule", "words"}
_SEVERAL = {"names", "births", "addresses", "phones"}
_ONE = {"role", "age", "born_in", "sex", "nhs_number"}


def sources_to_json(sources: Sequence[Explained]) -> list[dict[str, Any]]:
    """One object a source; `sources_from_json` gives the same back."""
    return [
        {
            "case": one.case,
            "subject": one.subject,
            "field": one.field,
            "at": one.at,
            "where": one.source.where,
            "rule": one.source.rule.value,
            "words": one.source.words,
        }
        for one in sources
    ]


def sources_from_json(untrusted: object, reading: Reading) -> tuple[Explained, ...]:
    """The sources of the values of a reading, or `NotAReading` at the first that fits no value of it."""
    if not isinstance(untrusted, list) or len(untrusted) > MOST_SOURCES:
        raise NotAReading("sources is no list, or too long a one")
    return tuple(_explained(one, reading) for one in untrusted)


def _explained(untrusted: object, reading: Reading) -> Explained:
    if not isinstance(untrusted, dict) or set(untrusted) != _KEYS:
        raise NotAReading("a source does not have the keys of the contract")
    what = untrusted["field"]
    if not isinstance(what, str) or what not in _SEVERAL | _ONE:
        raise NotAReading("a source names no field")
    case = _below(untrusted["case"], len(reading.cases))
    subject = _below(untrusted["subject"], len(reading.cases[case].subjects))
    value = getattr(reading.cases[case].subjects[subject], what)
    at = _below(untrusted["at"], len(value) if what in _SEVERAL else int(value is not None))
    rule = untrusted["rule"]
    if not isinstance(rule, str) or rule not in set(Rule):
        raise NotAReading("a source has no rule that we know")
    where, words = _text(untrusted["where"]), _text(untrusted["words"])
    return Explained(case, subject, what, at, Source(where, Rule(rule), words))


def _below(untrusted: object, end: int) -> int:
    if not isinstance(untrusted, int) or isinstance(untrusted, bool) or not 0 <= untrusted < end:
        raise NotAReading("a source points at no value")
    return untrusted


def _text(untrusted: object) -> str:
    if not isinstance(untrusted, str) or len(untrusted) > LONGEST["where"]:
        raise NotAReading("a source's text is no text, or too long a one")
    if any(unicodedata.category(char) in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp") for char in untrusted):
        raise NotAReading("a source's text holds characters that are not shown")
    return untrusted
