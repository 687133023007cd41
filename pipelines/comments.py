"""What every relation and column says of itself, where its own SQL file does not: ``sql/comments.csv``."""

import csv
from functools import cache
from importlib.resources import files

import duckdb

from pipelines.sql_files import sql


def comment(connection: duckdb.DuckDBPyConnection) -> None:
    """Gives each relation and column of the schema ``main`` that has no comment the one that its name has."""
    known = _known()
    for kind, relation, column in connection.execute(sql("ledger/uncommented")).fetchall():
        text = known.get((relation, column)) or known.get(("", column))
        if text:
            place = f'{kind} "{relation}"' if not column else f'COLUMN "{relation}"."{column}"'
            connection.execute(f"COMMENT ON {place} IS '{text.replace(chr(39), chr(39) * 2)}'")


@cache
def _known() -> dict[tuple[str, str], str]:
    text = files("sql").joinpath("comments.csv").read_text(encoding="utf-8")
    return {(row["relation"], row["column"]): row["comment"] for row in csv.DictReader(text.splitlines())}
