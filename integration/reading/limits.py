"""What reading one file may cost."""

from __future__ import annotations

from dataclasses import dataclass

MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """Reached by no case list that we know of; a hostile file ends at them, and the next file is read.

    What reading may take is processor time, of which a busy machine takes no more. The wall's clock only ends a child
    that waits for ever.
    """

    input_bytes: int = 25 * MIB
    memory_bytes: int = 512 * MIB
    cpu_seconds: int = 20
    wall_seconds: float = 180.0
    output_bytes: int = 8 * MIB
    parts_bytes: int = 100 * MIB  # of a mail or an archive, unpacked
