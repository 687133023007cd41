"""An asset per relation of the ledger and of what is built from it, and the published file.

Edges are read from the SQL (see ``lineage``).
"""

import hashlib
from datetime import timedelta
from typing import Any

import dagster as dg

from pipelines import building
from pipelines.assets import lineage
from pipelines.assets.evidence import OWNERS, of_relation
from pipelines.assets.sources import told_of
from pipelines.resources import HomeResource
from sources.tables import TABLES


def relation_assets() -> list[dg.AssetsDefinition]:
    """Every relation, and what is published of them all."""
    return [*(_relation(name) for name in lineage.in_order()), _published()]


def _upstream(relation: str) -> list[dg.AssetKey]:
    if relation == "sighting":
        return sorted({key for table in TABLES for key in told_of(table)})
    if relation in building.LEDGER:
        return list(told_of(relation.removesuffix("_version")))
    return [dg.AssetKey(name) for name in sorted(lineage.upstream(relation))]


def _description(relation: str) -> str:
    text = lineage.text_of(relation)
    if not text:
        return "When somebody looked, whether or not a key was there (sql/ledger/views.sql)"
    return f"```sql\n{text}\n```"


def _relation(name: str) -> dg.AssetsDefinition:
    @dg.asset(
        key=[name],
        deps=_upstream(name),
        group_name="ledger" if name in building.LEDGER else "marts",
        kinds={"duckdb", "sql"},
        owners=OWNERS,
        code_version=hashlib.sha256(lineage.text_of(name).encode()).hexdigest()[:12],
        description=_description(name),
    )
    def relation(home: HomeResource) -> dg.MaterializeResult[Any]:
        return of_relation(building.build_relation(home.home, name, now=home.now))

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
