"""What changes when a payload is read again, by a parser that was mended, or when a file of ours takes another's place.

Each statement of the new reading is compared with what was said before at its place (table, scope, both times): what is
said alike stands; what is said otherwise is a correction, on record from the re-reading on and ordered where the first
reading stood; what is said no more is withdrawn at the same moment. So older beliefs stay answerable.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import duckdb

from pipelines.ledger import Told, Withdrawal, naive_utc
from pipelines.sql_files import sql

NOTE = "not said any more when it was read again"

Place = tuple[str, str, datetime, datetime, bool]
"""(table, scope, valid_at, said_at, complete) of a statement."""


@dataclass(frozen=True)
class Former:
    """A statement of an earlier reading."""

    statement_id: int
    place: Place
    digest: str
    stands: bool


def amended(
    connection: duckdb.DuckDBPyConnection, said: Sequence[Told], *, former: Sequence[str], at: datetime, is_same: bool
) -> tuple[list[Told], list[Withdrawal]]:
    """(what is to be told, what is to be withdrawn) of a reading ``at`` of what the arrivals ``former`` said before.

    ``is_same``: the same bytes, so that nothing of it was on record before the re-reading; in another file that takes
    their place, what stands at a new place is an ordinary statement with a time of its own.
    """
    before = _said_before(connection, former)
    places = {statement.place for statement in before}
    standing = {(statement.place, statement.digest): statement for statement in before if statement.stands}
    fallen = {(statement.place, statement.digest) for statement in before if not statement.stands}
    told, withdrawals = [], []
    for telling in said:
        place = _place(telling)
        alike = standing.pop((place, telling.digest), None)
        if alike and telling.retracted_at:
            withdrawals.append(Withdrawal(alike.statement_id, telling.retracted_at, NOTE))
        elif not alike and not (telling.retracted_at and (place, telling.digest) in fallen):
            told.append(_corrected(telling, at) if is_same or place in places else telling)
    return told, withdrawals + [Withdrawal(lost.statement_id, at, NOTE) for lost in standing.values()]


def _corrected(telling: Told, at: datetime) -> Told:
    """On record since ``at``, unless it is a correction with a time of its own."""
    if telling.recorded_at != telling.first_said_at:
        return telling
    return replace(telling, recorded_at=at, said_at=telling.first_said_at)


def _said_before(connection: duckdb.DuckDBPyConnection, arrivals: Sequence[str]) -> list[Former]:
    found = connection.execute(sql("ledger/said_by"), [list(arrivals)]).fetchall()
    return [Former(number, tuple(place), digest, stands) for number, *place, digest, stands in found]


def _place(telling: Told) -> Place:
    valid_at, said_at = naive_utc(telling.valid_at), naive_utc(telling.first_said_at)
    return telling.statement.table, telling.scope, valid_at, said_at, telling.statement.complete
