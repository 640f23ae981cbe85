"""Servers that answer as no good one would: the register believes none of it. Answers are given by hand here."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest
from builders import patient
from builders_flags import CODED_FORM, KEY_SYSTEM, PATIENT_SYSTEM, fhir_patient, flag, key
from serving import serving

from connectors.fhir_flag_register import FhirFlagRegister, FhirServer, PatientLookup
from integration.domain.flag import Differs, FlagStatus, Missing, PatientDisagrees, Unproven
from integration.errors import Unavailable
from mappings.fhir.flag import RecordSubject, to_fhir

PATIENT = patient()
STATEMENT = {
    "resourceType": "CapabilityStatement",
    "fhirVersion": "4.0.1",
    "rest": [
        {
            "mode": "server",
            "resource": [
                {
                    "type": "Flag",
                    "interaction": [{"code": code} for code in ("create", "read", "update", "search-type")],
                    "conditionalCreate": True,
                    "searchParam": [{"name": "identifier"}, {"name": "subject"}],
                }
            ],
        }
    ],
}
STORED = to_fhir(flag(), RecordSubject.of(PATIENT, "1001"), CODED_FORM) | {"id": "77"}
Answers = dict[str, Any]


def found(*resources: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"resourceType": "Bundle", "type": "searchset", "entry": [{"resource": r} for r in resources], **more}


GOOD: Answers = {
    "GET metadata": STATEMENT,
    "GET Patient/1001": fhir_patient(),
    "POST Flag/_search": found(),
    "POST Patient/_search": found(fhir_patient(local_id="1001")),
    "GET Flag/77": STORED,
}


@contextmanager
def register_with(answers: Answers, lookup: PatientLookup | None = None) -> Iterator[FhirFlagRegister]:
    """A register at a server that answers by a table; what is not in it is 404. A list is given out one by one."""
    left = {asked: list(answer) if isinstance(answer, list) else answer for asked, answer in (GOOD | answers).items()}

    def answer(request: BaseHTTPRequestHandler) -> None:
        request.rfile.read(int(request.headers.get("Content-Length") or 0))
        asked = f"{request.command} {request.path.removeprefix('/fhir/')}"
        given = left.get(asked)
        chosen = given.pop(0) if isinstance(given, list) else given
        status, body = chosen if isinstance(chosen, tuple) else (404 if chosen is None else 200, chosen)
        request.send_response(status)
        request.end_headers()
        request.wfile.write(json.dumps(body).encode())

    with serving(answer) as base_url:
        server = FhirServer(base_url, None, None, 5.0)
        register = FhirFlagRegister(server, lookup or PatientLookup(), CODED_FORM, sleep=lambda _seconds: None)
        yield register
        register.close()


def refusal(answers: Answers) -> Unavailable:
    with register_with(answers) as register, pytest.raises(Unavailable) as caught:
        register.place(flag(), PATIENT)
    return caught.value


def test_something_else_in_place_of_a_capability_statement() -> None:
    assert "no capability statement" in refusal({"GET metadata": {"resourceType": "OperationOutcome"}}).reason


def test_another_patient_than_was_asked_for() -> None:
    with register_with({"GET Patient/1001": fhir_patient("1002")}) as register:
        result = register.place(flag(), PATIENT)
    assert result == PatientDisagrees("the record system answered with another patient")


def test_patients_whom_nobody_asked_for() -> None:
    answers = {"POST Patient/_search": found(fhir_patient(local_id="1002"))}
    with register_with(answers, PatientLookup("identifier", PATIENT_SYSTEM)) as register:
        result = register.place(flag(), PATIENT)
    assert result == PatientDisagrees("the record system does not hold this patient")


def test_a_search_that_never_ends() -> None:
    endless = found(link=[{"relation": "next", "url": "Flag?page=2"}])
    failure = refusal({"POST Flag/_search": endless, "GET Flag?page=2": endless})
    assert (failure.phase, failure.reason) == ("search", "the search result does not end; ask its operators")


@pytest.mark.parametrize("odd_id", [None, "", "../Binary/1", 7])
def test_a_resource_whose_id_is_none(odd_id: object) -> None:
    failure = refusal({"POST Flag/_search": found(STORED | {"id": odd_id})})
    assert "without a proper id" in failure.reason


def test_the_search_parameter_that_the_server_names_is_the_one_used() -> None:
    """This server's flags are found by `subject`; asked for by `patient` it would have to be searched in vain."""
    asked: list[bytes] = []

    def answer(request: BaseHTTPRequestHandler) -> None:
        asked.append(request.rfile.read(int(request.headers.get("Content-Length") or 0)))
        request.send_response(200)
        request.end_headers()
        request.wfile.write(json.dumps(STATEMENT if request.command == "GET" else found()).encode())

    with serving(answer) as base_url:
        register = FhirFlagRegister(FhirServer(base_url), PatientLookup(), CODED_FORM)
        assert register.standing(PATIENT) == []
        register.close()
    assert asked[-1] == b"subject=Patient%2F1001&_count=100"


@pytest.mark.parametrize("answer", [(201, {}), (409, {}), (412, {})])
def test_a_create_that_leaves_nothing_behind_is_unproven(answer: tuple[int, Any]) -> None:
    with register_with({"POST Flag": answer}) as register:
        assert isinstance(register.place(flag(), PATIENT), Unproven)


def test_a_flag_that_is_found_and_cannot_be_read() -> None:
    with register_with({"POST Flag/_search": found(STORED), "GET Flag/77": (410, {})}) as register:
        assert isinstance(register.place(flag(), PATIENT), Unproven)
        assert register.verify(flag(), PATIENT) == Missing()
        ended = flag(status=FlagStatus.INACTIVE)
        assert register.change(ended, PATIENT) == Differs("77", ("the flag is not there",))


def test_a_flag_on_something_that_is_no_patient_is_not_touched() -> None:
    moved = STORED | {"subject": {"reference": "Group/5"}}
    with register_with({"POST Flag/_search": found(STORED), "GET Flag/77": moved}) as register:
        for ended in (flag(status=FlagStatus.INACTIVE), flag(status=FlagStatus.ENTERED_IN_ERROR)):
            assert register.verify(ended, PATIENT) == Differs("77", ("subject.reference",))
            assert register.change(ended, PATIENT) == Differs("77", ("subject.reference",))


def test_an_ending_that_cannot_be_looked_for_is_unproven() -> None:
    answers: Answers = {
        "POST Flag/_search": found(STORED),
        "GET Flag/77": [STORED, (500, {})],
        "PUT Flag/77": (500, {}),
    }
    with register_with(answers) as register:
        result = register.change(flag(status=FlagStatus.INACTIVE), PATIENT)
    assert isinstance(result, Unproven)
    assert "read back" in result.reason


def test_a_probe_names_the_phase_in_which_looking_fails() -> None:
    for status, phases in ((500, ["sign in", "search"]), (403, ["sign in"])):
        with register_with({"POST Flag/_search": (status, {})}) as register:
            probes = list(register.probe())
        assert [probe.phase for probe in probes] == ["resolve", "connect", "capability", *phases]
        assert [probe.ok for probe in probes] == [True] * (len(probes) - 1) + [False]
        assert probes[-1].remedy


def test_an_identifier_of_ours_with_another_key_is_not_ours() -> None:
    other = STORED | {"identifier": [{"system": KEY_SYSTEM, "value": str(key(generation=2))}]}
    with register_with({"POST Flag/_search": found(other)}) as register:
        assert register.verify(flag(), PATIENT) == Missing()
