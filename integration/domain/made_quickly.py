"""A way to make very many frozen values: the whole of an extract passes through it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import MISSING, field, fields, make_dataclass
from typing import Any, TypeVar

_T = TypeVar("_T")


def quickly(kind: type[_T]) -> Callable[..., _T]:
    """What makes values of a frozen dataclass with slots, its fields by place, in a fifth of the time.

    Being frozen, a value has to set each of its fields by a call. Here one that is not, with the same fields, sets them
    and becomes it. A kind that checks what it is made of is refused: nothing would be checked.
    """
    if hasattr(kind, "__post_init__"):
        raise TypeError(f"{kind.__name__} has to check what it is made of")
    with_defaults = [
        (one.name, Any) if one.default is MISSING else (one.name, Any, field(default=one.default))
        for one in fields(kind)  # type: ignore[arg-type]
    ]
    draft: Any = make_dataclass("Draft", with_defaults, slots=True)

    def make(*values: object) -> _T:
        made = draft(*values)
        made.__class__ = kind
        return made  # type: ignore[no-any-return]

    return make
