"""The published ledger, opened to be asked: read-only, UTC."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb

from pipelines.home import Home, HomeError
from pipelines.moments import as_utc
from pipelines.sql_files import sql


def opened(home: Path | None) -> duckdb.DuckDBPyConnection:
    place = Home.at(home)
    if not place.published.exists():
        raise HomeError(f"{place.published} is not there; run `flopledger refresh` first")
    connection = duckdb.connect(str(place.published), read_only=True)
    connection.execute("SET TimeZone = 'UTC'")
    return connection


def ask(
    connection: duckdb.DuckDBPyConnection, question: str, parameters: dict[str, Any]
) -> tuple[list[str], list[tuple[Any, ...]]]:
    """Columns and rows of ``sql/answers/<question>.sql`` with its named parameters."""
    try:
        cursor = connection.execute(sql(f"answers/{question}"), parameters)
    except duckdb.CatalogException as error:
        raise HomeError(f"this ledger has no answer to {question!r} yet; run `flopledger refresh`") from error
    return [column[0] for column in cursor.description or []], cursor.fetchall()


def moment(text: str | None) -> datetime:
    """A day or an ISO 8601 time as UTC; now if none is given."""
    if text is None:
        return datetime.now(UTC).replace(tzinfo=None)
    return as_utc(text).replace(tzinfo=None)
