"""An asset per relation of the ledger and of what is built from it, and the published file.

Edges are read from the SQL (see ``lineage``). Where the published file says already what the ledger, the code and the
day say, the relations that stand first materialize nothing, and Dagster skips everything that follows from them.
"""

import hashlib
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import dagster as dg

from pipelines import building
from pipelines.assets import lineage
from pipelines.assets.evidence import OWNERS, of_relation
from pipelines.assets.sources import told_of
from pipelines.resources import HomeResource
from sources.contracts import CONTRACTS


def relation_assets() -> list[dg.AssetsDefinition]:
    """Every relation, and what is published of them all."""
    return [*(_relation(name) for name in lineage.in_order()), _published()]


def _upstream(relation: str) -> list[dg.AssetKey]:
    if relation == "sighting":
        return sorted({key for table in CONTRACTS for key in told_of(table)})
    if relation in building.LEDGER:
        return list(told_of(relation.removesuffix("_version")))
    return [dg.AssetKey(name) for name in sorted(lineage.upstream(relation))]


def _description(relation: str) -> str:
    text = lineage.text_of(relation)
    return f"```sql\n{text}\n```" if text else "When somebody looked, whether or not a key was there (sql/ledger/views.sql)"


def _relation(name: str) -> dg.AssetsDefinition:
    @dg.asset(
        key=[name],
        deps=_upstream(name),
        group_name="ledger" if name in building.LEDGER else "marts",
        kinds={"duckdb", "sql"},
        owners=OWNERS,
        code_version=hashlib.sha256(lineage.text_of(name).encode()).hexdigest()[:12],
        description=_description(name),
        output_required=False,
    )
    def relation(home: HomeResource) -> Iterator[dg.MaterializeResult[Any]]:
        if built := building.build_relation(home.home, name, now=home.now):
            yield of_relation(built)

    return relation


def _published() -> dg.AssetsDefinition:
    @dg.asset(
        key=["published"],
        deps=[dg.AssetKey(name) for name in building.RELATIONS],
        group_name="published",
        kinds={"duckdb"},
        owners=OWNERS,
        freshness_policy=dg.FreshnessPolicy.time_window(fail_window=timedelta(hours=36)),
        description="`ledger.duckdb` in the home folder: what people open. Read-only, whole, swapped atomically.",
    )
    def published(home: HomeResource) -> dg.MaterializeResult[Any]:
        version = building.publish_built(home.home, now=home.now)
        return dg.MaterializeResult(metadata={"file": str(version or home.home.published)})

    return published
