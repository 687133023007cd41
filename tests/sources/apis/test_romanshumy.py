"""The LLM price index: a list of what is sold, and a history whose daily copies prove nothing."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given

from sources.apis.romanshumy import SOURCE
from sources.source import PayloadError, Statement, all_sources
from tests.sources.apis.recorded_api import (
    assert_rows_are_sound,
    broken,
    payload,
    reasons,
    recorded_payloads,
    usd_per_million,
)


def model(name: str, provider: str, **fields: Any) -> dict[str, Any]:
    known = {"input_per_mtok": 1.0, "output_per_mtok": 2.0, "cached_input_per_mtok": None, "status": "Current"}
    return {"id": name, "provider": provider} | known | fields


def event(date: str, what: str, **fields: Any) -> dict[str, Any]:
    return {"date": date, "event": what, "input_per_mtok": 1.0, "output_per_mtok": 2.0} | fields


# Quoted from models.json and price-history.json of 2026-08-22.
YI = model("01ai-yi-large", "01.AI", input_per_mtok=3.0, output_per_mtok=9.0, status="Retired")
OPUS = model("anthropic-claude-opus-4-6", "Anthropic", input_per_mtok=5.0, output_per_mtok=25.0)
LUNA = {
    "openai-gpt-5-6-luna": {
        "provider": "OpenAI",
        "history": [
            event("2026-07-09", "new_model", input_per_mtok=1.0, output_per_mtok=6.0),
            event("2026-07-31", "snapshot", input_per_mtok=1.0, output_per_mtok=6.0),
            event("2026-08-01", "price_drop", input_per_mtok=0.2, output_per_mtok=1.2),
            event("2026-08-22", "snapshot", input_per_mtok=0.2, output_per_mtok=1.2),
        ],
    }
}


def read(content: object) -> list[Statement]:
    return list(SOURCE.parse(payload(content)))


def test_what_the_list_calls_retired_is_not_sold() -> None:
    [statement] = read([YI, OPUS])
    assert usd_per_million(statement.rows) == {
        ("anthropic-claude-opus-4-6", "input_token", ""): "5",
        ("anthropic-claude-opus-4-6", "output_token", ""): "25",
    }
    assert (statement.scope, statement.complete, statement.ignored) == ({}, True, 1)


def test_a_daily_copy_says_nothing_and_a_change_says_its_day() -> None:
    first, second = read(LUNA)
    assert (first.valid_at, second.valid_at) == (datetime(2026, 7, 9, tzinfo=UTC), datetime(2026, 8, 1, tzinfo=UTC))
    assert usd_per_million(second.rows)["openai-gpt-5-6-luna", "input_token", ""] == "0.2"
    assert second.scope == {"provider": "openai", "sku": "openai-gpt-5-6-luna"}
    assert second.complete


def test_a_removal_ends_the_price() -> None:
    removed = [event("2026-06-25", "baseline"), event("2026-08-14", "removed")]
    _, end = read({"ibm-granite-4-h-large": {"provider": "IBM", "history": removed}})
    assert (end.valid_at, end.rows, end.complete) == (datetime(2026, 8, 14, tzinfo=UTC), [], True)


@pytest.mark.parametrize(
    ("name", "maker", "serves", "model_id"),
    [
        ("anthropic-claude-opus-4-5", "Anthropic", "anthropic", "claude-opus-4-5"),
        ("anthropic-claude-haiku-45", "Anthropic", "anthropic", "claude-haiku-4-5"),
        ("meta-llama-3-3-70b", "Meta", "groq", "llama-3.3-70b-versatile"),
        ("meta-muse-spark-1-1", "Meta", "meta", "muse-spark-1.1"),
        ("zhipu-glm-4-6", "Z.AI", "zai", "glm-4.6"),
        ("deepseek-v4-pro", "DeepSeek", "deepseek", "deepseek-v4-pro"),
        ("xai-grok-4-5", "xAI", "xai", "grok-4.5"),
        ("voyage-4-large", "Voyage AI", "voyage", "voyage-4-large"),
    ],
)
def test_the_seller_is_who_the_price_was_taken_from(name: str, maker: str, serves: str, model_id: str) -> None:
    row = read([model(name, maker)])[0].rows[0]
    assert (row["provider"], row["model_id"]) == (serves, model_id)


def test_a_price_by_the_search_is_none_by_the_token() -> None:
    rerank = model("cohere-rerank-3-5", "Cohere", input_per_mtok=0.02, output_per_mtok=None)
    assert reasons(read([rerank, OPUS])[0]) == {"unit": 1}


def test_yuan_and_pictures_are_refused() -> None:
    hunyuan = model("tencent-hunyuan-hy3-preview", "Tencent", input_per_mtok=0.147, output_per_mtok=0.588)
    image = model("google-gemini-3-pro-image", "Google", input_per_mtok=2.0, output_per_mtok=120.0)
    assert reasons(read([hunyuan, image])[0]) == {"currency": 2, "unit": 1}


@pytest.mark.parametrize(
    "content",
    ["", "<html></html>", "[]", "{}", '{"error": 1}', '[{"id": "m"}]', '{"m": {"provider": "a", "history": [{}]}}',
     '{"m": {"provider": "a", "history": [{"event": "baseline", "date": "today"}]}}'],
)  # fmt: skip
def test_a_payload_that_is_neither_file_is_an_error(content: str) -> None:
    with pytest.raises(PayloadError) as error:
        read(content)
    assert "\n" not in str(error.value)


@given(broken([YI, OPUS]))
def test_whatever_is_broken_in_the_list_is_an_error_or_a_refusal(content: object) -> None:
    try:
        for statement in read(content):
            assert_rows_are_sound(statement)
    except PayloadError:
        return


@given(broken(LUNA))
def test_whatever_is_broken_in_the_history_is_an_error_or_a_refusal(content: object) -> None:
    try:
        for statement in read(content):
            assert_rows_are_sound(statement)
    except PayloadError:
        return


def test_it_is_found_and_reads_what_it_asks_for() -> None:
    assert all_sources()["romanshumy"] is SOURCE
    assert SOURCE.live is not None
    assert {address.name for address in SOURCE.live.addresses} == set(SOURCE.upstream_paths)


@pytest.mark.shared
def test_every_recorded_file_is_read_without_unexplained_refusals(recorded: Path) -> None:
    found = list(recorded_payloads(recorded, SOURCE, "romanshumy"))
    assert len(found) == 8
    for file in found:
        for statement in SOURCE.parse(file):
            assert_rows_are_sound(statement)
            assert set(reasons(statement)) <= {"zero_price", "unit", "currency"}, file.name
            assert reasons(statement)["unit"] <= 8, file.name
