"""The tree against RFC 6962's own figures and against another implementation, written from the definition."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integration.audit.tree import (
    GrowingTree,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    root_of,
    verify_consistency,
    verify_inclusion,
)

# The entries and roots that Certificate Transparency's implementations test themselves with
ENTRIES = [
    bytes.fromhex(entry)
    for entry in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
LEAVES = [leaf_hash(entry) for entry in ENTRIES]


def defined_root(leaves: list[bytes]) -> bytes:
    """MTH of RFC 6962 2.1, word for word."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return hashlib.sha256(b"\x01" + defined_root(leaves[:k]) + defined_root(leaves[k:])).digest()


@pytest.mark.parametrize("size", range(9))
def test_the_published_roots(size: int) -> None:
    assert root_of(LEAVES[:size]).hex() == ROOTS[size]
    assert defined_root(LEAVES[:size]).hex() == ROOTS[size]


def test_published_proofs() -> None:
    assert [step.hex()[:8] for step in inclusion_proof(LEAVES, 0)] == ["96a296d2", "5f083f0a", "6b47aaf2"]
    assert [step.hex()[:8] for step in inclusion_proof(LEAVES, 5)] == ["bc1a0643", "ca854ea1", "d37ee418"]
    assert [step.hex()[:8] for step in consistency_proof(LEAVES[:8], 6)] == ["0ebc5d34", "ca854ea1", "d37ee418"]


def test_a_growing_tree_is_right_at_every_size() -> None:
    leaves = [leaf_hash(bytes([number])) for number in range(70)]
    tree = GrowingTree()
    for size, leaf in enumerate(leaves, start=1):
        tree.append(leaf)
        assert (tree.size, tree.root()) == (size, defined_root(leaves[:size]))


@pytest.mark.parametrize("size", [1, 2, 3, 5, 8, 13, 21])
def test_every_inclusion_proof_holds_for_its_leaf_and_place_alone(size: int) -> None:
    leaves = [leaf_hash(bytes([number])) for number in range(size)]
    root = defined_root(leaves)
    for index in range(size):
        proof = inclusion_proof(leaves, index)
        for place in range(size + 1):
            assert verify_inclusion(leaves[index], place, size, proof, root) == (place == index)
        assert not verify_inclusion(leaf_hash(b"other"), index, size, proof, root)
        assert not verify_inclusion(leaves[index], index, size, [*proof, root], root)
        assert not proof or not verify_inclusion(leaves[index], index, size, proof[:-1], root)


@pytest.mark.parametrize("second", range(1, 18))
def test_every_consistency_proof_holds_for_its_beginning_alone(second: int) -> None:
    leaves = [leaf_hash(bytes([number])) for number in range(second)]
    root = defined_root(leaves)
    for first in range(1, second + 1):
        proof = consistency_proof(leaves, first)
        assert verify_consistency(first, second, defined_root(leaves[:first]), root, proof)
        other = [leaf_hash(b"other"), *leaves[1:first]]
        assert not verify_consistency(first, second, defined_root(other), root, proof)
        assert not verify_consistency(first, second, defined_root(leaves[:first]), leaf_hash(b"other"), proof)
        assert not verify_consistency(first, second, defined_root(leaves[:first]), root, [*proof, root])


@given(
    size=st.integers(2, 40),
    index=st.integers(0, 39),
    step=st.integers(0, 5),
    place=st.integers(0, 31),
    bit=st.integers(0, 7),
)
def test_a_changed_proof_proves_nothing(size: int, index: int, step: int, place: int, bit: int) -> None:
    leaves = [leaf_hash(bytes([number])) for number in range(size)]
    index %= size
    proof = inclusion_proof(leaves, index)
    changed = bytearray(proof[step % len(proof)])
    changed[place] ^= 1 << bit
    proof[step % len(proof)] = bytes(changed)
    assert not verify_inclusion(leaves[index], index, size, proof, defined_root(leaves))


def test_what_is_not_in_the_tree_has_no_proof() -> None:
    for index in (-1, 8):
        with pytest.raises(IndexError):
            inclusion_proof(LEAVES, index)
    for first in (0, 9):
        with pytest.raises(IndexError):
            consistency_proof(LEAVES, first)
    assert not verify_consistency(0, 8, ROOTS[0].encode(), root_of(LEAVES), [])
