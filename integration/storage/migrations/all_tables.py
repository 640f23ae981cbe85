"""Every table there is: the modules that add tables to the one metadata are named here."""

from __future__ import annotations

from integration.storage.patient_tables import patients
from integration.storage.tables import metadata
from integration.storage.upkeep_tables import record_ends

assert patients.metadata is metadata is record_ends.metadata
every_table = metadata
