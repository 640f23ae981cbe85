"""A flag as FHIR: every byte of it, what it may never hold, and the way back."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest
from builders import patient
from builders_flags import AT_RISK, CODED_FORM, FORM, KEY_SYSTEM, flag, key
from hypothesis import given
from hypothesis import strategies as st

from integration.domain.flag import WORDING, FlagStatus
from integration.domain.nhs_number import NhsNumber
from integration.domain.people import Role
from mappings.fhir.codings import Coding, has_right_check_digit, is_snomed_concept
from mappings.fhir.flag import FlagForm, RecordSubject, as_text, from_fhir, key_of, opposes, to_fhir, would_revive
from mappings.fhir.flag_checks import faults_of
from mappings.fhir.terms import SNOMED_CT, resource_id_for

SUBJECT = RecordSubject("1001", NhsNumber("9990000018"))
VERHOEFF = [(n, d) for n, d in (("236", "3"), ("12345", "1"), ("142857", "0"), ("123456789012", "0"))]

VICTIM_TEXT = (
    '{"resourceType":"Flag",'
    '"meta":{"profile":["https://fhir.hl7.org.uk/StructureDefinition/UKCore-Flag"],"security":['
    '{"system":"http://terminology.hl7.org/CodeSystem/v3-Confidentiality","code":"V","display":"very restricted"},'
    '{"system":"http://terminology.hl7.org/CodeSystem/v3-ActCode","code":"SDV",'
    '"display":"sexual assault, abuse, or domestic violence information sensitivity"}]},'
    '"identifier":[{"system":"https://fhir.trust.example/Id/flag","value":"KEY"}],'
    '"status":"active",'
    '"category":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/flag-category","code":"safety",'
    '"display":"Safety"}]}],'
    '"code":{"coding":[{"system":"http://snomed.info/sct","code":"707087005",'
    '"display":"At risk of domestic violence"}],"text":"high risk victim of domestic abuse"},'
    '"subject":{"reference":"Patient/1001","type":"Patient",'
    '"identifier":{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"9990000018"}},'
    '"period":{"start":"2026-11-22"},'
    '"author":{"type":"Organization","identifier":'
    '{"system":"https://fhir.nhs.uk/Id/ods-organization-code","value":"RXX"}}}'
)


def victim() -> dict[str, Any]:
    return to_fhir(flag(), SUBJECT, CODED_FORM)


def perpetrator() -> dict[str, Any]:
    return to_fhir(flag(Role.PERPETRATOR), SUBJECT, CODED_FORM)


def test_a_victims_flag_is_these_bytes() -> None:
    assert as_text(victim()) == VICTIM_TEXT.replace("KEY", str(key()))


def test_a_perpetrators_flag_is_labelled_not_for_the_patient_and_nothing_else_differs() -> None:
    labels = [label["code"] for label in perpetrator()["meta"]["security"]]
    assert labels == ["V", "SDV", "NOPAT"]
    assert perpetrator()["code"] == {
        "text": "alleged high-risk perpetrator of domestic abuse (not to be disclosed to patient)"
    }


@pytest.mark.parametrize("role", WORDING)
@pytest.mark.parametrize("status", FlagStatus)
def test_what_we_write_has_no_fault_and_reads_back_as_the_same_flag(role: Role, status: FlagStatus) -> None:
    wanted = flag(role, status=status)
    resource = to_fhir(wanted, SUBJECT, CODED_FORM)
    assert faults_of(resource) == ()
    assert from_fhir(json.loads(as_text(resource)), "1001", CODED_FORM) == wanted


def test_a_flag_has_an_end_only_when_it_has_ended() -> None:
    assert "end" not in victim()["period"]
    ended = to_fhir(flag(status=FlagStatus.INACTIVE, end=date(2027, 1, 5)), SUBJECT, FORM)
    assert ended["period"] == {"start": "2026-11-22", "end": "2027-01-05"}


def test_without_an_nhs_number_the_subject_is_the_reference_alone() -> None:
    unknown = RecordSubject.of(patient(nhs_number="9990000019"), "1001")  # its check digit is wrong
    assert to_fhir(flag(), unknown, FORM)["subject"] == {"reference": "Patient/1001", "type": "Patient"}


@pytest.mark.parametrize("patient_id", ["", "../Binary", "a b", "x" * 65, "..", "1001/_history/1", "1001?_format=xml"])
def test_a_patient_id_that_is_none_of_fhirs_is_refused(patient_id: str) -> None:
    with pytest.raises(ValueError, match="the patient's id"):
        to_fhir(flag(), RecordSubject(patient_id), FORM)


def test_an_ods_code_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="author"):
        to_fhir(flag(), SUBJECT, FlagForm(KEY_SYSTEM, "not an ods code"))


def test_an_end_before_the_start_is_refused_though_the_library_accepts_it() -> None:
    early = flag(status=FlagStatus.INACTIVE, start=date(2026, 12, 1), end=date(2026, 11, 30))
    with pytest.raises(ValueError, match=r"period\.end"):
        to_fhir(early, SUBJECT, FORM)


FAULTS: list[tuple[str, dict[str, Any]]] = [
    ("status", {"status": "bogus"}),
    ("code.text", {"code": {"text": "high risk victim of domestic abuse, see minutes"}}),
    ("code.text", {"code": {"text": "High risk victim of domestic abuse"}}),
    ("code.coding", {"code": {"text": WORDING[Role.VICTIM], "coding": [{"system": SNOMED_CT, "code": "707087006"}]}}),
    ("meta.security", {"meta": {"profile": victim()["meta"]["profile"]}}),
    ("meta.security", {"meta": perpetrator()["meta"]}),
    ("meta.profile", {"meta": {"security": victim()["meta"]["security"], "profile": ["https://x.example/p"]}}),
    ("category", {"category": [{"coding": [{"system": "https://x.example", "code": "safety"}]}]}),
    ("identifier", {"identifier": []}),
    ("subject.reference", {"subject": {"reference": "Observation/1", "type": "Patient"}}),
    ("subject.type", {"subject": {"reference": "Patient/1", "type": "Group"}}),
    ("subject.display", {"subject": {"reference": "Patient/1", "type": "Patient", "display": "Q ZZTESTER"}}),
    ("subject.identifier", {"subject": {**victim()["subject"], "identifier": {"system": "x:y", "value": "1"}}}),
    ("period.end", {"period": {"start": "2026-11-22", "end": "2026-12-01"}}),
    ("period.start", {"period": {"start": "2026-11"}}),
    ("author", {"author": {"reference": "Practitioner/1"}}),
    ("text.div", {"text": {"status": "generated", "div": "<div/>"}}),
    ("extension.valueString", {"extension": [{"url": "https://x.example", "valueString": "case 27"}]}),
    ("contained.resourceType", {"contained": [{"resourceType": "Binary"}]}),
    ("encounter.reference", {"encounter": {"reference": "Encounter/1"}}),
    ("resourceType", {"resourceType": "Patient"}),
]


@pytest.mark.parametrize(("path", "change"), FAULTS, ids=[f"{n}-{path}" for n, (path, _) in enumerate(FAULTS)])
def test_a_fault_is_named_by_its_path(path: str, change: dict[str, Any]) -> None:
    assert path in faults_of(victim() | change)


@given(st.text(min_size=1), st.text())
def test_no_element_beside_the_allowed_ones_passes(name: str, value: str) -> None:
    resource = victim()
    if name not in resource and name != "id":
        assert faults_of(resource | {name: value}) != ()


def test_a_structure_that_r4_does_not_have_is_a_fault() -> None:
    assert faults_of(victim() | {"id": "not an id!"}) == ("structure",)


@pytest.mark.parametrize(("digits", "check"), VERHOEFF)
def test_verhoeffs_check_digit(digits: str, check: str) -> None:
    assert [d for d in "0123456789" if has_right_check_digit(digits + d)] == [check]


@given(st.integers(min_value=0, max_value=8), st.sampled_from("0123456789"))
def test_every_single_wrong_digit_of_a_snomed_code_is_noticed(place: int, digit: str) -> None:
    code = AT_RISK.code
    mistyped = code[:place] + digit + code[place + 1 :]
    assert is_snomed_concept(mistyped) is (mistyped == code)


@pytest.mark.parametrize("code", ["881081000000100", "697950003", "902961000000107"])
def test_known_concepts_pass(code: str) -> None:
    assert is_snomed_concept(code)


@pytest.mark.parametrize("code", ["707087006", "70708700", "0707087005", "abc", "", "1" * 19, "7070870050"])
def test_a_mistyped_snomed_code_is_refused(code: str) -> None:
    with pytest.raises(ValueError, match=r"code|SNOMED"):
        Coding(SNOMED_CT, code)


def test_another_systems_code_is_taken_as_it_is() -> None:
    system = "https://fhir.interweavedigital.nhs.uk/CodeSystem/Interweave-FlagType"
    assert Coding(system, "MARAC").as_fhir() == {"system": system, "code": "MARAC"}


@pytest.mark.parametrize("given_", [("snomed", "1"), ("https://x.example", " a"), ("https://x.example", "a", " ")])
def test_a_coding_that_is_none_is_refused(given_: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match=r"code|display"):
        Coding(*given_)


def test_the_way_back_knows_a_flag_that_ended_without_a_date() -> None:
    found = victim() | {"status": "inactive"}
    found["meta"] = found["meta"] | {"lastUpdated": "2027-02-01T10:00:00Z"}
    assert from_fhir(found, "1001", FORM).end == date(2027, 2, 1)


@pytest.mark.parametrize(
    "change",
    [
        {"code": {"text": "something else"}},
        {"identifier": [{"system": KEY_SYSTEM, "value": "not a key"}]},
        {"identifier": [{"system": "https://x.example", "value": str(key())}]},
        {"status": "bogus"},
        {"period": {}},
        {"period": "2026"},
        {"resourceType": "List"},
    ],
)
def test_what_no_longer_reads_as_ours_is_an_error_that_quotes_nothing(change: dict[str, Any]) -> None:
    with pytest.raises(ValueError) as caught:
        from_fhir(victim() | change, "1001", FORM)
    assert "something else" not in str(caught.value)


def test_a_key_is_found_among_other_identifiers() -> None:
    others = [{"system": "https://x.example", "value": "1"}, "garbage", *victim()["identifier"]]
    assert key_of(victim() | {"identifier": others}, FORM) == key()


def opposing(**change: Any) -> dict[str, Any]:
    return perpetrator() | change


@pytest.mark.parametrize(
    ("found", "stops"),
    [
        (opposing(), True),
        (opposing(status="inactive"), False),
        (opposing(status="entered-in-error"), False),
        (opposing(status="banana"), True),
        (opposing(identifier=[]), True),  # somebody else placed it
        (opposing(identifier=[], code={"text": "ALLEGED  high-risk perpetrator of domestic abuse (not to be disclosed to patient)"}), True),  # noqa: E501
        (opposing(code={"text": "changed by hand"}), True),  # ours, and nobody can tell which
        (opposing(code={"text": "changed by hand"}, identifier=[]), False),  # somebody else's own matter
        (victim(), False),
    ],
)  # fmt: skip
def test_what_stops_a_victims_flag(found: dict[str, Any], stops: bool) -> None:
    assert opposes(found, flag(), CODED_FORM) is stops


def test_a_code_of_the_opposite_role_stops_too() -> None:
    by_hand = {"resourceType": "Flag", "status": "active", "code": {"coding": [AT_RISK.as_fhir()], "text": "DV"}}
    assert opposes(by_hand, flag(Role.PERPETRATOR), CODED_FORM)
    both = FlagForm(KEY_SYSTEM, "RXX", {Role.VICTIM: (AT_RISK,), Role.PERPETRATOR: (AT_RISK,)})
    assert not opposes(by_hand, flag(Role.PERPETRATOR), both)


@pytest.mark.parametrize(
    ("held", "wanted", "revives"),
    [
        (FlagStatus.ACTIVE, FlagStatus.INACTIVE, False),
        (FlagStatus.ACTIVE, FlagStatus.ENTERED_IN_ERROR, False),
        (FlagStatus.INACTIVE, FlagStatus.ENTERED_IN_ERROR, False),
        (FlagStatus.INACTIVE, FlagStatus.ACTIVE, True),
        (FlagStatus.ENTERED_IN_ERROR, FlagStatus.ACTIVE, True),
        (FlagStatus.ENTERED_IN_ERROR, FlagStatus.INACTIVE, True),
    ],
)
def test_an_ended_flag_is_never_revived(held: FlagStatus, wanted: FlagStatus, revives: bool) -> None:
    assert would_revive({"status": held.value}, flag(status=wanted)) is revives


def test_a_local_id_becomes_a_resource_id() -> None:
    assert resource_id_for("1001") == "1001"
    odd = resource_id_for("RXX/1001")
    assert odd.startswith("sha256-")
    assert odd == resource_id_for("RXX/1001") != resource_id_for("RXX/1002")
