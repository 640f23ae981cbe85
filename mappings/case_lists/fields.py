"""The fields of Word documents, old and new: whose instructions bring in other files, or make Word run something."""

from __future__ import annotations

from mappings.case_lists.refusals import Refusal, Refused

_REACHES_OUT = ("DDE", "DDEAUTO", "LINK", "INCLUDETEXT")  # no list needs them


def name_of_field(instruction: str) -> str:
    """The word that says what a field does; one that reaches out of the document refuses it."""
    name = next(iter(instruction.upper().split()), "")
    if name in _REACHES_OUT:
        raise Refused(Refusal.ACTIVE_CONTENT)
    return name
