"""How one patient's bits came together: what each reason adds and where that leads, with a bar for the eye."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from math import log2
from textwrap import wrap
from typing import Any

from integration.cli.printing import out
from integration.matching.reasons import says_nothing

WHAT_IT_SAYS = (
    "A bit doubles the odds that this is the person; one below nought halves them.",
    "The first line is what it takes to pick one patient out of all; the bits of the",
    "table leave it out. Relatives and other patients who fit as well are weighed",
    "apart: they are why a person decides.",
)
_LABEL, _BAR = 42, 19  # characters


def waterfall(candidate: Mapping[str, Any], patients: int) -> None:
    """One candidate's reasons as steps from the odds of a patient drawn blindly."""
    steps = [(f"one of {patients:,} patients", -log2(max(1, patients)))]
    steps += zip(candidate["reasons"], candidate["weights"], strict=True)
    heights = [0.0]
    for _, bits in steps:
        heights.append(heights[-1] + bits)
    lowest, scale = min(heights), (max(heights) - min(heights)) / _BAR or 1.0
    places = [round((height - lowest) / scale) for height in heights]
    out(f"  {'':{_LABEL}} {'bits':>6} {'so far':>7}")
    for (label, bits), so_far, (before, after) in zip(steps, heights[1:], pairwise(places), strict=True):
        first, *more = wrap(label, _LABEL)
        bar = " " * min(before, after) + ("+" if bits > 0 else "-") * abs(after - before)
        numbers = "" if says_nothing(label) else f"{bits:+6.1f} {so_far:+7.1f}  {bar}"
        out(f"  {first:{_LABEL}} {numbers}".rstrip())
        for line in more:
            out(f"    {line}")
