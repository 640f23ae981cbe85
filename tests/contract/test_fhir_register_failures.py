"""What the FHIR register does when the server fails, is slow or loses answers, against a real one."""

from __future__ import annotations

import logging
import socket
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from builders import patient
from builders_flags import fhir_patient, flag
from peers.fhir_server import FhirServer
from peers.flag_records import register_at

from connectors.fhir_flag_register import FhirFlagRegister
from integration.domain.flag import (
    FlagStatus,
    Placed,
    PlaceResult,
    Unproven,
)
from integration.errors import Unavailable

PATIENT = patient()


@pytest.fixture
def server(fhir_server: FhirServer) -> FhirServer:
    fhir_server.add(fhir_patient())
    return fhir_server


@pytest.fixture
def register(server: FhirServer) -> Iterator[FhirFlagRegister]:
    register = register_at(server)
    yield register
    register.close()


def posts(server: FhirServer) -> int:
    return server.asked("POST", "Flag")


def phase_of(register: FhirFlagRegister) -> str:
    with pytest.raises(Unavailable) as caught:
        register.place(flag(), PATIENT)
    return caught.value.phase


# lost answers


@pytest.mark.parametrize("mode", ["reset-after", "hang-after"])
def test_a_lost_answer_is_looked_for_and_found(server: FhirServer, mode: str) -> None:
    register = register_at(server, timeout=1.0)
    server.fail(mode, "/fhir/Flag$", method="POST")
    assert isinstance(register.place(flag(), PATIENT), Placed)
    assert posts(server) == len(server.flags()) == 1
    register.close()


@pytest.mark.parametrize("mode", ["reset-before", "hang"])
def test_a_write_that_never_arrived_is_unproven_and_placed_by_the_next_attempt(server: FhirServer, mode: str) -> None:
    register = register_at(server, timeout=1.0)
    server.fail(mode, "/fhir/Flag$", method="POST")
    assert isinstance(register.place(flag(), PATIENT), Unproven)
    assert posts(server) == 1  # never repeated in the same call
    assert server.flags() == []
    assert isinstance(register.place(flag(), PATIENT), Placed)
    assert len(server.flags()) == 1
    register.close()


def test_a_lost_answer_and_then_no_server_at_all_is_unproven(server: FhirServer, register: FhirFlagRegister) -> None:
    server.fail("reset-after", "/fhir/Flag$", method="POST")
    server.fail("status", "_search", status=500, times=9, after="/fhir/Flag$")  # once that was asked
    result = register.place(flag(), PATIENT)
    assert isinstance(result, Unproven)
    assert "search" in result.reason
    server.clear_faults()
    assert isinstance(register.place(flag(), PATIENT), Placed)
    assert len(server.flags()) == 1


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_a_failing_server_may_have_done_it(server: FhirServer, register: FhirFlagRegister, status: int) -> None:
    server.fail("status", "/fhir/Flag$", method="POST", status=status)
    assert isinstance(register.place(flag(), PATIENT), Unproven)
    assert posts(server) == 1


@pytest.mark.parametrize(("status", "phase"), [(400, "write"), (422, "write"), (429, "write"), (403, "sign in")])
def test_a_refused_write_names_its_phase(
    server: FhirServer, register: FhirFlagRegister, status: int, phase: str
) -> None:
    server.fail("status", "/fhir/Flag$", method="POST", status=status)
    assert phase_of(register) == phase
    assert posts(server) == 1


@pytest.mark.parametrize("status", [409, 412])
def test_a_conflict_on_create_is_looked_into(server: FhirServer, register: FhirFlagRegister, status: int) -> None:
    server.fail("status", "/fhir/Flag$", method="POST", status=status)
    assert isinstance(register.place(flag(), PATIENT), Unproven)
    server.fail("reset-after", "/fhir/Flag$", method="POST")
    assert isinstance(register.place(flag(), PATIENT), Placed)


PLACE_STEPS, CHANGE_STEPS = 7, 5  # requests of a register's first call, if nothing goes wrong


@pytest.mark.parametrize("mode", ["reset-before", "reset-after", "hang", "hang-after", "status"])
@pytest.mark.parametrize("step", range(PLACE_STEPS))
def test_whichever_step_of_placing_fails_the_flag_ends_up_there_once(
    server: FhirServer, register: FhirFlagRegister, step: int, mode: str
) -> None:
    impatient = register_at(server, timeout=0.2)
    server.fail(mode, "/fhir/", skip=step, status=500)
    first = _attempt(lambda: impatient.place(flag(), PATIENT))
    server.clear_faults()
    assert len(server.flags()) <= 1
    assert isinstance(first, Placed | Unproven | Unavailable)
    again = register.place(flag(), PATIENT)
    assert isinstance(again, Placed)
    assert len(server.flags()) == 1
    assert posts(server) <= 2
    impatient.close()


@pytest.mark.parametrize("mode", ["reset-before", "reset-after", "hang", "hang-after", "status"])
@pytest.mark.parametrize("step", range(CHANGE_STEPS))
def test_whichever_step_of_ending_fails_the_flag_ends_once(
    server: FhirServer, register: FhirFlagRegister, step: int, mode: str
) -> None:
    register.place(flag(), PATIENT)
    ended = flag(status=FlagStatus.INACTIVE)
    impatient = register_at(server, timeout=0.2)
    server.fail(mode, "/fhir/", skip=step, status=500)
    assert isinstance(_attempt(lambda: impatient.change(ended, PATIENT)), Placed | Unproven | Unavailable)
    server.clear_faults()
    assert isinstance(register.change(ended, PATIENT), Placed)
    (stored,) = server.flags()
    assert stored["status"] == "inactive"
    impatient.close()


def test_the_steps_are_as_many_as_the_sweeps_above_take(server: FhirServer) -> None:
    for steps, act in ((PLACE_STEPS, flag()), (CHANGE_STEPS, flag(status=FlagStatus.INACTIVE))):
        register, before = register_at(server), len(server.log())
        register.place(act, PATIENT) if act.end is None else register.change(act, PATIENT)
        assert len(server.log()) - before == steps
        register.close()


def _attempt(act: Callable[[], PlaceResult]) -> PlaceResult | Unavailable:
    try:
        return act()
    except Unavailable as failure:
        return failure


# failures of the way there


@pytest.mark.parametrize(
    ("fault", "phase"),
    [
        ("metadata", "capability"),
        ("Patient/1001", "read patient"),
        ("_search", "search"),
        ("/fhir/Flag/", "read back"),
    ],
)
def test_each_failure_names_its_phase(server: FhirServer, register: FhirFlagRegister, fault: str, phase: str) -> None:
    match = "/fhir/Flag/[^_]" if phase == "read back" else fault
    server.fail("status", match, status=500, times=9)
    assert phase_of(register) == phase


@pytest.mark.parametrize("mode", ["reset-before", "status"])
def test_a_read_that_fails_once_is_repeated(server: FhirServer, register: FhirFlagRegister, mode: str) -> None:
    for match in ("metadata", "Patient/1001", "_search", "/fhir/Flag/[^_]"):
        server.fail(mode, match, status=503)
    assert isinstance(register.place(flag(), PATIENT), Placed)
    assert posts(server) == 1


def test_a_server_that_stays_away_is_asked_three_times(server: FhirServer, register: FhirFlagRegister) -> None:
    server.fail("reset-before", "metadata", times=9)
    assert phase_of(register) == "capability"
    assert server.asked("GET", "metadata") == 3


def test_a_server_that_asks_for_patience_gets_it(server: FhirServer) -> None:
    waited: list[float] = []
    register = register_at(server, sleep=waited.append)
    server.fail("status", "metadata", status=429, headers={"Retry-After": "2"})
    server.fail("status", "Patient/1001", status=503, headers={"Retry-After": "0"})
    assert isinstance(register.place(flag(), PATIENT), Placed)
    assert waited == [2.0, 0.0]
    register.close()


@pytest.mark.parametrize("asked", ["3600", "Wed, 21 Oct 2026 07:28:00 GMT"])
def test_a_server_that_asks_for_much_patience_is_tried_later(server: FhirServer, asked: str) -> None:
    waited: list[float] = []
    register = register_at(server, sleep=waited.append)
    server.fail("status", "metadata", status=429, headers={"Retry-After": asked}, times=9)
    assert phase_of(register) == "capability"
    assert waited == []
    register.close()


def test_a_wrong_token_and_a_right_one(server: FhirServer) -> None:
    server.set(token="t0ken")
    for token in (None, "wrong"):
        register = register_at(server, token=token)
        assert phase_of(register) == "sign in"
        assert [(p.phase, p.ok) for p in register.probe()][-1] == ("sign in", False)
        register.close()
    register = register_at(server, token="t0ken")
    assert isinstance(register.place(flag(), PATIENT), Placed)
    register.close()


def test_no_server_and_no_such_name(server: FhirServer) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound, and nobody listens
        register = register_at(server, base_url=f"http://127.0.0.1:{taken.getsockname()[1]}/fhir")
        assert phase_of(register) == "connect"
        assert [(p.phase, p.ok) for p in register.probe()] == [("resolve", True), ("connect", False)]
        register.close()
    register = register_at(server, base_url="https://ehr.invalid/fhir")
    assert phase_of(register) == "resolve"
    register.close()


def test_something_that_is_no_fhir_server(server: FhirServer) -> None:
    register = register_at(server, base_url=server.base_url.removesuffix("/fhir"))
    assert phase_of(register) == "capability"
    register.close()


def test_a_redirect_is_not_followed(server: FhirServer, register: FhirFlagRegister) -> None:
    server.fail("status", "metadata", status=302, headers={"Location": f"{server.base_url}/metadata?again"}, times=9)
    assert phase_of(register) == "capability"
    assert server.asked("GET", "metadata?again") == 0


def test_nothing_about_a_person_is_in_a_url_a_log_or_an_error(
    server: FhirServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    register = register_at(server, token="sekret")
    canary = replace(PATIENT, local_id="77", fhir_id="1001")
    said = [repr(register.place(flag(patient="77"), canary)), repr(register.standing(canary))]
    server.fail("status", "_search", status=500, times=9)
    with pytest.raises(Unavailable) as caught:
        register.place(flag(patient="77", generation=2), canary)
    said += [str(caught.value), repr(caught.value), repr(register.__dict__), caplog.text]
    said += [entry["url"] for entry in server.log()]
    assert not [entry for entry in caplog.records if entry.name.startswith(("httpx", "httpcore"))]
    for secret in ("ZZTESTER", "Quillon", "9990000018", "1984", "sekret"):
        assert not any(secret in text for text in said)
    register.close()
