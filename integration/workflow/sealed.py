"""What lies sealed in the vault under a document's key: the document itself, and what was read of it."""

from __future__ import annotations

import json

from sqlalchemy import RowMapping

from integration.custody.vault import Part
from integration.domain.case_list import Reading
from integration.ports import UntrustedFile
from integration.workflow.deployment import Deployment
from mappings.reading_json import from_json


def reading_of(deployment: Deployment, document: RowMapping) -> Reading | None:
    """The sealed reading of a document; None if there is none (any longer)."""
    if document["key_slot"] is None or not deployment.vault.holds(document["document_id"], Part.READING):
        return None
    sealed = deployment.vault.open(document["document_id"], document["key_slot"], Part.READING)
    return from_json(json.loads(sealed))


def plaintext_of(deployment: Deployment, document: RowMapping) -> UntrustedFile:
    """The document itself, for the reading child and for its reader's eyes; its name is not needed."""
    untrusted = deployment.vault.open(document["document_id"], document["key_slot"], Part.DOCUMENT)
    return UntrustedFile("", untrusted)
