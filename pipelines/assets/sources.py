"""Two assets per source: what it said (``<source>/raw``), and what the ledger made of it (``<source>/versions``).

A source is an asset because its module exists; there is no list to edit. One step collects for all of them, since hosts
are asked side by side, and one takes in what came. No asset here is partitioned: a payload states its own time and its
own scope, the ledger takes payloads in any order, and a backfill is ``flopledger ingest`` of the folder or clone that
holds them. A partition by day would promise that a day can be fetched again, which no upstream of a price list offers.
"""

from collections.abc import Iterator
from datetime import timedelta

import dagster as dg

from pipelines import steps
from pipelines.assets.evidence import OWNERS, of_intake, of_raw
from pipelines.intake import parser_version
from pipelines.resources import HomeResource
from sources.source import Source, all_sources

COLLECTED, READ = "archived", "readable"
"""Checks that block nothing: whether everything could be kept, and read."""


def key(source: str, stage: str) -> dg.AssetKey:
    """``karpenter-aws`` -> ``karpenter_aws/raw``."""
    return dg.AssetKey([source.replace("-", "_"), stage])


def source_assets() -> list[dg.AssetsDefinition]:
    """Both assets of every source, in two steps."""
    return [_collected(), _taken_in()]


def _about(source: Source) -> str:
    return f"{source.title} ({source.homepage}). Licence: {source.licence}. {source.weaknesses}".strip()


def _freshness(source: Source) -> dg.FreshnessPolicy | None:
    if source.freshness_limit_hours is None:
        return None
    return dg.FreshnessPolicy.time_window(fail_window=timedelta(hours=source.freshness_limit_hours))


def _selected(context: dg.AssetExecutionContext, stage: str) -> list[str]:
    return [name for name in all_sources() if key(name, stage) in context.selected_asset_keys]


def _collected() -> dg.AssetsDefinition:
    sources = all_sources().values()

    @dg.multi_asset(
        name="collect",
        specs=[
            dg.AssetSpec(
                key(source.name, "raw"),
                group_name="raw",
                kinds={"file"},
                owners=OWNERS,
                description=f"Payloads of {_about(source)}",
                freshness_policy=_freshness(source),
            )
            for source in sources
        ],
        check_specs=[
            dg.AssetCheckSpec(
                COLLECTED, asset=key(source.name, "raw"), description="Everything it answered could be kept"
            )
            for source in sources
        ],
        can_subset=True,
    )
    def collect(context: dg.AssetExecutionContext, home: HomeResource) -> Iterator[dg.MaterializeResult]:  # type: ignore[type-arg]
        outcomes = steps.collect(
            home.home,
            _selected(context, "raw"),
            now=home.now,
            recorded=home.recorded_folder,
            is_offline=home.asks_nobody,
        )
        for name, outcome in outcomes.items():
            yield of_raw(key(name, "raw"), COLLECTED, outcome)

    return collect


def _taken_in() -> dg.AssetsDefinition:
    sources = all_sources().values()

    @dg.multi_asset(
        name="take_in",
        specs=[
            dg.AssetSpec(
                key(source.name, "versions"),
                deps=[key(source.name, "raw")],
                group_name="ledger",
                kinds={"duckdb", "python"},
                owners=OWNERS,
                code_version=parser_version(),
                description=f"Versions in {', '.join(source.tables)} according to {_about(source)}",
            )
            for source in sources
        ],
        check_specs=[
            dg.AssetCheckSpec(READ, asset=key(source.name, "versions"), description="Every payload could be read")
            for source in sources
        ],
        can_subset=True,
    )
    def take_in(context: dg.AssetExecutionContext, home: HomeResource) -> Iterator[dg.MaterializeResult]:  # type: ignore[type-arg]
        selected = _selected(context, "versions")
        outcomes = steps.take_in_sources(home.home, selected, now=home.now)
        refused = steps.refused(home.home, selected)
        for name in selected:
            yield of_intake(key(name, "versions"), READ, outcomes[name], refused[name])

    return take_in


def told_of(table: str) -> Iterator[dg.AssetKey]:
    """The sources that speak of a table."""
    return (key(source.name, "versions") for source in all_sources().values() if table in source.tables)
