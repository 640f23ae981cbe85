"""What reading one file may cost."""

from __future__ import annotations

from dataclasses import dataclass

MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """Reached by no case list that we know of; a hostile file ends at them, and the next file is read."""

    input_bytes: int = 25 * MIB
    memory_bytes: int = 512 * MIB
    cpu_seconds: int = 10
    wall_seconds: float = 30.0
    output_bytes: int = 8 * MIB
    parts_bytes: int = 100 * MIB  # of a mail or an archive, unpacked
