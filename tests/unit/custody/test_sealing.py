"""STREAM and small values: what was sealed comes back, and nothing else ever does."""

from __future__ import annotations

from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integration.custody import sealing
from integration.custody.sealing import CHUNK, NotAuthentic, context_of, open_stream, seal, seal_stream, unseal

KEY = bytes(range(32))
PLACE = context_of("document", "here")


def stream(plaintext: bytes, place: bytes = PLACE) -> bytes:
    return b"".join(seal_stream(KEY, place, plaintext))


@pytest.mark.parametrize("length", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK])
def test_a_document_of_any_length_comes_back(length: int) -> None:
    plaintext = bytes(length)
    sealed = stream(plaintext)
    assert open_stream(KEY, PLACE, sealed) == plaintext
    assert len(sealed) == sealing.sealed_length(length)


@given(plaintext=st.binary(max_size=80), cut=st.integers(0, 1000))
def test_any_truncation_fails(plaintext: bytes, cut: int) -> None:
    with patch.object(sealing, "CHUNK", 16):
        sealed = stream(plaintext)
        with pytest.raises(NotAuthentic):
            open_stream(KEY, PLACE, sealed[: cut % len(sealed)])


@given(plaintext=st.binary(max_size=80), place=st.integers(0, 10_000), bit=st.integers(0, 7))
def test_any_flipped_bit_fails(plaintext: bytes, place: int, bit: int) -> None:
    with patch.object(sealing, "CHUNK", 16):
        sealed = bytearray(stream(plaintext))
        sealed[place % len(sealed)] ^= 1 << bit
        with pytest.raises(NotAuthentic):
            open_stream(KEY, PLACE, bytes(sealed))


@given(plaintext=st.binary(min_size=33, max_size=96), order=st.permutations(range(3)))
def test_chunks_cannot_change_places_or_be_repeated(plaintext: bytes, order: list[int]) -> None:
    with patch.object(sealing, "CHUNK", 16):
        sealed = stream(plaintext)
        salt, body = sealed[:16], sealed[16:]
        chunks = [body[start : start + 32] for start in range(0, len(body), 32)]
        swapped = [chunks[number] for number in order] + chunks[3:]
        if swapped != chunks:
            with pytest.raises(NotAuthentic):
                open_stream(KEY, PLACE, salt + b"".join(swapped))
        with pytest.raises(NotAuthentic):
            open_stream(KEY, PLACE, salt + b"".join([*chunks, chunks[-1]]))


@given(plaintext=st.binary(max_size=40), more=st.binary(min_size=1, max_size=40))
def test_anything_added_fails(plaintext: bytes, more: bytes) -> None:
    with patch.object(sealing, "CHUNK", 16), pytest.raises(NotAuthentic):
        open_stream(KEY, PLACE, stream(plaintext) + more)


def test_another_key_or_place_opens_nothing() -> None:
    sealed = stream(b"words")
    for key, place in ((bytes(32), PLACE), (KEY, context_of("reading", "here")), (KEY, context_of("documenthere"))):
        with pytest.raises(NotAuthentic):
            open_stream(key, place, sealed)


def test_sealing_again_never_uses_a_key_stream_twice() -> None:
    first, second = stream(bytes(64)), stream(bytes(64))
    assert first[:16] != second[:16]
    assert first[16:] != second[16:]


@given(plaintext=st.binary(max_size=100), place=st.integers(0, 1000), bit=st.integers(0, 7))
def test_a_small_value_comes_back_whole_or_not_at_all(plaintext: bytes, place: int, bit: int) -> None:
    sealed = seal(KEY, PLACE, plaintext)
    assert unseal(KEY, PLACE, sealed) == plaintext
    changed = bytearray(sealed)
    changed[place % len(sealed)] ^= 1 << bit
    for wrong in (bytes(changed), sealed[: place % len(sealed)]):
        with pytest.raises(NotAuthentic):
            unseal(KEY, PLACE, wrong)
    with pytest.raises(NotAuthentic):
        unseal(KEY, context_of("elsewhere"), sealed)


def test_a_value_is_no_document() -> None:
    with pytest.raises(NotAuthentic):
        open_stream(KEY, PLACE, seal(KEY, PLACE, b"words")[1:])


@given(parts=st.lists(st.binary(max_size=5), max_size=4), others=st.lists(st.binary(max_size=5), max_size=4))
def test_different_parts_are_different_contexts(parts: list[bytes], others: list[bytes]) -> None:
    assert (context_of(*parts) == context_of(*others)) == (parts == others)
