"""Checks as Dagster shows them: pandera's contracts on what the ledger took in, and every file of ``sql/checks``.

A file of ``sql/checks`` returns the rows that should not be there; it blocks: where one finds any, what follows is not
built and nothing is published, so that readers keep the last good file. A contract that is not met blocks nothing: rows
meet the same rules at the door, and a version that an older contract let in must not hold up every refresh after it.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import dagster as dg
import duckdb

from pipelines.assets import lineage
from pipelines.assets.evidence import of_check
from pipelines.home import Home
from pipelines.ledger import open_ledger
from pipelines.resources import HomeResource
from pipelines.sql_files import sql
from sources.tables import TABLES, all_columns

NEWEST_ROWS = 20_000
"""Of a table's versions in force, pandera reads the ones that were loaded last: what a day brings, and more."""

_TABLES = {f"{table}_version": table for table in TABLES}


def all_checks() -> list[dg.AssetChecksDefinition]:
    """One step per relation that has checks: its contract, and the files of ``sql/checks`` that can run once it is."""
    reads = lineage.checks()
    last = {name: relations[-1] for name, relations in reads.items()}
    found = {relation: [name for name in reads if last[name] == relation] for relation in lineage.in_order()}
    found = {relation: ["contract", *names] if relation in _TABLES else names for relation, names in found.items()}
    return [_checks(relation, names, reads) for relation, names in found.items() if names]


def _checks(relation: str, names: Sequence[str], reads: Mapping[str, Sequence[str]]) -> dg.AssetChecksDefinition:
    specs = [_contract(relation) if name == "contract" else _rule(relation, name, reads[name]) for name in names]

    @dg.multi_asset_check(name=f"{relation}_checks", specs=specs, can_subset=True)
    def check(context: dg.AssetCheckExecutionContext, home: HomeResource) -> Iterator[dg.AssetCheckResult]:
        for key in sorted(context.selected_asset_check_keys):
            yield of_check(key, *found_by(home.home, relation, key.name))

    return check


def _contract(relation: str) -> dg.AssetCheckSpec:
    description = f"The {NEWEST_ROWS} versions in force that were loaded last meet the contract (sources/contracts.py)"
    return dg.AssetCheckSpec("contract", asset=relation, description=description)


def _rule(relation: str, name: str, reads: Sequence[str]) -> dg.AssetCheckSpec:
    others = [other for other in reads if other != relation]
    description = f"```sql\n{sql(f'checks/{name}')}\n```"
    return dg.AssetCheckSpec(name, asset=relation, additional_deps=others, blocking=True, description=description)


def found_by(home: Home, relation: str, check: str) -> tuple[Sequence[str], Sequence[Sequence[object]]]:
    """Columns and rows of what a check of a relation finds; no row is good."""
    if check == "contract":
        return ("column", "check", "value", "rows"), violations(home, _TABLES[relation])
    return offenders(home, check)


def offenders(home: Home, name: str) -> tuple[list[str], list[tuple[Any, ...]]]:
    """Columns and rows that a check of ``sql/checks`` returns."""
    with open_ledger(str(home.build)) as connection:
        found = connection.execute(sql(f"checks/{name}"))
        return [column[0] for column in found.description or ()], found.fetchall()


def violations(home: Home, table: str) -> list[tuple[str, str, str, int]]:
    """(column, check, value, rows) of everything in which the newest versions in force break their contract."""
    # here, because pandas and pandera take seconds to import and a refresh without news needs neither
    from pandera.errors import SchemaErrors

    from sources.contracts import CONTRACTS

    with open_ledger(str(home.build)) as connection:
        newest = _newest(connection, table)
    try:
        CONTRACTS[table].validate(newest, lazy=True)
    except SchemaErrors as errors:
        cases = errors.failure_cases.fillna("").astype(str)
        counted = cases.groupby(["column", "check", "failure_case"], sort=True).size()
        return [(str(column), str(check), str(value), int(n)) for (column, check, value), n in counted.items()]
    return []


def _newest(connection: duckdb.DuckDBPyConnection, table: str) -> Any:
    versions = connection.table(f"{table}_version").filter("valid_to IS NULL AND known_to IS NULL")
    return versions.order("loaded_at DESC, version_id").limit(NEWEST_ROWS).select(*all_columns(table)).df()
