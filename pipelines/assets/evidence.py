"""What a step did, as Dagster shows it: counts, columns with their comments, quarantine by reason, failures."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import dagster as dg

from pipelines.building import Built
from pipelines.intake import Outcome

OWNERS = ["team:flopledger"]
SHOWN_ROWS = 20


def of_raw(asset: dg.AssetKey, check: str, outcome: Outcome) -> dg.MaterializeResult[Any]:
    """New payloads, and a failed check (which blocks nothing) for answers that were not what was asked for."""
    return dg.MaterializeResult(
        asset_key=asset,
        metadata={
            "payloads": outcome.payloads,
            "failures": dg.MetadataValue.json(outcome.failures),
            "unheard": dg.MetadataValue.json(outcome.unheard),
        },
        check_results=[_no_failure(asset, check, outcome)],
    )


def of_intake(
    asset: dg.AssetKey, check: str, outcome: Outcome, refused: Sequence[tuple[str, int, str | None]]
) -> dg.MaterializeResult[Any]:
    """What the ledger made of a source's payloads, and everything of it that was ever kept out."""
    tally = {name: int(count) for name, count in asdict(outcome.tally).items()}
    return dg.MaterializeResult(
        asset_key=asset,
        metadata={
            "payloads": outcome.payloads,
            **tally,
            "failures": dg.MetadataValue.json(outcome.failures),
            "quarantine": dg.MetadataValue.md(_table(("reason", "rows", "example"), refused)),
        },
        check_results=[_no_failure(asset, check, outcome)],
    )


def of_relation(built: Built) -> dg.MaterializeResult[Any]:
    """Rows and columns of a relation."""
    columns = [dg.TableColumn(name, kind, description=comment) for name, kind, comment in built.columns]
    return dg.MaterializeResult(
        metadata={
            "dagster/table_name": f"main.{built.relation}",
            "dagster/row_count": built.rows,
            "dagster/column_schema": dg.TableSchema(columns),
        }
    )


def of_check(key: dg.AssetCheckKey, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> dg.AssetCheckResult:
    """Rows that should not be there: none is good."""
    found = dg.MetadataValue.md(_table(columns, rows[:SHOWN_ROWS]))
    return dg.AssetCheckResult(
        check_name=key.name,
        asset_key=key.asset_key,
        passed=not rows,
        metadata={"offending_rows": len(rows), "offending": found},
    )


def _no_failure(asset: dg.AssetKey, name: str, outcome: Outcome) -> dg.AssetCheckResult:
    return dg.AssetCheckResult(
        asset_key=asset,
        check_name=name,
        passed=not outcome.failures,
        severity=dg.AssetCheckSeverity.WARN,
        metadata={"failures": dg.MetadataValue.md("\n".join(f"- {line}" for line in outcome.failures) or "none")},
    )


def _table(columns: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """A Markdown table; 'none' if there is no row."""
    if not rows:
        return "none"
    lines = [columns, ["---"] * len(columns), *rows]
    return "\n".join(f"| {' | '.join(_cell(value) for value in line)} |" for line in lines)


def _cell(value: object) -> str:
    return " ".join(str(value).split())[:200].replace("|", "\\|")
