"""What the FHIR register asks, believes and refuses to believe, against a real server that may lie."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from builders import patient
from builders_flags import CODED_FORM, KEY_SYSTEM, PATIENT_SYSTEM, fhir_patient, flag, key
from peers.fhir_server import FhirServer
from peers.flag_records import register_at

from connectors.fhir_flag_register import FhirFlagRegister, PatientLookup
from integration.domain.flag import (
    Differs,
    FlagStatus,
    Missing,
    OppositeFlag,
    PatientDisagrees,
    Placed,
    Unproven,
)
from integration.domain.people import Role
from integration.errors import Unavailable
from mappings.fhir.flag import RecordSubject, to_fhir

PATIENT = patient()
INACTIVE = flag(status=FlagStatus.INACTIVE)
DUPLICATE = ("more than one flag has this key",)


@pytest.fixture
def server(fhir_server: FhirServer) -> FhirServer:
    fhir_server.add(fhir_patient())
    return fhir_server


@pytest.fixture
def register(server: FhirServer) -> Iterator[FhirFlagRegister]:
    register = register_at(server)
    yield register
    register.close()


def resource(of: Any = None, **change: Any) -> dict[str, Any]:
    """A flag as we would write it, otherwise where a test says so."""
    return to_fhir(of or flag(), RecordSubject.of(PATIENT, "1001"), CODED_FORM) | change


def posts(server: FhirServer) -> int:
    return server.asked("POST", "Flag")


# the order of things


def test_what_is_stored_is_ours_byte_for_byte(server: FhirServer, register: FhirFlagRegister) -> None:
    register.place(flag(Role.PERPETRATOR), PATIENT)
    (stored,) = server.flags()
    wanted = resource(flag(Role.PERPETRATOR))
    assert stored["code"]["text"].encode() == wanted["code"]["text"].encode()
    assert {name: stored[name] for name in wanted if name != "meta"} == {n: v for n, v in wanted.items() if n != "meta"}
    assert stored["meta"]["security"] == wanted["meta"]["security"]


def test_the_steps_and_their_order(server: FhirServer, register: FhirFlagRegister) -> None:
    register.place(flag(), PATIENT)
    asked = [f"{entry['method']} {entry['url'].removeprefix('/fhir/')}" for entry in server.log()]
    (stored,) = server.flags()
    steps = ["GET metadata", "GET Patient/1001", "POST Flag/_search", "POST Flag/_search", "POST Flag"]
    assert asked[1:] == [*steps, f"GET Flag/{stored['id']}", "POST Flag/_search"]
    (create,) = [entry for entry in server.log() if entry["method"] == "POST" and entry["url"] == "/fhir/Flag"]
    assert create["ifNoneExist"] == f"identifier={KEY_SYSTEM}|{key()}"


def test_the_capability_statement_is_read_once_for_a_while(server: FhirServer, register: FhirFlagRegister) -> None:
    for number in range(3):
        register.place(flag(generation=number + 1), PATIENT)
    assert server.asked("GET", "metadata") == 1


# the server's abilities


@pytest.mark.parametrize(
    "said",
    [
        {"interactions": ["read", "search-type"]},  # as the large record systems are
        {"interactions": ["create", "read"]},
        {"fhirVersion": "5.0.0"},
        {"searchParams": ["patient", "date"]},
    ],
)
def test_a_server_that_does_not_offer_flags_gets_none(
    server: FhirServer, register: FhirFlagRegister, said: dict[str, Any]
) -> None:
    server.set(**said)
    with pytest.raises(Unavailable, match="does not say that it offers") as caught:
        register.place(flag(), PATIENT)
    assert caught.value.phase == "capability"
    assert "flags.kind" in caught.value.reason
    assert posts(server) == 0


def test_without_conditional_create_one_process_still_makes_one_flag(
    server: FhirServer, register: FhirFlagRegister
) -> None:
    server.set(conditionalCreate=False, honoursConditionalCreate=False)
    with ThreadPoolExecutor(12) as threads:
        results = list(threads.map(lambda _: register.place(flag(), PATIENT), range(12)))
    assert all(isinstance(result, Placed) for result in results)
    assert len(server.flags()) == posts(server) == 1
    assert all(entry.get("ifNoneExist") is None for entry in server.log())


def test_a_server_that_lets_nobody_update_cannot_end_a_flag(server: FhirServer, register: FhirFlagRegister) -> None:
    server.set(interactions=["create", "read", "search-type"])
    register.place(flag(), PATIENT)
    with pytest.raises(Unavailable, match="capability"):
        register.change(INACTIVE, PATIENT)


# the patient there


@pytest.mark.parametrize(
    ("theirs", "why"),
    [
        (fhir_patient(nhs_number="9990000026"), "the NHS numbers differ"),
        (fhir_patient(nhs_number=None, family="ZZOTHER"), "neither the NHS number nor"),
        (fhir_patient(active=False), "inactive"),
        (fhir_patient(link=[{"type": "replaced-by", "other": {"reference": "Patient/2"}}]), "merged"),
        (fhir_patient(deceasedBoolean=True), "deceased"),
    ],
)
def test_a_patient_who_disagrees_gets_no_flag(
    server: FhirServer, register: FhirFlagRegister, theirs: dict[str, Any], why: str
) -> None:
    server.add(theirs)
    result = register.place(flag(), PATIENT)
    assert isinstance(result, PatientDisagrees)
    assert why in result.reason
    assert posts(server) == 0


@pytest.mark.parametrize("local_id", ["9999", "no such id!", "../Flag", "1001?_format=json"])
def test_a_patient_who_is_not_there_gets_no_flag(server: FhirServer, register: FhirFlagRegister, local_id: str) -> None:
    result = register.place(flag(patient=local_id), patient(local_id))
    assert result == PatientDisagrees("the record system does not hold this patient")
    assert posts(server) == 0


def test_a_patient_by_the_servers_own_id(server: FhirServer, register: FhirFlagRegister) -> None:
    server.add(fhir_patient("ehr-77"))
    assert isinstance(register.place(flag(), patient(fhir_id="ehr-77")), Placed)
    assert server.flags()[0]["subject"]["reference"] == "Patient/ehr-77"


@pytest.fixture
def by_identifier(server: FhirServer) -> Iterator[FhirFlagRegister]:
    register = register_at(server, lookup=PatientLookup("identifier", PATIENT_SYSTEM))
    yield register
    register.close()


def test_a_patient_by_identifier(server: FhirServer, by_identifier: FhirFlagRegister) -> None:
    server.add(fhir_patient("ehr-77", local_id="RXX/1001"))
    ours, wanted = patient("RXX/1001"), flag(patient="RXX/1001")
    assert isinstance(by_identifier.place(wanted, ours), Placed)
    assert isinstance(by_identifier.verify(wanted, ours), Placed)
    (standing,) = by_identifier.standing(ours)
    assert standing.flag == wanted
    assert server.asked("POST", "Patient/_search") > 0
    assert not any("RXX" in entry["url"] or "1001" in entry["url"] for entry in server.log()[2:])


def test_two_patients_under_one_identifier_get_no_flag(server: FhirServer, by_identifier: FhirFlagRegister) -> None:
    server.add(fhir_patient("ehr-77", local_id="1001"))
    server.add(fhir_patient("ehr-78", local_id="1001"))
    assert "more than one" in getattr(by_identifier.place(flag(), PATIENT), "reason", "")
    assert by_identifier.standing(patient("unknown")) == ()
    assert posts(server) == 0


# what stands there already


@pytest.mark.parametrize(
    "other",
    [
        resource(flag(Role.PERPETRATOR)),
        resource(flag(Role.PERPETRATOR), identifier=[{"system": "https://other.example", "value": "1"}]),
        resource(flag(generation=7), code={"text": "changed by hand"}),
    ],
)
def test_an_opposite_flag_stops_whoever_placed_it(
    server: FhirServer, register: FhirFlagRegister, other: dict[str, Any]
) -> None:
    added = server.add(other)
    assert register.place(flag(), PATIENT) == OppositeFlag(added["id"])
    assert posts(server) == 1  # the other one


def test_an_opposite_flag_on_the_last_page_is_seen(server: FhirServer, register: FhirFlagRegister) -> None:
    for number in range(5):
        server.add(resource(identifier=[{"system": "https://other.example", "value": str(number)}]))
    added = server.add(resource(flag(Role.PERPETRATOR)))
    server.set(pageSize=2)
    assert register.place(flag(), PATIENT) == OppositeFlag(added["id"])


def test_flags_of_other_patients_are_left_out_though_the_server_shows_them(
    server: FhirServer, register: FhirFlagRegister
) -> None:
    server.add(fhir_patient("1002"))
    server.add(resource(flag(Role.PERPETRATOR), subject={"reference": "Patient/1002", "type": "Patient"}))
    server.set(ignoresFlagSearch=True)
    assert isinstance(register.place(flag(), PATIENT), Placed)
    assert isinstance(register.verify(flag(generation=2), PATIENT), Missing)


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({"nextPageBase": "https://elsewhere.example/fhir"}, "lies elsewhere"),
        ({"nextPageBase": "http://127.0.0.1:1/fhir"}, "lies elsewhere"),
        ({"hidesNextPage": True}, "shows less than"),
    ],
)
def test_a_search_that_is_not_whole_stops(
    server: FhirServer, register: FhirFlagRegister, options: dict[str, Any], why: str
) -> None:
    for number in range(3):
        server.add(resource(identifier=[{"system": "https://other.example", "value": str(number)}]))
    server.set(pageSize=2, **options)
    with pytest.raises(Unavailable, match=why) as caught:
        register.place(flag(), PATIENT)
    assert caught.value.phase == "search"
    assert posts(server) == 3


def test_two_flags_under_one_key_are_put_to_a_person(server: FhirServer, register: FhirFlagRegister) -> None:
    ids = sorted(server.add(resource())["id"] for _ in range(2))
    for result in (
        register.place(flag(), PATIENT),
        register.verify(flag(), PATIENT),
        register.change(INACTIVE, PATIENT),
    ):
        assert result == Differs(ids[0], DUPLICATE)


# a server that lies


@pytest.mark.parametrize(
    ("path", "value", "name"),
    [
        (["code", "text"], "High risk victim of domestic abuse", "code.text"),
        (["code", "text"], "high risk victim of domestic abuse ", "code.text"),
        (["meta", "security"], None, "meta.security"),
        (["status"], "inactive", "status"),
        (["subject", "reference"], "Patient/1002", "subject.reference"),
        (["subject", "identifier"], None, "subject.identifier"),
        (["period"], None, "period.start"),
        (["author"], None, "author.identifier"),
        (["category"], None, "category"),
    ],
)
def test_a_server_that_stores_something_else_is_found_out(
    server: FhirServer, register: FhirFlagRegister, path: list[str], value: object, name: str
) -> None:
    server.set(tamper=[{"path": path, "value": value}])
    result = register.place(flag(), PATIENT)
    assert isinstance(result, Differs)
    assert result.fields == (name,)
    assert result.server_id == server.flags()[0]["id"]


def test_a_server_that_forgets_conditional_creates_is_found_out(server: FhirServer) -> None:
    server.set(honoursConditionalCreate=False)
    registers = [register_at(server) for _ in range(2)]  # two hosts
    server.fail("delay", "Flag", method="POST", times=4, ms=150)  # both have looked before either writes
    with ThreadPoolExecutor(2) as threads:
        results = list(threads.map(lambda register: register.place(flag(), PATIENT), registers))
    for register in registers:
        register.close()
    assert len(server.flags()) == 2
    assert any(isinstance(result, Differs) and result.fields == DUPLICATE for result in results)


# changing


def test_a_change_is_for_the_version_that_was_seen(server: FhirServer, register: FhirFlagRegister) -> None:
    register.place(flag(), PATIENT)
    register.change(INACTIVE, PATIENT)
    (put,) = [entry for entry in server.log() if entry["method"] == "PUT" and "Flag" in entry["url"]]
    assert put["ifMatch"].startswith('W/"')


@pytest.mark.parametrize("status", [409, 412])
def test_somebody_elses_change_in_between_is_read_again(
    server: FhirServer, register: FhirFlagRegister, status: int
) -> None:
    register.place(flag(), PATIENT)
    server.fail("status", "/fhir/Flag/", method="PUT", status=status)
    assert isinstance(register.change(INACTIVE, PATIENT), Placed)
    server.fail("status", "/fhir/Flag/", method="PUT", status=status, times=2)
    with pytest.raises(Unavailable, match="somebody else"):
        register.change(flag(status=FlagStatus.ENTERED_IN_ERROR), PATIENT)


@pytest.mark.parametrize(("mode", "kind"), [("reset-after", Placed), ("reset-before", Unproven)])
def test_a_lost_answer_to_a_change(server: FhirServer, register: FhirFlagRegister, mode: str, kind: type) -> None:
    register.place(flag(), PATIENT)
    server.fail(mode, "/fhir/Flag/", method="PUT")
    assert isinstance(register.change(INACTIVE, PATIENT), kind)
    assert isinstance(register.change(INACTIVE, PATIENT), Placed)


def test_a_wrong_flag_is_taken_back_from_wherever_it_was_moved(server: FhirServer, register: FhirFlagRegister) -> None:
    register.place(flag(), PATIENT)
    moved = server.flags()[0]
    moved["subject"] = {"reference": "Patient/1002", "type": "Patient"}
    server.add(moved)
    assert register.verify(flag(), PATIENT) == Differs(moved["id"], ("subject.reference",))
    assert register.change(flag(), PATIENT) == Differs(moved["id"], ("subject.reference",))
    wrong = flag(status=FlagStatus.ENTERED_IN_ERROR)
    assert isinstance(register.change(wrong, PATIENT), Placed)
    assert isinstance(register.verify(wrong, PATIENT), Placed)
    (stored,) = server.flags()
    assert (stored["status"], stored["subject"]["reference"]) == ("entered-in-error", "Patient/1002")


def test_a_number_that_became_known_later_is_no_drift(server: FhirServer, register: FhirFlagRegister) -> None:
    register.place(flag(), patient(nhs_number=None))
    assert isinstance(register.verify(flag(), PATIENT), Placed)
    assert isinstance(register.place(flag(), PATIENT), Placed)
    assert len(server.flags()) == 1


def test_a_flag_of_ours_that_no_longer_reads_is_said(server: FhirServer, register: FhirFlagRegister) -> None:
    server.add(resource(code={"text": "changed by hand"}))
    with pytest.raises(Unavailable, match="does not read as one of ours"):
        register.standing(PATIENT)
