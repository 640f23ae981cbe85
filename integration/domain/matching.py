"""What matching answers: candidates with a grade and reasons, and one decision for each person."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class MatchGrade(StrEnum):
    """FHIR's match-grade value set (http://hl7.org/fhir/R4/valueset-match-grade.html)."""

    CERTAIN = "certain"
    PROBABLE = "probable"
    POSSIBLE = "possible"
    CERTAINLY_NOT = "certainly-not"


@dataclass(frozen=True, slots=True)
class MatchCandidate:
    """One patient who may be the subject; reasons are plain words, and never hold a value."""

    patient: str  # the index's local_id
    grade: MatchGrade
    score: float  # bits of evidence
    reasons: tuple[str, ...] = field(default=(), repr=False)  # e.g. "date of birth: day and month swapped"
    weights: tuple[float, ...] = ()  # bits that each reason adds, where reasons have weights


@dataclass(frozen=True, slots=True)
class Basis:
    """What a decision rested on: the versions of the parameters and of the sets of names, and the index as it was."""

    parameters: str
    index_generation: int
    index_stale: bool = False
    name_sets: str = ""


@dataclass(frozen=True, slots=True)
class Matched:
    """Certain, unique and past every guard: acts without a person."""

    best: MatchCandidate
    basis: Basis


@dataclass(frozen=True, slots=True)
class NeedsReview:
    """Somebody may be the one; a person decides. `why` are the guards' words, best candidate first."""

    candidates: tuple[MatchCandidate, ...]
    why: tuple[str, ...]
    basis: Basis


@dataclass(frozen=True, slots=True)
class NoMatch:
    """Nobody in the index comes near; looked for again at each update until the list closes."""

    basis: Basis
    candidates: tuple[MatchCandidate, ...] = ()


@dataclass(frozen=True, slots=True)
class NotEnough:
    """The list says too little about the person to look for them: one name and nothing else."""

    basis: Basis


MatchDecision = Matched | NeedsReview | NoMatch | NotEnough


@dataclass(frozen=True, slots=True)
class IndexStatus:
    """How many patients the index holds and when it last changed; `generation` grows with every update.

    `loading_since` stands while an update has stored only a part of what it brings, or was killed at that; `stale` once
    the last one is longer ago than the trust allows, or there never was one.
    """

    patients: int
    generation: int
    updated_at: datetime | None
    loading_since: datetime | None = None
    stale: bool = False
