"""The parent's side: look before parsing, start the child, keep the deadline, trust nothing that comes back."""

from __future__ import annotations

import contextlib
import json
import os
import selectors
import signal
import subprocess
import time
import unicodedata
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import IO, Any

from integration.domain.case_list import CameIn, Reading
from integration.domain.explanation import Explained
from integration.errors import DocumentRefused
from integration.ports import TakenApart, UntrustedFile
from integration.reading.framing import NotFramed, cut, unframed
from integration.reading.layouts import NO_LAYOUTS, LayoutsToFollow
from integration.reading.limits import Limits
from integration.reading.sandbox import child_command
from integration.reading.vocabulary import vocabulary
from mappings.case_lists.doubts import Doubt
from mappings.case_lists.first_look import look_before_parsing
from mappings.case_lists.refusals import Refusal, Refused
from mappings.explanation_json import sources_from_json
from mappings.reading_json import NotAReading, from_json

_CHUNK = 1 << 16
_MOST_READINGS = 500
_MOST_PARTS = 200
_LONGEST_WORDS = 500  # of a file's name or a mail's subject
_REASONS = frozenset(reason.value for kind in (Doubt, Refusal) for reason in kind)


def read_in_child(
    file: UntrustedFile, passwords: Sequence[str], limits: Limits, layouts: LayoutsToFollow = NO_LAYOUTS
) -> tuple[Reading, ...]:
    """Every document in the file, or `DocumentRefused` with one of the fixed sentences."""
    try:
        look_before_parsing(file.untrusted_bytes, limits.input_bytes)
        request = _request(file, passwords, limits, layouts=layouts)
        return _checked(_ask_child(request, file.untrusted_bytes, limits), layouts)
    except Refused as refused:
        raise DocumentRefused(refused.refusal.value) from None


def open_in_child(
    file: UntrustedFile, passwords: Sequence[str], limits: Limits, layouts: LayoutsToFollow = NO_LAYOUTS
) -> Reading | TakenApart:
    """What a document says, or the parts of a mail or an archive; or `DocumentRefused` with a fixed sentence."""
    try:
        look_before_parsing(file.untrusted_bytes, limits.input_bytes)
        request = _request(file, passwords, limits, wanted="opened", layouts=layouts)
        most = replace(limits, output_bytes=limits.output_bytes + limits.parts_bytes)
        return _opened(_ask_child(request, file.untrusted_bytes, most), limits, layouts)
    except Refused as refused:
        raise DocumentRefused(refused.refusal.value) from None


def explained_in_child(
    file: UntrustedFile, passwords: Sequence[str], limits: Limits, layouts: LayoutsToFollow = NO_LAYOUTS
) -> tuple[tuple[Reading, tuple[Explained, ...]], ...]:
    """Every document with the sources of its values, or `DocumentRefused` with one of the fixed sentences."""
    try:
        look_before_parsing(file.untrusted_bytes, limits.input_bytes)
        request = _request(file, passwords, limits, wanted="explained", layouts=layouts)
        pairs = _answer(_ask_child(request, file.untrusted_bytes, limits)).get("explained")
        if not isinstance(pairs, list) or not all(isinstance(pair, list) and len(pair) == 2 for pair in pairs):
            raise Refused(Refusal.READER_MISBEHAVED)
        readings = _all_checked([reading for reading, _ in pairs], layouts)
        return tuple(
            (reading, _checked_sources(sources, reading)) for reading, (_, sources) in zip(readings, pairs, strict=True)
        )
    except Refused as refused:
        raise DocumentRefused(refused.refusal.value) from None


def text_in_child(file: UntrustedFile, passwords: Sequence[str], limits: Limits) -> str:
    """The file's content as plain text, or `DocumentRefused` with one of the fixed sentences."""
    try:
        look_before_parsing(file.untrusted_bytes, limits.input_bytes)
        request = _request(file, passwords, limits, wanted="text")
        untrusted = _answer(_ask_child(request, file.untrusted_bytes, limits))
        text = untrusted.get("text")
        if not isinstance(text, str):
            raise Refused(Refusal.READER_MISBEHAVED)
        return clean_text(text)
    except Refused as refused:
        raise DocumentRefused(refused.refusal.value) from None


def clean_text(untrusted: str) -> str:
    """Text that a terminal only shows: no escape sequences, nothing that turns its direction round."""
    return "".join(c for c in untrusted if c in "\n\t" or (c.isprintable() and unicodedata.category(c) != "Cf"))


def _request(
    file: UntrustedFile,
    passwords: Sequence[str],
    limits: Limits,
    wanted: str = "readings",
    layouts: LayoutsToFollow = NO_LAYOUTS,
) -> bytes:
    """All that the child is told: the file's name and how it came, what opens it, our words, what it may cost."""
    header = {
        "wanted": wanted,
        "name": file.untrusted_name,
        "subject": file.untrusted_subject,
        "came_in": file.came_in.value,
        "passwords": list(passwords),
        "vocabulary": vocabulary(),
        "layouts": layouts.to_request(),
        "today": date.today().isoformat(),  # noqa: DTZ011 - a century is told from it, not an instant
        "memory_bytes": limits.memory_bytes,
        "cpu_seconds": limits.cpu_seconds,
    }
    encoded = json.dumps(header).encode()
    return len(encoded).to_bytes(4, "big") + encoded


def _ask_child(request: bytes, document: bytes, limits: Limits) -> bytes:
    """Start a child, give it the request and the document over a pipe, and take its answer before the deadline."""
    try:
        child = subprocess.Popen(  # noqa: S603 - a fixed command; nothing of the document is in it
            child_command(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,  # a traceback would quote the document
            env={},
            cwd="/",
            close_fds=True,
            start_new_session=True,
        )
    except OSError as error:
        raise Refused(Refusal.NOT_CONFINED) from error
    assert child.stdin is not None
    assert child.stdout is not None
    deadline = time.monotonic() + limits.wall_seconds
    try:
        answer = _converse(child.stdin, child.stdout, (request, document), limits.output_bytes, deadline)
        child.wait(timeout=max(0.0, deadline - time.monotonic()))
    except subprocess.TimeoutExpired as error:
        raise Refused(Refusal.DOES_NOT_END) from error
    finally:
        _end(child)
    if child.returncode != 0:
        raise Refused(_why(child.returncode))
    return answer


def _converse(
    to_child: IO[bytes], from_child: IO[bytes], parts: Sequence[bytes], most_bytes: int, deadline: float
) -> bytes:
    """Write and read as the pipes allow, so that neither side can block the other."""
    for pipe in (to_child, from_child):
        os.set_blocking(pipe.fileno(), False)
    unsent = [memoryview(part) for part in parts if part]
    answer = bytearray()
    with selectors.DefaultSelector() as selector:
        selector.register(from_child, selectors.EVENT_READ)
        selector.register(to_child, selectors.EVENT_WRITE)
        while True:
            left = deadline - time.monotonic()
            if left <= 0:
                raise Refused(Refusal.DOES_NOT_END)
            for key, _ in selector.select(left):
                if key.fileobj is to_child:
                    unsent = _send(to_child, unsent)
                    if not unsent:
                        selector.unregister(to_child)
                        to_child.close()
                else:
                    received = from_child.read(_CHUNK)
                    if received == b"":
                        return bytes(answer)
                    answer += received or b""
                    if len(answer) > most_bytes:
                        raise Refused(Refusal.READER_MISBEHAVED)


def _send(pipe: IO[bytes], unsent: list[memoryview]) -> list[memoryview]:
    """What is left to be sent after one write; a child that has gone is not written to any more."""
    try:
        sent = os.write(pipe.fileno(), unsent[0][:_CHUNK])
    except BlockingIOError:
        return unsent
    except BrokenPipeError:
        return []
    rest = unsent[0][sent:]
    return [rest, *unsent[1:]] if rest else unsent[1:]


def _end(child: subprocess.Popen[bytes]) -> None:
    """Nothing of the child outlives the question, whatever it started."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(child.pid, signal.SIGKILL)
    for pipe in (child.stdin, child.stdout):
        if pipe is not None:
            with contextlib.suppress(OSError):
                pipe.close()
    child.wait()


def _why(returncode: int) -> Refusal:
    """What a child's end says: the limit that it met, or that it fell over."""
    number = -returncode if returncode < 0 else returncode - 128
    if number in (signal.SIGXCPU, signal.SIGKILL):
        return Refusal.TAKES_TOO_LONG
    if number in (signal.SIGABRT, signal.SIGSEGV, signal.SIGBUS):
        return Refusal.NEEDS_TOO_MUCH_MEMORY
    return Refusal.READER_FAILED


def _checked(untrusted_answer: bytes, layouts: LayoutsToFollow = NO_LAYOUTS) -> tuple[Reading, ...]:
    """The child's answer, if it is exactly what it may be."""
    return _all_checked(_answer(untrusted_answer).get("readings"), layouts)


def _all_checked(readings: object, layouts: LayoutsToFollow) -> tuple[Reading, ...]:
    if not isinstance(readings, list) or not 0 < len(readings) <= _MOST_READINGS:
        raise Refused(Refusal.READER_MISBEHAVED)
    try:
        checked = tuple(from_json(reading) for reading in readings)
    except NotAReading as error:
        raise Refused(Refusal.READER_MISBEHAVED) from error
    if any(problem.reason not in _REASONS for reading in checked for problem in reading.problems):
        raise Refused(Refusal.READER_MISBEHAVED)
    sent = {file.used for file in layouts.files}
    if any(reading.layout is not None and reading.layout not in sent for reading in checked):
        raise Refused(Refusal.READER_MISBEHAVED)
    return checked


def _opened(untrusted_answer: bytes, limits: Limits, layouts: LayoutsToFollow = NO_LAYOUTS) -> Reading | TakenApart:
    """The child's answer, if it is one reading and no more, or parts that are whole."""
    try:
        told, bodies = unframed(untrusted_answer, limits.output_bytes)
        untrusted = _answer(told)
        if "parts" in untrusted:
            return TakenApart(_parts(untrusted["parts"], bodies))
        cut(bodies, ())
    except NotFramed as error:
        raise Refused(Refusal.READER_MISBEHAVED) from error
    readings = _all_checked(untrusted.get("readings"), layouts)
    if len(readings) != 1:
        raise Refused(Refusal.READER_MISBEHAVED)
    return readings[0]


def _parts(untrusted: object, bodies: memoryview) -> tuple[UntrustedFile, ...]:
    """Names and subjects are any words that a sender chose; only their length and their letters are seen to."""
    if not isinstance(untrusted, list) or not 0 < len(untrusted) <= _MOST_PARTS:
        raise NotFramed
    shape = {"name": str, "subject": str, "came_in": str, "size": int}
    for one in untrusted:
        if not isinstance(one, dict) or {key: type(value) for key, value in one.items()} != shape:
            raise NotFramed
        if one["came_in"] not in set(CameIn):
            raise NotFramed
    contents = cut(bodies, [one["size"] for one in untrusted])
    return tuple(
        UntrustedFile(_words(one["name"]), content, _words(one["subject"]), CameIn(one["came_in"]))
        for one, content in zip(untrusted, contents, strict=True)
    )


def _words(untrusted: str) -> str:
    return untrusted[:_LONGEST_WORDS].encode(errors="replace").decode()


def _checked_sources(untrusted: object, reading: Reading) -> tuple[Explained, ...]:
    try:
        return sources_from_json(untrusted, reading)
    except NotAReading as error:
        raise Refused(Refusal.READER_MISBEHAVED) from error


def _answer(untrusted_answer: bytes) -> dict[str, Any]:
    """The one thing that the child says; raises the refusal that it names."""
    try:
        untrusted = json.loads(untrusted_answer)
    except (ValueError, RecursionError) as error:
        raise Refused(Refusal.READER_MISBEHAVED) from error
    if not isinstance(untrusted, dict) or len(untrusted) != 1:
        raise Refused(Refusal.READER_MISBEHAVED)
    if (name := untrusted.get("refused")) is not None:
        known = isinstance(name, str) and name in Refusal.__members__  # a list cannot even be looked up
        raise Refused(Refusal[name] if known else Refusal.READER_MISBEHAVED)
    return untrusted
