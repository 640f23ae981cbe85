"""What a register holds against what it should hold: whatever a clinician would see otherwise is noticed."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from builders_flags import CODED_FORM, flag
from hypothesis import given
from hypothesis import strategies as st

from integration.domain.nhs_number import NhsNumber
from integration.domain.people import Role
from mappings.fhir.flag import RecordSubject, to_fhir
from mappings.fhir.flag_comparison import differences, settled_differences
from mappings.fhir.terms import CONFIDENTIALITY

BASE = "https://ehr.trust.example/fhir"
WANTED = to_fhir(flag(Role.PERPETRATOR), RecordSubject("1001", NhsNumber("9990000018")), CODED_FORM)
VICTIM = to_fhir(flag(), RecordSubject("1001", NhsNumber("9990000018")), CODED_FORM)
REMOVED = object()


def changed(resource: dict[str, Any], *path: Any, to: Any) -> dict[str, Any]:
    """A copy in which the value at `path` is another, or gone."""
    found = copy.deepcopy(resource)
    holder: Any = found
    for step in path[:-1]:
        holder = holder[step]
    if to is REMOVED:
        del holder[path[-1]]
    else:
        holder[path[-1]] = to
    return found


def test_the_same_has_no_differences() -> None:
    assert differences(WANTED, copy.deepcopy(WANTED)) == ()


NOTICED: list[tuple[tuple[Any, ...], Any, str]] = [
    (("status",), "inactive", "status"),
    (("status",), REMOVED, "status"),
    (("code", "text"), WANTED["code"]["text"] + " ", "code.text"),
    (("code", "text"), WANTED["code"]["text"].replace("-", "\u2011"), "code.text"),
    (("code", "text"), WANTED["code"]["text"].capitalize(), "code.text"),
    (("code", "text"), [WANTED["code"]["text"]], "code.text"),
    (("code", "coding"), [{"system": "https://x.example", "code": "1"}], "code.coding"),
    (("meta", "security", 2), REMOVED, "meta.security"),
    (("meta", "security"), REMOVED, "meta.security"),
    (("meta", "security", 0, "code"), "N", "meta.security"),
    (("meta", "security"), [*WANTED["meta"]["security"], {"system": CONFIDENTIALITY, "code": "N"}], "meta.security"),
    (("meta", "profile"), [], "meta.profile"),
    (("category", 0, "coding", 0, "code"), "admin", "category"),
    (("category",), [], "category"),
    (("subject", "reference"), "Patient/1002", "subject.reference"),
    (("subject", "reference"), "https://elsewhere.example/fhir/Patient/1001", "subject.reference"),
    (("subject", "identifier", "value"), "9990000026", "subject.identifier"),
    (("subject", "identifier"), REMOVED, "subject.identifier"),
    (("subject",), REMOVED, "subject.reference"),
    (("period", "start"), "2026-11-23", "period.start"),
    (("period", "start"), "2026-11-22T00:00:00Z", "period.start"),
    (("period", "end"), "2027-11-22", "period.end"),
    (("author",), REMOVED, "author.identifier"),
    (("author", "identifier", "value"), "RYY", "author.identifier"),
    (("identifier", 0, "value"), "x", "identifier"),
    (("identifier",), [*WANTED["identifier"], {**WANTED["identifier"][0], "value": "y"}], "identifier"),
    (("modifierExtension",), [{"url": "https://x.example", "valueBoolean": False}], "modifierExtension"),
    (("encounter",), {"reference": "Encounter/1"}, "encounter"),
    (("contained",), [{"resourceType": "Basic"}], "contained"),
    (("implicitRules",), "https://x.example", "implicitRules"),
    (("resourceType",), "List", "resourceType"),
]


@pytest.mark.parametrize(("path", "to", "name"), NOTICED, ids=[f"{n}-{row[2]}" for n, row in enumerate(NOTICED)])
def test_a_difference_is_named(path: tuple[Any, ...], to: Any, name: str) -> None:
    found = differences(WANTED, changed(WANTED, *path, to=to))
    assert found == ((name, "subject.identifier") if path == ("subject",) else (name,))


ALLOWED: list[tuple[tuple[Any, ...], Any]] = [
    (("id",), "77"),
    (("meta", "versionId"), "3"),
    (("meta", "tag"), [{"code": "x"}]),
    (("meta", "profile"), [*WANTED["meta"]["profile"], "https://ehr.example/profile"]),
    (("meta", "security"), [*WANTED["meta"]["security"], {"system": "https://ehr.example", "code": "L"}]),
    (("text",), {"status": "generated", "div": "<div>made there</div>"}),
    (("extension",), [{"url": "https://ehr.example/seen", "valueBoolean": True}]),
    (("subject", "display"), "as the record system shows the patient"),
    (("subject", "reference"), f"{BASE}/Patient/1001"),
    (("subject", "reference"), "Patient/1001/_history/4"),
    (("identifier",), [{"system": "https://ehr.example", "value": "1"}, *WANTED["identifier"]]),
    (("author", "display"), "Example Trust"),
]


@pytest.mark.parametrize(("path", "to"), ALLOWED, ids=[".".join(map(str, row[0])) for row in ALLOWED])
def test_what_a_server_adds_of_its_own_is_no_difference(path: tuple[Any, ...], to: Any) -> None:
    assert differences(WANTED, changed(WANTED, *path, to=to), BASE) == ()


def test_codes_may_be_displayed_only_as_we_said() -> None:
    renamed = changed(VICTIM, "code", "coding", 0, "display", to="Perpetrator")
    assert differences(VICTIM, renamed) == ("code.coding.display",)
    silent = changed(VICTIM, "code", "coding", 0, "display", to=REMOVED)
    assert differences(silent, VICTIM) == ()  # we said nothing, the server knows the words


def test_a_number_that_became_known_later_is_no_difference_of_a_standing_flag() -> None:
    before = changed(WANTED, "subject", "identifier", to=REMOVED)
    assert differences(WANTED, before) == ("subject.identifier",)
    assert settled_differences(WANTED, before) == ()
    other = changed(WANTED, "subject", "identifier", "value", to="9990000026")
    assert settled_differences(WANTED, other) == ("subject.identifier",)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@given(st.sampled_from(sorted(set(WANTED) - {"meta"})), JSON)
def test_whatever_a_server_puts_in_place_of_an_element_is_noticed_and_breaks_nothing(name: str, value: object) -> None:
    assert differences(WANTED, WANTED | {name: value}) != ()


@given(st.dictionaries(st.sampled_from(sorted(WANTED)), JSON))
def test_any_other_resource_differs(found: dict[str, Any]) -> None:
    assert differences(WANTED, found) != ()
