"""Two assets per source: what it said (``<source>/raw``), and what the ledger made of it (``<source>/versions``).

A source is an asset because its module exists; there is no list to edit. No asset here is partitioned: a payload states
its own time and its own scope, the ledger takes payloads in any order, and a backfill is ``flopledger ingest`` of the
folder or clone that holds them. A partition by day would promise that a day can be fetched again, which no upstream of
a price list offers.
"""

from collections.abc import Iterator
from datetime import timedelta

import dagster as dg

from pipelines import steps
from pipelines.assets.evidence import OWNERS, of_intake, of_raw
from pipelines.intake import parser_version
from pipelines.resources import HomeResource
from sources.source import Source, all_sources


def key(source: str, stage: str) -> dg.AssetKey:
    """``karpenter-aws`` -> ``karpenter_aws/raw``."""
    return dg.AssetKey([source.replace("-", "_"), stage])


def source_assets() -> list[dg.AssetsDefinition]:
    """Both assets of every source."""
    return [asset for source in all_sources().values() for asset in (_raw(source), _versions(source))]


def _about(source: Source) -> str:
    return f"{source.title} ({source.homepage}). Licence: {source.licence}. {source.weaknesses}".strip()


def _freshness(source: Source) -> dg.FreshnessPolicy | None:
    if source.freshness_limit_hours is None:
        return None
    return dg.FreshnessPolicy.time_window(fail_window=timedelta(hours=source.freshness_limit_hours))


def _raw(source: Source) -> dg.AssetsDefinition:
    asset_key = key(source.name, "raw")

    @dg.asset(
        key=asset_key,
        group_name="raw",
        kinds={"file"},
        owners=OWNERS,
        description=f"Payloads of {_about(source)}",
        freshness_policy=_freshness(source),
        check_specs=[dg.AssetCheckSpec("archived", asset=asset_key, description="Everything it has could be kept")],
    )
    def raw(home: HomeResource) -> dg.MaterializeResult:  # type: ignore[type-arg]
        return of_raw(steps.archive_source(home.home, source.name, now=home.now, recorded=home.recorded_folder))

    return raw


def _versions(source: Source) -> dg.AssetsDefinition:
    asset_key = key(source.name, "versions")

    @dg.asset(
        key=asset_key,
        deps=[key(source.name, "raw")],
        group_name="ledger",
        kinds={"duckdb", "python"},
        owners=OWNERS,
        code_version=parser_version(),
        description=f"Versions in {', '.join(source.tables)} according to {_about(source)}",
        check_specs=[dg.AssetCheckSpec("readable", asset=asset_key, description="Every payload could be read")],
    )
    def versions(home: HomeResource) -> dg.MaterializeResult:  # type: ignore[type-arg]
        return of_intake(*steps.take_in_and_tell(home.home, source.name, now=home.now))

    return versions


def told_of(table: str) -> Iterator[dg.AssetKey]:
    """The sources that speak of a table."""
    return (key(source.name, "versions") for source in all_sources().values() if table in source.tables)
