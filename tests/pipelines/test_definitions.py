"""What Dagster sees: an asset per source stage and relation, with the edges that stand in the SQL."""

import importlib
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import dagster as dg
import duckdb
import pytest

from pipelines import building, definitions, marts
from pipelines.assets import lineage
from pipelines.assets.calibration import calibration
from pipelines.assets.sources import key
from pipelines.definitions import defs
from pipelines.resources import HomeResource
from sources.contracts import CONTRACTS
from sources.source import all_sources

graph = defs.resolve_asset_graph()


def parents(name: str) -> set[str]:
    return {parent.to_user_string() for parent in graph.get(dg.AssetKey(name)).parent_keys}


def ancestors(name: str) -> set[str]:
    found = parents(name)
    return found.union(*(ancestors(parent) for parent in found if "/" not in parent)) if found else found


def group(name: str) -> str | None:
    return graph.get(dg.AssetKey(name.split("/"))).group_name


def test_every_source_that_exists_is_two_assets_and_its_tables_follow_from_it() -> None:
    for source in all_sources().values():
        assert graph.get(key(source.name, "versions")).parent_keys == {key(source.name, "raw")}
        for table in source.tables:
            assert key(source.name, "versions").to_user_string() in parents(f"{table}_version")


def test_groups_read_as_the_pipeline_does() -> None:
    path = ["karpenter_aws/raw", "karpenter_aws/versions", "rental_price_version", "cost_curve", "published"]
    assert [group(name) for name in path] == ["raw", "ledger", "ledger", "marts", "published"]


def test_the_edges_between_relations_are_those_of_the_sql() -> None:
    # read from the FROM and JOIN clauses by eye
    assert parents("cost_curve") == {"scenario_accelerator", "price_index_monthly"}
    assert parents("price_index_monthly") == {"price_index_daily", "provider_price_daily", "calendar"}
    assert parents("price_index_daily") == {"provider_price_daily", "calendar", "as_of"}
    assert parents("public_source") == {"registry"}
    assert parents("rental_price") == {"rental_price_version", "registry", "rental_price_quality"}
    assert parents("tier_recommendation") == {"rental_price", "public_source", "workload_fit", "as_of"}


def test_a_price_can_be_followed_from_the_version_table_to_the_index_and_to_the_cost_curve() -> None:
    assert "rental_price_version" in parents("provider_price_daily")
    assert {"rental_price_version", "sighting", "provider_price_daily"} <= ancestors("price_index_daily")
    assert "price_index_daily" in ancestors("cost_curve")
    assert {"accelerator_spec_version", "accelerator_capability"} <= ancestors("cost_curve")
    assert "api_price_version" not in ancestors("cost_curve")


def test_what_python_computes_from_other_relations_follows_from_them_too() -> None:
    assert parents("calendar") == {"as_of", "sighting"}  # calendar_bounds.sql
    assert "accelerator_capability" in parents("scenario_accelerator")
    assert "accelerator_capability" in parents("workload_fit")


def test_no_relation_reads_a_name_that_nobody_makes() -> None:
    for relation in (*building.LEDGER, *building.RELATIONS):
        reads = {name for path in lineage.files_of(relation) for name in lineage.said(path).reads}
        nobody = {name for name in reads if not lineage.owners_of([name])}
        assert all(name.endswith("_rows") for name in nobody), (relation, nobody)


def test_what_is_published_follows_from_every_relation() -> None:
    assert parents("published") == set(building.RELATIONS)


def test_every_check_of_the_sql_folder_is_seen_and_blocks_and_every_contract_is_seen() -> None:
    checks = {node.key.name: node for node in graph.asset_check_nodes}
    assert set(marts.check_names()) <= checks.keys()
    assert all(checks[name].blocking for name in marts.check_names())
    contracts = {node.key.asset_key.to_user_string() for node in graph.asset_check_nodes if node.key.name == "contract"}
    assert contracts == {f"{table}_version" for table in CONTRACTS}


def test_a_check_runs_when_the_last_of_what_it_reads_is_there() -> None:
    # zero_price.sql reads four marts; cost_curve is not made from tier_recommendation, and the check waits for both
    node = next(node for node in graph.asset_check_nodes if node.key.name == "zero_price")
    waits_for = {key.to_user_string() for key in {node.key.asset_key, *node.parent_entity_keys}}
    assert waits_for == {"provider_price_daily", "price_index_daily", "cost_curve", "tier_recommendation"}


def test_descriptions_carry_the_sql_and_versions_change_with_it() -> None:
    node = graph.get(dg.AssetKey("cost_curve"))
    assert "CREATE OR REPLACE TABLE cost_curve" in (node.description or "")
    versions = {graph.get(dg.AssetKey(name)).code_version for name in building.RELATIONS}
    assert len(versions) == len(building.RELATIONS)


def test_importing_the_definitions_opens_no_database_and_makes_no_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: Any, **_: Any) -> None:
        raise AssertionError(f"work at import: {args}")

    monkeypatch.setattr(duckdb, "connect", refuse)
    monkeypatch.setattr(os, "mkdir", refuse)
    lineage.in_order.cache_clear()
    assert importlib.reload(definitions).defs is not defs


def test_the_calibration_is_an_asset_that_no_refresh_makes() -> None:
    assert group("calibration") == "estimates"
    made = defs.resolve_job_def("refresh").asset_layer.executable_asset_keys
    assert dg.AssetKey("calibration") not in made
    assert dg.AssetKey("published") in made


@pytest.mark.campaign
def test_the_calibration_that_ships_is_the_one_that_its_runs_give(tmp_path: Path) -> None:
    home = HomeResource(path=str(tmp_path))
    result = dg.materialize([calibration], resources={"home": home}, instance=dg.DagsterInstance.ephemeral())
    [check] = result.get_asset_check_evaluations()
    assert check.passed, check.metadata
    assert (tmp_path / "calibration" / "accuracy.md").read_text().startswith("# How wrong the estimators are")


def test_a_refresh_imports_neither_pandas_nor_pandera() -> None:
    told = "import sys, pipelines.refresh; print(sorted({'pandas', 'pandera'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
