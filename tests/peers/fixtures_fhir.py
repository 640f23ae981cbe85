"""The FHIR server as a fixture: one for the whole run, emptied for each test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from peers.fhir_server import FhirServer


@pytest.fixture(scope="session")
def _fhir_server() -> Iterator[FhirServer]:
    server = FhirServer()
    yield server
    server.stop()


@pytest.fixture
def fhir_server(_fhir_server: FhirServer) -> FhirServer:
    """A real FHIR R4 server on loopback, empty, that does as it should until a test says otherwise."""
    _fhir_server.reset()
    return _fhir_server
