"""litellm's map of model prices: what each kind of entry becomes, and the slips that must not become prices.

The expected figures are read off the entries by hand (1M tokens = 1,000,000 x the figure).
"""

import gzip
import json
from collections import Counter
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from sources.apis.litellm import SOURCE
from sources.apis.litellm_fields import NoPrice, charge, is_cost
from sources.contracts import API_PRICE, MODALITIES, PRICE_STATES, UNITS
from sources.source import Payload, PayloadError, Refused, Row, Statement, all_sources
from tests.conftest import RECORDED

RECORDED_AT = datetime(2026, 11, 20, tzinfo=UTC)
KEY = ("provider", "model_id", "sku", "modality", "unit", "condition")


def payload(content: str | bytes) -> Payload:
    return Payload(content.encode() if isinstance(content, str) else content, "litellm.json", RECORDED_AT)


def read(models: dict[str, Any]) -> Statement:
    [statement] = SOURCE.parse(payload(json.dumps(models)))
    return statement


def entry(provider: str = "openai", mode: str = "chat", **fields: Any) -> dict[str, Any]:
    return {"litellm_provider": provider, "mode": mode, **fields}


def one(models: dict[str, Any]) -> Row:
    [row] = read(models).rows
    return row


def prices(models: dict[str, Any]) -> dict[tuple[object, object], str]:
    """(unit, condition) -> the price without trailing zeros."""
    return {
        (row["unit"], row["condition"]): f"{Decimal(str(row['price_usd_per_unit'])).normalize():f}"
        for row in read(models).rows
    }


def reasons(models: dict[str, Any]) -> list[tuple[str, object, object]]:
    return [(row.reason, row.key.get("unit"), row.key.get("condition")) for row in read(models).refused]


def test_a_chat_model_has_a_price_per_kind_of_token() -> None:
    [statement] = SOURCE.parse(
        payload(
            '{"gpt-4o": {"cache_read_input_token_cost": 1.25e-06, "input_cost_per_token": 2.5e-06,'
            ' "input_cost_per_token_batches": 1.25e-06, "litellm_provider": "openai", "max_tokens": 16384,'
            ' "mode": "chat", "output_cost_per_token": 1e-05, "output_cost_per_token_priority": 1.7e-05}}'
        )
    )
    assert (statement.table, statement.scope, statement.complete, statement.valid_at) == ("api_price", {}, True, None)
    assert statement.rows[1] == {
        "provider": "openai",
        "model_id": "gpt-4o",
        "sku": "gpt-4o",
        "modality": "text",
        "unit": "input_token",
        "condition": "",
        "price_usd_per_unit": Decimal("0.0000025"),  # 2.50 USD per 1M
        "price_state": "listed",
        "locator": '$["gpt-4o"].input_cost_per_token',
    }
    assert {(r["unit"], r["condition"]): r["price_usd_per_unit"] for r in statement.rows} == {
        ("cached_input_token", ""): Decimal("0.00000125"),
        ("input_token", ""): Decimal("0.0000025"),
        ("input_token", "batch"): Decimal("0.00000125"),
        ("output_token", ""): Decimal("0.00001"),
        ("output_token", "priority"): Decimal("0.000017"),
    }


@pytest.mark.parametrize(
    ("field", "mode", "unit", "condition"),
    [
        ("input_cost_per_token_above_272k_tokens_priority", "chat", "input_token", "context>272k,priority"),
        ("output_cost_per_token_above_200k_tokens_batches", "chat", "output_token", "context>200k,batch"),
        ("cache_creation_input_token_cost_above_1hr", "chat", "cache_write_token", "cache_ttl>1h"),
        (
            "cache_creation_input_token_cost_above_12hr_above_272k_tokens_ultrafast",
            "chat",
            "cache_write_token",
            "context>272k,cache_ttl>12h,ultrafast",
        ),
        ("cache_read_input_token_cost_per_audio_token", "chat", "cached_input_audio_token", ""),
        ("input_cost_per_token_batch_requests", "embedding", "input_token", "batch"),
        ("input_cost_per_token_decisions", "chat", "input_token", "decisions"),
        ("output_cost_per_second_1080p", "video_generation", "second_of_video", "1080p"),
        ("output_cost_per_image_0.5K", "image_generation", "image", "0.5k"),
        ("output_cost_per_image_1536", "image_generation", "image", "1536"),
        (
            "output_cost_per_image_above_1024_and_1024_pixels_and_premium_image",
            "image_generation",
            "image",
            "pixels>1024x1024,premium",
        ),
        ("input_cost_per_video_per_second_above_15s_interval", "embedding", "input_second_of_video", "interval>15s"),
        ("input_cost_per_second", "audio_transcription", "input_second_of_audio", ""),
        ("output_cost_per_second", "audio_transcription", "input_second_of_audio", ""),
        ("output_cost_per_second", "audio_speech", "second_of_audio", ""),
        ("annotation_cost_per_page_batches", "ocr", "page", "annotation,batch"),
        ("citation_cost_per_token", "chat", "input_token", "citation"),
    ],
)
def test_a_fields_name_says_the_unit_and_what_it_holds_under(field: str, mode: str, unit: str, condition: str) -> None:
    known = charge(field, mode)
    assert known is not None
    assert not isinstance(known, NoPrice)
    assert (known.unit, ",".join(known.conditions)) == (unit, condition)


def test_a_price_per_thousand_is_divided() -> None:
    models = {"assistant": entry(file_search_cost_per_1k_calls="2.5")}
    assert prices(models) == {("query", "file_search"): "0.0025"}  # 2.50 USD per 1000 calls


@pytest.mark.parametrize(
    ("sku", "provider", "mode", "fields", "modality", "expected"),
    [
        ("text-embedding-3-small", "openai", "embedding", {"input_cost_per_token": 2e-8, "output_cost_per_token": 0.0},
         "embedding", {("input_token", ""): "0.00000002"}),
        ("rerank-v3.5", "cohere", "rerank",
         {"input_cost_per_query": 0.002, "input_cost_per_token": 0.0, "output_cost_per_token": 0.0},
         "rerank", {("query", ""): "0.002"}),
        ("whisper-1", "openai", "audio_transcription", {"input_cost_per_second": 1e-4, "output_cost_per_second": 1e-4},
         "audio", {("input_second_of_audio", ""): "0.0001"}),
        ("soniox/stt-async-v5", "soniox", "audio_transcription",
         {"input_cost_per_second": 0.0, "output_cost_per_second": 2.77778e-05},
         "audio", {("input_second_of_audio", ""): "0.0000277778"}),  # 0.10 USD an hour
        ("elevenlabs/eleven_v4", "elevenlabs", "audio_speech", {"input_cost_per_character": 8e-05},
         "audio", {("character", ""): "0.00008"}),
        ("gpt-live-1", "openai", "realtime", {"input_cost_per_second": 0.000833333333333},
         "audio", {("input_second_of_audio", ""): "0.000833333333"}),  # 0.05 USD a minute
        ("openai/sora-2", "openai", "video_generation", {"output_cost_per_video_per_second": 0.1},
         "video", {("second_of_video", ""): "0.1"}),
        ("xai/grok-imagine-video", "xai", "video_generation",
         {"output_cost_per_second": 0.05, "output_cost_per_second_720p": 0.07, "input_cost_per_image": 0.002},
         "video",
         {("second_of_video", ""): "0.05", ("second_of_video", "720p"): "0.07", ("input_image", ""): "0.002"}),
        ("mistral/mistral-ocr-latest", "mistral", "ocr", {"ocr_cost_per_page": 3e-3, "annotation_cost_per_page": 5e-3},
         "document", {("page", ""): "0.003", ("page", "annotation"): "0.005"}),
        ("reducto/parse-v3", "reducto", "ocr", {"ocr_cost_per_credit": 0.015}, "document", {("credit", ""): "0.015"}),
        ("tavily/search", "tavily", "search", {"input_cost_per_query": 0.008}, "search", {("query", ""): "0.008"}),
        ("xai/grok-voice-3.0", "xai", "realtime", {"input_cost_per_text_message": 0.004},
         "audio", {("request", "text_message"): "0.004"}),
        ("azure/container", "azure", "chat", {"code_interpreter_cost_per_session": 0.033},
         "text", {("session", "code_interpreter"): "0.033"}),
        ("vertex_ai/lyria-002", "vertex_ai", "audio_speech", {"output_cost_per_image": 0.06},
         "audio", {("request", ""): "0.06"}),
        ("cloudflare/@cf/cloudflare/clairic", "cloudflare", "extraction",
         {"input_cost_per_token": 1e-7, "output_cost_per_token": 0.0}, "document", {("input_token", ""): "0.0000001"}),
        ("baseten/decision-models/baseten-joey-2b-latest", "baseten", "decisions",
         {"input_cost_per_token": 1e-8, "output_cost_per_token": 0.0}, "other", {("input_token", ""): "0.00000001"}),
    ],
)  # fmt: skip
def test_every_mode_is_priced_in_what_it_sells(
    sku: str,
    provider: str,
    mode: str,
    fields: dict[str, Any],
    modality: str,
    expected: dict[tuple[str, str], str],
) -> None:
    models = {sku: entry(provider, mode, **fields)}
    assert prices(models) == expected
    assert {row["modality"] for row in read(models).rows} == {modality}
    assert read(models).refused == []


def test_a_price_of_an_image_put_in_is_not_that_of_the_image_generated() -> None:
    generated = {"low/1024-x-1024/gpt-image-1.5": entry(mode="image_generation", input_cost_per_image=0.009)}
    assert prices(generated) == {("image", "low,1024x1024"): "0.009"}
    both = {"gemini-3-pro-image": entry(
        "vertex_ai-language-models", "image_generation", input_cost_per_image=0.0011, output_cost_per_image=0.134
    )}  # fmt: skip
    assert prices(both) == {("input_image", ""): "0.0011", ("image", ""): "0.134"}


def test_dall_e_is_priced_by_the_pixel_of_the_size_in_its_key() -> None:
    models = {
        "256-x-256/dall-e-2": entry(mode="image_generation", input_cost_per_pixel=2.4414e-07, output_cost_per_pixel=0.0)
    }
    assert prices(models) == {("pixel", "256x256"): "0.00000024414"}  # x 65,536 pixels = 0.016 USD an image


def test_a_commitment_is_a_price_of_time_said_twice_and_kept_once() -> None:
    sku = "bedrock/us-east-1/1-month-commitment/anthropic.claude-v2:1"
    models = {sku: entry("bedrock", input_cost_per_second=0.0175, output_cost_per_second=0.0175)}
    assert prices(models) == {("second_of_compute", "region=us-east-1,1-month-commitment"): "0.0175"}  # 63 USD an hour
    newer = {sku: entry("bedrock", cost_per_second=0.0175, input_cost_per_second=0.0175)}
    assert prices(newer) == prices(models)


def test_two_prices_for_one_key_are_refused() -> None:
    models = {
        "openrouter/deepseek/deepseek-r1-0528": entry(
            "openrouter",
            cache_read_input_token_cost=3.5e-07,
            input_cost_per_token=5e-07,
            input_cost_per_token_cache_hit=1.4e-07,
        )
    }
    assert prices(models) == {("input_token", ""): "0.0000005"}
    assert reasons(models) == [("duplicate_key", "cached_input_token", "")]


def test_tiers_by_length_of_the_prompt_are_conditions_and_the_first_is_the_price_without_one() -> None:
    models = {
        "dashscope/qwen3-coder-plus": entry(
            "dashscope",
            tiered_pricing=[
                {"range": [0, 32000.0], "input_cost_per_token": 1e-06, "output_cost_per_token": 5e-06},
                {"range": [32000.0, 128000.0], "input_cost_per_token": 1.8e-06, "output_cost_per_token": 9e-06},
            ],
        )
    }
    assert prices(models) == {
        ("input_token", ""): "0.000001",
        ("output_token", ""): "0.000005",
        ("input_token", "context>32k"): "0.0000018",
        ("output_token", "context>32k"): "0.000009",
    }
    assert read(models).rows[2]["locator"] == '$["dashscope/qwen3-coder-plus"].tiered_pricing[1].input_cost_per_token'


def test_tiers_by_number_of_results_are_conditions() -> None:
    tiers = [
        {"input_cost_per_query": 0.005, "max_results_range": [0, 25]},
        {"input_cost_per_query": 0.025, "max_results_range": [26, 100]},
    ]
    models = {"exa_ai/search": entry("exa_ai", "search", tiered_pricing=tiers)}
    assert prices(models) == {("query", ""): "0.005", ("query", "results>25"): "0.025"}
    counted_from_one = [
        {"input_cost_per_query": 0.00166, "max_results_range": [1, 10]},
        {"input_cost_per_query": 0.00332, "max_results_range": [11, 20]},
    ]
    models = {"firecrawl/search": entry("firecrawl", "search", tiered_pricing=counted_from_one)}
    assert prices(models) == {("query", ""): "0.00166", ("query", "results>10"): "0.00332"}


def test_off_peak_prices_stand_beside_the_peak_ones() -> None:
    off_peak = {"input_cost_per_token": "1.5e-7", "windows": [{"hours_utc": "00:00-00:00", "weekdays": [6, 7]}]}
    models = {"deepseek/deepseek-v4-flash": entry("deepseek", input_cost_per_token=3e-7, off_peak_pricing=off_peak)}
    assert prices(models) == {("input_token", ""): "0.0000003", ("input_token", "off_peak"): "0.00000015"}


def test_a_web_search_is_priced_by_the_query_and_its_context_size() -> None:
    models = {
        "perplexity/sonar": entry(
            "perplexity",
            search_context_cost_per_query={"search_context_size_low": 0.005, "search_context_size_high": 0.012},
        )
    }
    assert prices(models) == {
        ("query", "web_search,context_size=low"): "0.005",
        ("query", "web_search,context_size=high"): "0.012",
    }


@pytest.mark.parametrize(
    ("litellm_provider", "provider"),
    [
        ("vertex_ai-language-models", "vertex_ai"),
        ("vertex_ai-anthropic_models", "vertex_ai"),
        ("bedrock_converse", "bedrock"),
        ("azure_text", "azure"),
        ("text-completion-openai", "openai"),
        ("gmi", "gmicloud"),
        ("gradient_ai", "digitalocean"),
        ("a_provider_of_tomorrow", "a_provider_of_tomorrow"),
    ],
)
def test_who_serves_is_not_how_litellm_calls_it(litellm_provider: str, provider: str) -> None:
    assert one({"m": entry(litellm_provider, input_cost_per_token=1e-6)})["provider"] == provider


@pytest.mark.parametrize(
    ("sku", "litellm_provider", "mode", "model_id", "condition"),
    [
        ("gpt-4o-2024-08-06", "openai", "chat", "gpt-4o-2024-08-06", ""),
        ("openrouter/openai/gpt-4o", "openrouter", "chat", "gpt-4o", ""),
        ("gmi/anthropic/claude-opus-4.5", "gmi", "chat", "claude-opus-4-5", ""),
        ("gradient_ai/openai-o3", "gradient_ai", "chat", "o3", ""),
        ("openrouter/anthropic/claude-opus-4.5:batch", "openrouter", "chat", "claude-opus-4-5", "batch"),
        ("openrouter/unheard-of/model-7b:batch", "openrouter", "chat", "unheard-of/model-7b", "batch"),
        ("openrouter/z-ai/glm-4.6:exacto", "openrouter", "chat", "glm-4.6:exacto", ""),
        ("us.anthropic.claude-opus-4-5-20251101-v1:0", "bedrock_converse", "chat", "claude-opus-4-5", "region=us"),
        ("vertex_ai/claude-opus-4-5@20251101", "vertex_ai-anthropic_models", "chat", "claude-opus-4-5", ""),
        ("anthropic.claude-3-5-sonnet-20240620-v1:0", "bedrock", "chat", "claude-3-5-sonnet-20240620", ""),
        ("anthropic.claude-3-5-sonnet-20241022-v2:0", "bedrock", "chat", "claude-3-5-sonnet-20241022", ""),
        ("fireworks_ai/accounts/fireworks/models/deepseek-v3p1", "fireworks_ai", "chat", "deepseek-v3.1", ""),
        ("deepinfra/Qwen/Qwen3-32B", "deepinfra", "chat", "qwen3-32b", ""),
        ("together_ai/unheard-of/Model-7B", "together_ai", "chat", "unheard-of/model-7b", ""),
        ("azure/us/gpt-4o-2024-08-06", "azure", "chat", "us/gpt-4o-2024-08-06", "region=us"),
        ("bedrock/us-east-1/anthropic.claude-v2:1", "bedrock", "chat", "us-east-1/anthropic.claude-v2:1",
         "region=us-east-1"),
        ("hd/1024-x-1024/dall-e-3", "openai", "image_generation", "hd/1024-x-1024/dall-e-3", "hd,1024x1024"),
        ("1024-x-1024/50-steps/bedrock/amazon.nova-canvas-v1:0", "bedrock", "image_generation",
         "1024-x-1024/50-steps/amazon.nova-canvas-v1:0", "1024x1024,50-steps"),
        ("fal_ai/fal-ai/recraft/v3/text-to-image", "fal_ai", "image_generation", "fal-ai/recraft/v3/text-to-image", ""),
    ],
)  # fmt: skip
def test_the_key_says_model_region_and_size(
    sku: str, litellm_provider: str, mode: str, model_id: str, condition: str
) -> None:
    fields: dict[str, Any] = {"input_cost_per_token": 1e-6}
    if mode == "image_generation":
        fields = {"output_cost_per_image": 0.01}
    row = one({sku: entry(litellm_provider, mode, **fields)})
    assert (row["model_id"], row["condition"], row["sku"]) == (model_id, condition, sku)


def test_a_batch_at_openrouter_is_the_last_of_conditions_and_is_said_once() -> None:
    # half of 2.5 and of 5 USD per 1M, which the model costs without it
    batch = entry("openrouter", input_cost_per_token=1.25e-6, input_cost_per_token_above_272k_tokens=2.5e-6,
                  output_cost_per_token_batches=7.5e-6)  # fmt: skip
    rows = read({"openrouter/openai/gpt-5.4:batch": batch}).rows
    assert {(row["model_id"], row["unit"], row["condition"]) for row in rows} == {
        ("gpt-5.4", "input_token", "batch"),
        ("gpt-5.4", "input_token", "context>272k,batch"),
        ("gpt-5.4", "output_token", "batch"),
    }


def test_the_entry_that_explains_the_fields_is_no_model() -> None:
    sample = entry("one of https://docs.litellm.ai/docs/providers", "one of: chat, embedding", input_cost_per_token=0.0)
    statement = read({"sample_spec": sample, "gpt-4o": entry(input_cost_per_token=2.5e-6)})
    assert [row["sku"] for row in statement.rows] == ["gpt-4o"]
    assert statement.refused == []


def test_an_entry_without_a_price_is_ignored_and_says_so() -> None:
    statement = read({"chatgpt/gpt-5.4": entry("chatgpt", max_tokens=1), "m": entry(input_cost_per_token=1e-6)})
    assert (len(statement.rows), statement.refused, statement.ignored) == (1, [], 1)


def test_a_model_that_costs_nothing_is_no_price() -> None:
    models = {"ollama/llama3": entry("ollama", input_cost_per_token=0.0, output_cost_per_token=0.0)}
    assert read(models).rows == []
    assert reasons(models) == [("zero_price", "input_token", ""), ("zero_price", "output_token", "")]
    assert read(models).refused[0] == Refused(
        "zero_price",
        '$["ollama/llama3"].input_cost_per_token',
        "ollama/llama3: input_cost_per_token 0.0",
        {
            "provider": "ollama",
            "model_id": "llama3",
            "sku": "ollama/llama3",
            "modality": "text",
            "unit": "input_token",
            "condition": "",
        },
    )


def test_a_chat_models_free_cached_token_is_refused_and_its_neighbours_go_on() -> None:
    models = {
        "tensormesh/openai/gpt-oss-20b": entry(
            "tensormesh",
            cache_read_input_token_cost=0.0,
            cache_creation_input_token_cost=0.0,  # not charged for: fills the field
            input_cost_per_token=4e-8,
            output_cost_per_token=1.6e-7,
        )
    }
    assert prices(models) == {("input_token", ""): "0.00000004", ("output_token", ""): "0.00000016"}
    assert reasons(models) == [("zero_price", "cached_input_token", "")]


def test_a_priced_tool_does_not_make_a_free_model_one_that_is_sold() -> None:
    models = {
        "gemini-exp-image": entry(
            "gemini",
            "image_generation",
            input_cost_per_token=0,
            search_context_cost_per_query={"search_context_size_low": 0.014},
        )
    }
    assert prices(models) == {("query", "web_search,context_size=low"): "0.014"}
    assert reasons(models) == [("zero_price", "input_token", "")]


def test_a_word_of_quality_means_one_only_in_a_key_of_images() -> None:
    row = one({"openrouter/max/some-model": entry("openrouter", input_cost_per_token=1e-6)})
    assert (row["model_id"], row["condition"]) == ("max/some-model", "")


def test_an_image_in_a_chat_for_nothing_is_paid_for_as_tokens() -> None:
    models = {"m": entry(input_cost_per_token=1e-6, output_cost_per_token=2e-6, input_cost_per_image=0)}
    assert read(models).refused == []


@pytest.mark.parametrize(
    ("sku", "provider", "mode", "field", "figure", "unit"),
    [
        ("azure_ai/jais-30b-chat", "azure_ai", "chat", "input_cost_per_token", 0.0032, "input_token"),
        ("azure_ai/jais-30b-chat", "azure_ai", "chat", "output_cost_per_token", 0.00971, "output_token"),
        ("wandb/openai/gpt-oss-120b", "wandb", "chat", "input_cost_per_token", 0.015, "input_token"),
        ("watsonx/core42/jais-13b-chat", "watsonx", "chat", "output_cost_per_token", 0.002, "output_token"),
        ("embed-multilingual-light-v3.0", "cohere", "embedding", "input_cost_per_token", 1e-4, "input_token"),
        ("voyage/rerank-2", "voyage", "rerank", "input_cost_per_query", 5e-8, "query"),
        ("runwayml/eleven_multilingual_v2", "runwayml", "audio_speech", "input_cost_per_character", 3e-7, "character"),
        ("gemini-3.1-pro-preview", "vertex_ai", "chat", "output_cost_per_image", 0.00012, "image"),
        ("fireworks_ai/accounts/fireworks/models/SSD-1B", "fireworks_ai", "image_generation", "input_cost_per_token",
         1.3e-10, "input_token"),
        ("watsonx/ibm/granite-3-8b-instruct", "watsonx", "chat", "input_cost_per_token", 0.0002, "input_token"),
        ("command-r7b-12-2024", "cohere_chat", "chat", "output_cost_per_token", 3.75e-8, "output_token"),
    ],
)  # fmt: skip
def test_a_slip_of_unit_is_refused(sku: str, provider: str, mode: str, field: str, figure: float, unit: str) -> None:
    fields: dict[str, Any] = {field: figure}
    models = {sku: entry(provider, mode, **fields)}
    assert read(models).rows == []
    assert reasons(models) == [("unit", unit, "")]


@pytest.mark.parametrize(
    ("sku", "field", "figure"),
    [
        ("o1-pro", "output_cost_per_token", 0.0006),
        ("gpt-6-astra", "cache_creation_input_token_cost_above_12hr_above_272k_tokens_ultrafast", 0.0003),
        ("luminous-supreme-control", "input_cost_per_token", 0.00021875),
        ("gpt-4.5-preview", "input_cost_per_token", 7.5e-5),
        ("perplexity/nemotron-3.5-lightning-30b-a3b", "cache_read_input_token_cost", 1.15e-9),
    ],
)
def test_the_dearest_and_the_cheapest_that_were_sold_pass(sku: str, field: str, figure: float) -> None:
    fields: dict[str, Any] = {field: figure}
    assert one({sku: entry(**fields)})["price_state"] == "listed"


@pytest.mark.parametrize(
    ("figure", "reason"),
    [(-1, "placeholder_price"), ("-1", "placeholder_price"), (None, "missing_price"), ("call us", "missing_price"),
     (True, "missing_price"), ([1e-6], "missing_price"), ("NaN", "missing_price"), ("Infinity", "missing_price"),
     (float("nan"), "missing_price"), (1e-14, "zero_price")],
)  # fmt: skip
def test_a_figure_that_is_no_amount_is_refused(figure: object, reason: str) -> None:
    models = {"m": entry(input_cost_per_token=figure, output_cost_per_token=1e-6)}
    assert prices(models) == {("output_token", ""): "0.000001"}
    assert reasons(models) == [(reason, "input_token", "")]


def test_numbers_are_read_as_printed_whether_text_integer_or_float() -> None:
    content = (
        '{"a": {"litellm_provider": "p", "mode": "chat", "input_cost_per_token": "3e-7",'
        ' "output_cost_per_token": 4.0000000000000003e-07},'
        ' "b": {"litellm_provider": "p", "mode": "video_generation", "output_cost_per_second": 1}}'
    )
    [statement] = SOURCE.parse(payload(content))
    assert [row["price_usd_per_unit"] for row in statement.rows] == [
        Decimal("0.0000003"),
        Decimal("0.0000004"),
        Decimal(1),
    ]


def test_an_unknown_field_of_money_is_refused_for_that_row_only() -> None:
    models = {"m": entry(input_cost_per_token=1e-6, input_cost_per_smell=0.1, peak_pricing={"x": 1})}
    assert prices(models) == {("input_token", ""): "0.000001"}
    assert [(row.reason, row.locator) for row in read(models).refused] == [
        ("unit", '$["m"].input_cost_per_smell'),
        ("unit", '$["m"].peak_pricing'),
    ]
    assert "unit" not in read(models).refused[0].key


def test_a_known_name_with_an_unknown_suffix_is_unknown() -> None:
    assert charge("input_cost_per_token_on_sundays", "chat") is None
    assert charge("input_cost_per_tokens", "chat") is None


def test_a_field_in_another_currency_than_dollars_is_no_price() -> None:
    models = {"databricks/m": entry("databricks", input_cost_per_token=1e-6, input_dbu_cost_per_token=1.4e-5)}
    assert prices(models) == {("input_token", ""): "0.000001"}
    assert read(models).refused == []


@pytest.mark.parametrize(
    ("models", "reason"),
    [
        ({"m": {"mode": "chat", "input_cost_per_token": 1e-6}}, "missing_key"),
        ({"m": {"litellm_provider": "", "mode": "chat", "input_cost_per_token": 1e-6}}, "missing_key"),
        ({"fireworks_ai/accounts/fireworks/models/": entry("fireworks_ai", input_cost_per_token=1e-7)}, "missing_key"),
        ({"m": entry(mode="telepathy", input_cost_per_token=1e-6)}, "modality"),
        ({"m": ["not", "an", "entry"]}, "contract"),
    ],
)
def test_an_entry_that_cannot_be_placed_is_refused_and_its_neighbours_go_on(
    models: dict[str, Any], reason: str
) -> None:
    statement = read({**models, "gpt-4o": entry(input_cost_per_token=2.5e-6)})
    assert [row["sku"] for row in statement.rows] == ["gpt-4o"]
    assert [row.reason for row in statement.refused] == [reason]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("", "empty"),
        ('{"gpt-4o": {"litellm_provider": "openai", "input_cost', "not JSON"),
        ("<!DOCTYPE html><html><body>Sign in</body></html>", "HTML page"),
        ('[{"gpt-4o": {}}]', "a JSON list; expected an object"),
        ('"gpt-4o"', "a JSON str; expected an object"),
        ('{"message": "Not Found", "status": "404"}', "no entry with a 'litellm_provider'"),
        ('{"error": {"code": 404}}', "no entry with a 'litellm_provider'"),
        ("{}", "no entry with a 'litellm_provider'"),
        (b"\x89PNG\r\n", "not UTF-8"),
    ],
)
def test_a_payload_that_is_not_the_map_is_an_error_of_one_line(content: str | bytes, says: str) -> None:
    with pytest.raises(PayloadError, match=says) as error:
        list(SOURCE.parse(payload(content)))
    assert "\n" not in str(error.value)


def test_the_source_is_found_by_existing() -> None:
    assert all_sources()["litellm"] is SOURCE


def recorded_files(recorded: Path) -> dict[str, Payload]:
    """As-of date -> payload."""
    folder = recorded / "api" / "litellm" / "litellm__model_prices_and_context_window_backup"
    found = {}
    for path in sorted(folder.glob("asof-*.json*")):
        content = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
        date = path.name.removeprefix("asof-")[:10]
        found[date] = Payload(content, path.name, datetime.fromisoformat(date).replace(tzinfo=UTC))
    return found


@pytest.fixture(scope="module")
def statements() -> dict[str, Statement]:
    return {date: next(iter(SOURCE.parse(found))) for date, found in recorded_files(RECORDED).items()}


@pytest.mark.shared
def test_every_recorded_file_is_read_and_every_field_of_money_is_settled(statements: dict[str, Statement]) -> None:
    assert min(statements) == "2023-11-15"
    assert max(statements) == "2026-11-20"
    assert len(statements) >= 10
    for date, statement in statements.items():
        assert not [row for row in statement.refused if "nobody has settled" in row.row_text], date
        assert Counter(row.reason for row in statement.refused).keys() <= {
            "zero_price",
            "unit",
            "duplicate_key",
            "missing_key",
        }


@pytest.mark.shared
def test_every_field_of_money_in_every_file_is_mapped_or_ignored_with_a_reason(recorded: Path) -> None:
    nested = {"tiered_pricing", "off_peak_pricing"}
    seen = {
        (field, fields.get("mode", ""))
        for found in recorded_files(recorded).values()
        for fields in json.loads(found.content).values()
        for field in fields
        if is_cost(field)
    }
    assert len({field for field, _ in seen}) >= 170
    for field, mode in seen:
        known = charge(field, mode) or charge(field, "provisioned") or charge(field, "chat")
        assert known is not None or field in nested, field
        assert not isinstance(known, NoPrice) or known.reason, field


@pytest.mark.shared
def test_every_row_meets_the_contract_and_no_key_is_said_twice(statements: dict[str, Statement]) -> None:
    columns = {*API_PRICE.columns, "locator"}
    for statement in statements.values():
        keys = Counter(tuple(row[name] for name in KEY) for row in statement.rows)
        assert [key for key, times in keys.items() if times > 1] == []
        for row in statement.rows:
            assert set(row) == columns
            assert row["unit"] in UNITS
            assert row["modality"] in MODALITIES
            assert row["price_state"] in PRICE_STATES
            assert isinstance(row["price_usd_per_unit"], Decimal)
            assert 0 < row["price_usd_per_unit"] < 2
            assert row["provider"]
            assert row["model_id"]


@pytest.mark.shared
def test_the_newest_file_prices_at_least_four_thousand_models_of_providers(statements: dict[str, Statement]) -> None:
    rows = statements["2026-11-20"].rows
    assert len({(row["provider"], row["model_id"]) for row in rows}) >= 4_000
    assert len({row["provider"] for row in rows}) >= 100


@pytest.mark.shared
@pytest.mark.parametrize(
    ("date", "sku", "unit", "condition", "usd_per_unit"),
    [
        ("2023-11-15", "gpt-4", "input_token", "", "0.00003"),
        ("2023-11-15", "gpt-4", "output_token", "", "0.00006"),
        ("2026-11-20", "gpt-4.1", "output_token", "priority", "0.000014"),
        ("2026-11-20", "azure/gpt-5.4", "output_token", "context>272k", "0.0000225"),
        ("2026-11-20", "perplexity/pplx-70b-online", "request", "", "0.005"),
        ("2026-11-20", "openai/sora-2", "second_of_video", "", "0.1"),
        ("2026-11-20", "deepseek/deepseek-v4-pro", "output_token", "off_peak", "0.00000198"),
        ("2026-11-20", "firecrawl/search", "query", "results>90", "0.0166"),
    ],
)
def test_a_recorded_price_is_the_one_printed_in_the_file(
    statements: dict[str, Statement], date: str, sku: str, unit: str, condition: str, usd_per_unit: str
) -> None:
    found = [
        row["price_usd_per_unit"]
        for row in statements[date].rows
        if (row["sku"], row["unit"], row["condition"]) == (sku, unit, condition)
    ]
    assert found == [Decimal(usd_per_unit)]


@pytest.mark.shared
def test_a_model_that_was_withdrawn_is_left_out_of_the_complete_statement(statements: dict[str, Statement]) -> None:
    withdrawn = "claude-3-5-sonnet-20240620"
    assert withdrawn in {row["sku"] for row in statements["2025-12-01"].rows}
    after = statements["2026-04-01"]
    assert after.complete
    assert withdrawn not in {row["sku"] for row in after.rows} | {row.key.get("sku") for row in after.refused}
