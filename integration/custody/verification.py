"""Looking whether a document is really gone: at the key slot and at the vault, not at what our records say."""

from __future__ import annotations

from integration.custody.keys import KeyDestroyed, KeyStore
from integration.custody.vault import Part, Vault
from integration.errors import IntegrityBroken


def remains_of(vault: Vault, keys: KeyStore, document_id: str, slot: int, epoch: int | None = None) -> list[str]:
    """What is left of a document that should be gone, a sentence each; with `epoch`, of that epoch's key as well."""
    found = []
    if not keys.is_destroyed(slot):
        found.append(f"key slot {slot} does not read as destroyed")
    if vault.holds(document_id):
        found.append("ciphertext of the document is still in the vault")
    if _opens(vault, document_id, slot):
        found.append("the document can still be decrypted")
    if epoch is not None and not keys.is_epoch_destroyed(epoch):
        found.append(f"the key of epoch {epoch} still exists")
    return found


def check_destroyed(vault: Vault, keys: KeyStore, document_id: str, slot: int, epoch: int | None = None) -> None:
    """Raise `IntegrityBroken` if anything is left."""
    remains = remains_of(vault, keys, document_id, slot, epoch)
    if remains:
        raise IntegrityBroken(f"document {document_id}: is not destroyed: {'; '.join(remains)}")


def _opens(vault: Vault, document_id: str, slot: int) -> bool:
    """Try to decrypt every part, as anyone would who wanted to read it."""
    for part in Part:
        try:
            vault.open(document_id, slot, part)
        except (KeyDestroyed, IntegrityBroken):
            continue
        return True
    return False
