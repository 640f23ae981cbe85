"""The matching parameters in force: what ships, or what a person adopted in its place; every adoption is on record.

The database holds the adopted text, so every host matches by the same, and a decision's version can always be read up.
"""

from __future__ import annotations

import hashlib
from functools import lru_cache

from sqlalchemy import func, insert, select

from integration.domain.audit import Action, Actor, AuditEvent
from integration.errors import ConfigurationError, UsageError
from integration.matching.direct_reads import DirectReads, Statement
from integration.matching.parameter_checks import faults_in
from integration.matching.parameters import Parameters, shipped_parameters, shipped_text
from integration.storage.database import Database
from integration.storage.upkeep_tables import adopted_parameters

_REMEDY = (
    "`flagtag index adopt --again` adopts their numbers in this version's form,"
    " `flagtag index adopt --shipped` what ships"
)
_LAST = Statement("SELECT text FROM adopted_parameters ORDER BY adoption_no DESC LIMIT 1")


def text_in_force(reads: DirectReads) -> str:
    """The file of the parameters in force."""
    last = reads.rows(_LAST)
    return (last[0][0] if last else None) or shipped_text()


def parameters_in_force(reads: DirectReads) -> Parameters:
    """The parameters to decide by. Raises `ConfigurationError` for adopted ones that this program cannot use."""
    text = text_in_force(reads)
    return shipped_parameters() if text == shipped_text() else _usable(text)


@lru_cache(4)
def _usable(text: str) -> Parameters:
    faults = faults_in(text)
    if faults:
        more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
        raise ConfigurationError(
            f"the adopted matching parameters do not fit this flagtag: {faults[0]}{more}; {_REMEDY}"
        )
    return Parameters.from_toml(text)


def adopt(database: Database, actor: Actor, text: str) -> Parameters:
    """Decide by this file from now on. Raises `UsageError` with every fault, or where its version is taken."""
    faults = faults_in(text)
    if faults:
        raise UsageError("\n".join(("these parameters cannot be used:", *faults)))
    parameters = Parameters.from_toml(text)
    if parameters.version == shipped_parameters().version and text != shipped_text():
        raise UsageError("its version is the shipped one's; a changed file needs a version of its own")
    _record(database, actor, parameters, text)
    return parameters


def adopt_shipped(database: Database, actor: Actor) -> Parameters:
    """Go back to what ships, also with every later release."""
    _record(database, actor, shipped_parameters(), None)
    return shipped_parameters()


def _record(database: Database, actor: Actor, parameters: Parameters, text: str | None) -> None:
    sha256 = hashlib.sha256((text or shipped_text()).encode()).hexdigest()
    with database.change() as change:
        table = adopted_parameters.c
        same = select(table.sha256).where(table.version == parameters.version, table.text.is_not(None))
        if text is not None and any(sha256 != other for other in change.connection.execute(same).scalars()):
            raise UsageError("other parameters were adopted under this version; give the file a version of its own")
        number = (change.connection.execute(select(func.max(table.adoption_no))).scalar() or 0) + 1
        row = {"adoption_no": number, "version": parameters.version, "sha256": sha256, "text": text}
        row |= {"adopted_at": change.now, "adopted_by": actor.actor_id}
        change.connection.execute(insert(adopted_parameters).values(**row))
        details = {"version": parameters.version, "sha256": sha256, "shipped": text is None}
        change.also(AuditEvent(Action.PARAMETERS_ADOPTED, actor, "parameters", str(number), details))
