"""A connection test that tries every phase for real and stops at the first that fails."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Protocol, TypeVar

from integration.errors import Unavailable
from integration.ports import Probe


class _Session(Protocol):
    def phase(self, phase: str) -> AbstractContextManager[None]: ...


S = TypeVar("S", bound=_Session)


def probes(
    open_session: Callable[[], AbstractContextManager[S]],
    reached_by_opening: Sequence[str],
    attempts: Sequence[tuple[str, Callable[[S], None]]],
) -> Iterator[Probe]:
    """One `Probe` for each phase that opening the session goes through, then one for each attempt in it."""
    passed: list[str] = []
    try:
        with open_session() as session:
            passed += reached_by_opening
            for phase, attempt in attempts:
                with session.phase(phase):
                    attempt(session)
                passed.append(phase)
    except Unavailable as error:
        if not passed and error.phase in reached_by_opening:
            passed += reached_by_opening[: reached_by_opening.index(error.phase)]
        yield from (Probe(phase, True) for phase in passed)
        yield Probe(error.phase, False, error.reason)
        return
    yield from (Probe(phase, True) for phase in passed)
