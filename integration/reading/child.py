"""The child: takes one file from standard input, reads it confined, answers in JSON, and ends.

It writes nothing but its answer, and its answer names a refusal by its code only.

    (1) lower the limits, before any byte of the file is here
    (2) take the request and the file from the pipe
    (3) give up what is left: no network, no other program, no file but the libraries
    (4) read, answer, end
"""

from __future__ import annotations

import gc
import json
import sys
from datetime import date
from typing import TYPE_CHECKING, Any

from integration.domain.case_list import CameIn
from integration.reading.framing import framed

if TYPE_CHECKING:
    from mappings.case_lists.containers import Untrusted

_MOST_HEADER = 4 * 1024 * 1024
_MANY_OBJECTS = 100_000  # new ones before the collector looks at them: most of a long list stays until its end


def main() -> None:
    """Answer one request."""
    gc.set_threshold(_MANY_OBJECTS)
    source = sys.stdin.buffer
    header: dict[str, Any] = json.loads(source.read(min(int.from_bytes(source.read(4), "big"), _MOST_HEADER)))
    _lower_limits(header["memory_bytes"], header["cpu_seconds"])  # (1)
    bodies: list[bytes] = []
    answer = _answer(header, source.read(), bodies)  # (2)
    told = json.dumps(answer, ensure_ascii=False, separators=(",", ":")).encode(errors="replace")
    for piece in framed(told, bodies) if header["wanted"] == "opened" else (told,):
        sys.stdout.buffer.write(piece)
    sys.stdout.buffer.flush()


def _answer(header: dict[str, Any], data: bytes, bodies: list[bytes]) -> dict[str, Any]:
    from integration.reading.lockdown import give_up_everything
    from mappings.case_lists.containers import Key, Untrusted, contents_of, explained_readings_of, readings_of
    from mappings.case_lists.layout_file import layouts_from
    from mappings.case_lists.parts import parts_of
    from mappings.case_lists.plain_text import plain_text
    from mappings.case_lists.refusals import Refusal, Refused
    from mappings.case_lists.vocabulary import Vocabulary
    from mappings.explanation_json import sources_from_json, sources_to_json
    from mappings.reading_json import NotAReading, from_json, to_json

    try:
        vocabulary = Vocabulary.from_mapping(header["vocabulary"])
        layouts = layouts_from(header["layouts"], vocabulary)
        give_up_everything()  # (3)
        file = Untrusted(header["name"], data, header["subject"], CameIn(header["came_in"]))
        key = Key(tuple(header["passwords"]))
        if header["wanted"] == "text":  # (4)
            contents = contents_of(file, key)
            return {"text": plain_text(content for _, content in contents)}
        words: dict[str, Any] = {
            "vocabulary": vocabulary,
            "today": date.fromisoformat(header["today"]),
            "layouts": layouts,
        }
        if header["wanted"] == "explained":
            explained = explained_readings_of(data, file.name, passwords=key.passwords, **words)
            pairs = [[to_json(reading), sources_to_json(sources)] for reading, sources in explained]
            for answer, sources in pairs:
                sources_from_json(sources, from_json(answer))
            return {"explained": pairs}
        if header["wanted"] == "opened" and (parts := parts_of(file, key, **words)) is not None:
            bodies += [part.data for part in parts]
            return {"parts": [_described(part) for part in parts]}
        words |= {"subject": file.subject, "came_in": file.came_in}
        answers = [to_json(reading) for reading in readings_of(data, file.name, passwords=key.passwords, **words)]
        for answer in answers:
            from_json(answer)  # what is more than the contract holds is refused here, where the reason is known
        return {"readings": answers}
    except Refused as refused:
        return {"refused": refused.refusal.name}
    except NotAReading:
        return {"refused": Refusal.TOO_MUCH.name}
    except MemoryError:
        return {"refused": Refusal.NEEDS_TOO_MUCH_MEMORY.name}
    except Exception:  # noqa: BLE001 - whatever a parser raises on a hostile file ends here, without its words
        return {"refused": Refusal.READER_FAILED.name}


def _described(part: Untrusted) -> dict[str, Any]:
    return {"name": part.name, "subject": part.subject, "came_in": part.came_in.value, "size": len(part.data)}


def _lower_limits(memory_bytes: int, cpu_seconds: int) -> None:
    """Memory, processor time, no core dump, no file written, few files open."""
    import resource

    for kind, most in (
        (resource.RLIMIT_AS, memory_bytes),
        (resource.RLIMIT_DATA, memory_bytes),  # the 7z library sizes its buffers by it
        (resource.RLIMIT_CPU, cpu_seconds),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_NOFILE, 32),
    ):
        resource.setrlimit(kind, (most, most))


if __name__ == "__main__":
    main()
