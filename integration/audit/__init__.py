"""Proof of what was done: a Merkle tree over the events, signed checkpoints, and a verifier that stands alone."""
