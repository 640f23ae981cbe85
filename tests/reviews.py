"""People who wait for a reviewer, and a reviewer's answer, for the tests of reviewing."""

from __future__ import annotations

from datetime import date

from builders import subject
from deployments import Trust

from integration.domain.progress import SubjectState
from integration.workflow.review_match import Answer, ReviewItem, decide, waiting_for_review

ANNA = subject(family="ZZTESTER", given="Quillon")
DOUBTFUL = subject(family="ZZTESTER", given="Quillon", line="", postcode=None)
ELSEWHERE = subject(family="ZZNOBODY", given="Ix", births=(date(1970, 1, 1),))
LATER = date(2027, 1, 14)


def the_one(trust: Trust) -> ReviewItem:
    (item,) = waiting_for_review(trust.deployment)
    return item


def answer(trust: Trust, item: ReviewItem, said: Answer, patient_id: str | None = None) -> SubjectState:
    then = decide(trust.as_reviewer(), item.subject_id, item.version, said, patient_id, "looked at both")
    trust.work()
    return then
