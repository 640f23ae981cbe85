"""Every field has its reason in plain words, those that could not be compared too."""

from __future__ import annotations

from dataclasses import replace

import pytest
from builders import patient, subject
from deciding import decide_one

from integration.domain.matching import Matched, NeedsReview
from integration.domain.people import Patient, Sex, Subject
from integration.matching.reasons import says_nothing

FIELDS = ["given name", "family name", "middle name", "date of birth", "sex", "address", "telephone", "NHS number"]
BARE = subject(births=(), line="", postcode=None)
NO_NUMBER = patient(nhs_number=None)


def reasons(ours: Subject, theirs: Patient) -> dict[str, str]:
    """What is said of each field; a reason without weight and one that says nothing are the same."""
    decision = decide_one(ours, theirs)
    assert isinstance(decision, Matched | NeedsReview)
    best = decision.best if isinstance(decision, Matched) else decision.candidates[0]
    assert all(not bits for said, bits in zip(best.reasons, best.weights, strict=True) if says_nothing(said))
    return dict(said.split(": ", 1) for said in best.reasons)


def test_every_field_is_spoken_of_once_whatever_is_known() -> None:
    whole = replace(patient(sex=Sex.FEMALE), middle="Jane", phone="01632960123")
    for ours in (subject(), BARE, subject(given="Quillon Jane", sex=Sex.FEMALE, phones=("01632960123",))):
        for theirs in (whole, patient(), NO_NUMBER):
            assert list(reasons(ours, theirs)) == FIELDS


@pytest.mark.parametrize(
    ("ours", "theirs", "field", "said"),
    [
        (BARE, patient(), "date of birth", "not known from the list"),
        (BARE, patient(), "address", "not known from the list"),
        (subject(), patient(birth=None), "date of birth", "not on the record"),
        (subject(), patient(line="", postcode=None), "address", "not on the record"),
        (subject(), patient(), "NHS number", "not known from the list"),
        (subject(nhs_number="9990000018"), NO_NUMBER, "NHS number", "not on the record"),
        (subject(nhs_number="1234567890"), patient(), "NHS number", "the number on the list is not valid"),
        (subject(given="Quillon Jane"), patient(), "middle name", "not on the record"),
        (subject(given="Unknown"), patient(), "given name", "not known from the list"),
        (subject(line="Refuge", postcode=None), patient(line=""), "address", "cannot be compared"),
        (subject(sex=Sex.MALE), patient(), "sex", "not on the record"),
        (subject(phones=("01632960123",)), patient(), "telephone", "not on the record"),
    ],
)
def test_what_could_not_be_compared_says_which_side_lacks_it(
    ours: Subject, theirs: Patient, field: str, said: str
) -> None:
    assert reasons(ours, theirs)[field] == said
