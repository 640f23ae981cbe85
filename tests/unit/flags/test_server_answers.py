"""What a server says that it can do, and the pages of its searches."""

from __future__ import annotations

from typing import Any

import pytest

from mappings.fhir.capability import capability_from_fhir
from mappings.fhir.search_set import page_from_fhir

ALL = ("create", "read", "update", "search-type")


def statement(
    *acts: str, version: str = "4.0.1", search: tuple[str, ...] = (), mode: str = "server", **more: Any
) -> dict[str, Any]:
    flag = {"type": "Flag", "interaction": [{"code": code} for code in acts], **more}
    if search:
        flag["searchParam"] = [{"name": name, "type": "token"} for name in search]
    rest = [{"mode": mode, "resource": [{"type": "Patient", "interaction": [{"code": "read"}]}, flag]}]
    return {"resourceType": "CapabilityStatement", "fhirVersion": version, "rest": rest}


@pytest.mark.parametrize(
    ("said", "lacks"),
    [
        (statement(*ALL), ()),
        (statement(*ALL, search=("identifier", "patient", "_id")), ()),
        (statement(*ALL, search=("identifier", "subject")), ()),
        (statement(*ALL, version="4.3.0"), ()),
        (statement("read", "search-type"), ("Flag create",)),  # what the large record systems say
        (statement(), ("Flag create", "Flag read", "Flag search-type")),
        (statement(*ALL, mode="client"), ("Flag create", "Flag read", "Flag search-type")),
        (statement(*ALL, version="5.0.0"), ("FHIR R4",)),
        (statement(*ALL, version="3.0.2"), ("FHIR R4",)),
        (statement(*ALL, search=("patient",)), ("Flag search by identifier",)),
        (statement(*ALL, search=("identifier",)), ("Flag search by patient",)),
        ({"resourceType": "CapabilityStatement"}, ("FHIR R4", "Flag create", "Flag read", "Flag search-type")),
        ({"resourceType": "CapabilityStatement", "fhirVersion": "4.0.1", "rest": [7, {"resource": "x"}]},
         ("Flag create", "Flag read", "Flag search-type")),
    ],
)  # fmt: skip
def test_what_a_server_lacks(said: dict[str, Any], lacks: tuple[str, ...]) -> None:
    assert capability_from_fhir(said).lacks() == lacks


def test_what_a_server_offers() -> None:
    offered = capability_from_fhir(statement(*ALL, search=("identifier", "subject"), conditionalCreate=True))
    assert offered.conditional_create
    assert offered.can_update
    assert offered.patient_parameter == "subject"
    assert offered.patient == {"read"}


def test_a_conditional_create_counts_only_if_flags_have_it() -> None:
    said = statement(*ALL, conditionalCreate="true")  # not a boolean
    said["rest"][0]["resource"][0]["conditionalCreate"] = True  # the patient's
    assert not capability_from_fhir(said).conditional_create


def test_something_else_is_no_capability_statement() -> None:
    with pytest.raises(ValueError, match="no CapabilityStatement"):
        capability_from_fhir({"resourceType": "OperationOutcome"})


def bundle(*resources: Any, **more: Any) -> dict[str, Any]:
    entries = [{"resource": resource} for resource in resources]
    return {"resourceType": "Bundle", "type": "searchset", "entry": entries, **more}


def test_a_page_holds_the_kind_asked_for_and_where_to_go_on() -> None:
    links = [{"relation": "self", "url": "a"}, {"relation": "next", "url": "b"}]
    said = bundle({"resourceType": "Flag", "id": "1"}, {"resourceType": "Patient", "id": "2"}, 7, link=links, total=9)
    page = page_from_fhir(said, "Flag")
    assert page.resources == ({"resourceType": "Flag", "id": "1"},)
    assert (page.next_url, page.total) == ("b", 9)


def test_an_empty_page_is_a_page() -> None:
    page = page_from_fhir({"resourceType": "Bundle", "type": "searchset"}, "Flag")
    assert (page.resources, page.next_url, page.total) == ((), None, None)


@pytest.mark.parametrize(
    "said",
    [
        {"resourceType": "OperationOutcome", "issue": []},
        {"resourceType": "Bundle", "type": "batch-response"},
        bundle({"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "processing"}]}),
        bundle(link=[{"relation": "next", "url": 7}]),
    ],
)
def test_a_partial_answer_is_no_answer(said: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="search result"):
        page_from_fhir(said, "Flag")


def test_a_hint_in_a_result_is_no_trouble() -> None:
    hint = {"resourceType": "OperationOutcome", "issue": [{"severity": "information", "code": "informational"}]}
    assert page_from_fhir(bundle(hint), "Flag").resources == ()
