"""The layouts that a document may have to follow: checked data that travels to the reader with its vocabulary."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from integration.domain.case_list import LayoutUsed


@dataclass(frozen=True, slots=True)
class LayoutFile:
    """A layout that was found right: what it is called on record, its area, and its data."""

    used: LayoutUsed
    area: str
    raw: Mapping[str, Any] = field(repr=False)


@dataclass(frozen=True, slots=True)
class LayoutsToFollow:
    """The layouts of the areas that a document may be for; `area` is the one that it is for, if that is known."""

    files: tuple[LayoutFile, ...] = ()
    area: str | None = None
    is_case_list: bool = False  # a person said so, whatever its title says

    @classmethod
    def of_areas(
        cls, layouts: Mapping[str, LayoutFile], areas: Iterable[str], *, is_case_list: bool = False
    ) -> LayoutsToFollow:
        """Those of these areas; the area is known if it is the only one."""
        possible = tuple(areas)
        files = tuple(layouts[area] for area in possible if area in layouts)
        return cls(files, possible[0] if len(possible) == 1 else None, is_case_list)

    def to_request(self) -> dict[str, Any]:
        """Plain data, fit to be sent to the child; `layout_file.layouts_from` takes it up there."""
        files = [{"used": asdict(file.used), "raw": file.raw} for file in self.files]
        return {"files": files, "area": self.area, "is_case_list": self.is_case_list}


NO_LAYOUTS = LayoutsToFollow()
