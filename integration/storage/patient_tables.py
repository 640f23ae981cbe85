"""The local patient index: the trust's own patients in plain text, and the keys by which they are found.

Single facts (NHS number, telephone) are found by indexes on the patients themselves, which the database keeps in step.
What a patient may have several of (names, postcodes) is found by `patient_keys`, a date of birth by `patient_births`.
Their rows follow from the patient's own, by a rule that `patient_index` names; an index whose keys follow another rule
has them made again.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, String, Table, Text

from integration.storage.tables import CODE, ID, INSTANT, metadata

patients = Table(
    "patients",
    metadata,
    Column("pid", Integer, primary_key=True, autoincrement=False),
    Column("local_id", String(100), nullable=False, unique=True),
    Column("nhs_number", BigInteger),
    Column("birth", Integer),  # proleptic day number: ages and slips are sums
    Column("phone_key", BigInteger),
    Column("sounds", BigInteger, nullable=False),  # a bit for each way in which one of the names sounds
    Column("details", Text, nullable=False),  # all else that an extract says, packed: read whole, never asked for
)
Index("ix_patients_nhs_number", patients.c.nhs_number)
Index("ix_patients_phone_key", patients.c.phone_key)

# One row for each pair of a family and a given name, and for each postcode; `birth` 0 is unknown. Only a postcode's row
# has `sounds`.
patient_keys = Table(
    "patient_keys",
    metadata,
    Column("key", Integer, primary_key=True, autoincrement=False),
    Column("birth", Integer, primary_key=True, autoincrement=False),
    Column("pid", Integer, primary_key=True, autoincrement=False),
    Column("sounds", BigInteger),
    sqlite_with_rowid=False,
)

# One row for each pair of first letters, in one number with the date of birth; `sounds` has more bits than elsewhere.
patient_births = Table(
    "patient_births",
    metadata,
    Column("day_key", Integer, primary_key=True, autoincrement=False),
    Column("pid", Integer, primary_key=True, autoincrement=False),
    Column("sounds", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

# How many patients bear a name: what makes "Mohammed Khan" worth less than "Umpleby".
patient_name_counts = Table(
    "patient_name_counts",
    metadata,
    Column("kind", String(1), primary_key=True),  # f: family, g: given
    Column("name", Text, primary_key=True),
    Column("people", Integer, nullable=False),
    sqlite_with_rowid=False,
)

# One row: which update the index is at. `generation` and `updated_at` are set only by an update that ran to its end;
# `load_id` and `loading_since` stand while one has stored a part, and stay if it is killed: nobody is matched then.
patient_index = Table(
    "patient_index",
    metadata,
    Column("one", Integer, primary_key=True, autoincrement=False),
    Column("generation", Integer, nullable=False),
    Column("key_scheme", CODE, nullable=False),
    Column("patients", Integer, nullable=False),
    Column("updated_at", INSTANT),
    Column("load_id", ID),
    Column("loading_since", INSTANT),
)
