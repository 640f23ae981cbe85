"""FHIR R4 in and out: our flags, the record system's patients, and what a server says that it can do."""
