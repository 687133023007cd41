"""Checks as Dagster shows them: pandera's contracts on what the ledger took in, and every file of ``sql/checks``.

A file of ``sql/checks`` returns the rows that should not be there; it blocks: where one finds any, what follows is not
built and nothing is published, so that readers keep the last good file. A contract that is not met blocks nothing: rows
meet the same rules at the door, and a version that an older contract let in must not hold up every refresh after it.
"""

from typing import Any

import dagster as dg
import duckdb
import pandera.errors

from pipelines.assets import lineage
from pipelines.assets.evidence import of_check
from pipelines.home import Home
from pipelines.ledger import open_ledger
from pipelines.resources import HomeResource
from pipelines.sql_files import sql
from sources.contracts import CONTRACTS

NEWEST_ROWS = 20_000
"""Of a table's versions in force, pandera reads the ones that were loaded last: what a day brings, and more."""


def all_checks() -> list[dg.AssetChecksDefinition]:
    """A contract per version table, and every check of ``sql/checks`` on the last relation that it reads."""
    contracts = [_contract(table) for table in CONTRACTS]
    return [*contracts, *(_offending(name, reads) for name, reads in lineage.checks().items())]


def _contract(table: str) -> dg.AssetChecksDefinition:
    description = f"The {NEWEST_ROWS} versions in force that were loaded last meet the contract (sources/contracts.py)"

    @dg.asset_check(asset=f"{table}_version", name="contract", description=description)
    def contract(home: HomeResource) -> dg.AssetCheckResult:
        return of_check(("column", "check", "value", "rows"), violations(home.home, table))

    return contract


def _offending(name: str, reads: tuple[str, ...]) -> dg.AssetChecksDefinition:
    description = f"```sql\n{sql(f'checks/{name}')}\n```"

    @dg.asset_check(
        asset=reads[-1], additional_deps=list(reads[:-1]), name=name, blocking=True, description=description
    )
    def offending(home: HomeResource) -> dg.AssetCheckResult:
        return of_check(*offenders(home.home, name))

    return offending


def offenders(home: Home, name: str) -> tuple[list[str], list[tuple[Any, ...]]]:
    """Columns and rows that a check of ``sql/checks`` returns."""
    with open_ledger(str(home.build)) as connection:
        found = connection.execute(sql(f"checks/{name}"))
        return [column[0] for column in found.description or ()], found.fetchall()


def violations(home: Home, table: str) -> list[tuple[str, str, str, int]]:
    """(column, check, value, rows) of everything in which the newest versions in force break their contract."""
    with open_ledger(str(home.build)) as connection:
        newest = _newest(connection, table)
    try:
        CONTRACTS[table].validate(newest, lazy=True)
    except pandera.errors.SchemaErrors as errors:
        cases = errors.failure_cases.fillna("").astype(str)
        counted = cases.groupby(["column", "check", "failure_case"], sort=True).size()
        return [(str(column), str(check), str(value), int(n)) for (column, check, value), n in counted.items()]
    return []


def _newest(connection: duckdb.DuckDBPyConnection, table: str) -> Any:
    versions = connection.table(f"{table}_version").filter("valid_to IS NULL AND known_to IS NULL")
    return versions.order("loaded_at DESC, version_id").limit(NEWEST_ROWS).select(*CONTRACTS[table].columns).df()
