"""models.dev: today's answer as JSON and the recorded trees of TOML files are read alike."""

import io
import lzma
import tarfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sources.apis.models_dev import SOURCE
from sources.source import PayloadError, Statement, all_sources
from tests.sources.apis.recorded_api import (
    assert_rows_are_sound,
    broken,
    payload,
    reasons,
    recorded_payloads,
    usd_per_million,
)

# Quoted from providers/openai/models/gpt-5.4.toml of 2026-07-02.
GPT_5_4 = """
name = "GPT-5.4"
[cost]
input = 2.50
output = 15.00
cache_read = 0.25
[[cost.tiers]]
tier = { size = 272_000 }
input = 5.00
output = 22.50
[modalities]
output = ["text"]
[experimental.modes.fast]
cost = { input = 5.00, output = 30.00 }
provider = { body = { service_tier = "priority" } }
"""
ANSWER = {
    "openai": {
        "id": "openai",
        "models": {
            "gpt-5.4": {
                "cost": {
                    "input": 2.5,
                    "output": 15,
                    "cache_read": 0.25,
                    "tiers": [{"tier": {"size": 272000, "type": "context"}, "input": 5, "output": 22.5}],
                    "context_over_200k": {"input": 5, "output": 22.5},
                },
                "modalities": {"output": ["text"]},
                "experimental": {
                    "modes": {
                        "fast": {
                            "cost": {"input": 5, "output": 30},
                            "provider": {"body": {"service_tier": "priority"}},
                        }
                    }
                },
            }
        },
    }
}


def tree(files: dict[str, str], links: dict[str, str] | None = None) -> bytes:
    """A compressed tar of the files and links."""
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w") as tar:
        for name, text in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(text.encode())
            tar.addfile(member, io.BytesIO(text.encode()))
        for name, target in (links or {}).items():
            member = tarfile.TarInfo(name)
            member.type, member.linkname = tarfile.SYMTYPE, target
            tar.addfile(member)
    return lzma.compress(content.getvalue())


def read_tree(files: dict[str, str], links: dict[str, str] | None = None) -> Statement:
    [statement] = SOURCE.parse(payload(tree(files, links), "2026-07-02.tar.xz"))
    return statement


def read(provider: str, name: str, cost: dict[str, Any], **about: Any) -> Statement:
    others = {"other": {"models": {"m": {"cost": {"input": 1}}}}}
    [statement] = SOURCE.parse(payload({provider: {"models": {name: {"cost": cost, **about}}}} | others))
    return statement


def prices(statement: Statement) -> dict[tuple[object, object], str]:
    return {(u, c): price for (sku, u, c), price in usd_per_million(statement.rows).items() if sku != "other/m"}


def test_the_answer_and_the_tree_say_the_same() -> None:
    of_tree = read_tree({"providers/openai/models/gpt-5.4.toml": GPT_5_4})
    [of_answer] = SOURCE.parse(payload(ANSWER))
    expected = {
        ("input_token", ""): "2.5",
        ("output_token", ""): "15",
        ("cached_input_token", ""): "0.25",
        ("input_token", "context>272k"): "5",
        ("output_token", "context>272k"): "22.5",
        ("input_token", "priority"): "5",
        ("output_token", "priority"): "30",
    }
    assert prices(of_tree) == prices(of_answer) == expected  # over 200k only where no tier says from where on
    assert {row["provider"] for row in of_tree.rows} == {"openai"}
    assert {row["sku"] for row in of_tree.rows} == {"openai/gpt-5.4"}
    assert (of_tree.scope, of_tree.complete, of_tree.valid_at) == ({}, True, None)


def test_the_older_field_for_long_prompts_is_a_condition() -> None:
    cost = {"input": 3, "output": 15, "context_over_200k": {"input": 6, "output": 22.5}}
    assert prices(read("anthropic", "claude-sonnet-4-5", cost)) == {
        ("input_token", ""): "3",
        ("output_token", ""): "15",
        ("input_token", "context>200k"): "6",
        ("output_token", "context>200k"): "22.5",
    }


@pytest.mark.parametrize("misspelt", ["cache_read", "cached_input", "cache_input", "cached_read"])
def test_a_misspelt_price_of_cached_tokens_is_one(misspelt: str) -> None:
    """In the files: cache_read 2,101 times, cache_input 9, cached_input 7 (and cached_write 5)."""
    cost = {"input": 1, misspelt: 0.1, "cached_write": 1.25}
    assert prices(read("groq", "m", cost)) == {
        ("input_token", ""): "1",
        ("cached_input_token", ""): "0.1",
        ("cache_write_token", ""): "1.25",
    }


def test_a_price_of_unsaid_units_is_refused() -> None:
    cost = {"input": 2, "citation": 2, "request": 5}
    statement = read("perplexity", "sonar-deep-research", cost)
    assert prices(statement) == {("input_token", ""): "2"}
    assert reasons(statement) == {"unit": 2}


def test_a_link_is_the_model_it_leads_to_and_one_to_nowhere_says_nothing() -> None:
    files = {"providers/siliconflow/models/a/M.toml": "[cost]\ninput = 1.0\noutput = 0\n"}
    links = {
        "providers/llmgateway/models/a/M.toml": "../../../siliconflow/models/a/M.toml",
        "providers/llmgateway/models/a/N.toml": "../../../siliconflow/models/a/N.toml",
        "providers/llmgateway/models/a/O.toml": "O.toml",
    }
    statement = read_tree(files, links)
    assert {row["sku"] for row in statement.rows} == {"siliconflow/a/M", "llmgateway/a/M"}
    assert reasons(statement) == {"zero_price": 2, "missing_price": 2}
    assert all("unit" not in row.key for row in statement.refused if row.reason == "missing_price")


def test_a_model_that_extends_another_has_its_prices_unless_it_says_its_own() -> None:
    files = {
        "providers/xiaomi/models/mimo.toml": "[cost]\ninput = 1.0\noutput = 3.0\ncache_read = 0.2\n",
        "providers/opencode/models/mimo.toml": '[extends]\nfrom = "xiaomi/mimo"\nomit = ["cost.cache_read"]\n'
        "[cost]\ninput = 2.0\n",
        "providers/opencode/models/loop.toml": '[extends]\nfrom = "opencode/loop"\n',
    }
    found = usd_per_million(read_tree(files).rows)
    assert found["opencode/mimo", "input_token", ""] == "2"
    assert found["opencode/mimo", "output_token", ""] == "3"
    assert ("opencode/mimo", "cached_input_token", "") not in found


@pytest.mark.parametrize(
    ("provider", "name", "serves", "model_id", "condition"),
    [
        ("amazon-bedrock", "us.anthropic.claude-haiku-4-5-20251001-v1:0", "bedrock", "claude-haiku-4-5", "region=us"),
        ("google-vertex-anthropic", "claude-opus-4-5@20251101", "vertex_ai", "claude-opus-4-5", ""),
        ("togetherai", "deepseek-ai/DeepSeek-R1", "together_ai", "deepseek-r1", ""),
        ("fireworks-ai", "accounts/fireworks/models/deepseek-v3p1", "fireworks_ai", "deepseek-v3.1", ""),
        ("zenmux", "anthropic/claude-opus-4.5", "zenmux", "claude-opus-4-5", ""),
        ("cloudflare-workers-ai", "@cf/openai/gpt-oss-20b", "cloudflare", "gpt-oss-20b", ""),
        ("anthropic", "claude-opus-4-0", "anthropic", "claude-opus-4", ""),
        ("digitalocean", "llama3.3-70b-instruct", "digitalocean", "llama-3.3-70b-instruct", ""),
        ("digitalocean", "openai-gpt-5.4", "digitalocean", "gpt-5.4", ""),
        ("digitalocean", "anthropic-claude-4.5-sonnet", "digitalocean", "claude-sonnet-4-5", ""),
    ],
)
def test_who_serves_what_is_spelled_as_in_litellms_rows(
    provider: str, name: str, serves: str, model_id: str, condition: str
) -> None:
    [row] = [row for row in read(provider, name, {"input": 1}).rows if row["provider"] != "other"]
    assert (row["provider"], row["model_id"], row["condition"]) == (serves, model_id, condition)


def test_two_models_whose_names_differ_in_more_than_dots_and_dashes_stay_apart() -> None:
    names = ("gpt-4", "gpt-4o", "gpt-4.1", "qwen3-32b", "qwen3-30b")
    assert len({row["model_id"] for name in names for row in read("venice", name, {"input": 1}).rows}) == len(names) + 1


def test_yuan_that_somebody_converted_are_no_dollars() -> None:
    assert reasons(read("alibaba-cn", "qwen-max", {"input": 0.345, "output": 1.377})) == {"currency": 2}
    assert prices(read("alibaba", "qwen-max", {"input": 1.6})) == {("input_token", ""): "1.6"}


def test_a_subscription_at_zero_has_no_price() -> None:
    assert reasons(read("zai-coding-plan", "glm-4.7", {"input": 0, "output": 0})) == {"zero_price": 2}


@pytest.mark.parametrize(
    ("name", "about"),
    [
        ("gpt-image-1", {"modalities": {"output": ["image"]}}),
        ("some-model", {"modalities": {"output": ["text", "image"]}}),
        ("wan2-2-t2v-a14b", {"modalities": {"output": ["video"]}}),
        ("google/gemini-2.5-flash-image", {}),
    ],
)
def test_what_is_put_out_beside_words_is_not_priced_as_words(name: str, about: dict[str, Any]) -> None:
    statement = read("vercel", name, {"input": 5, "output": 40}, **about)
    assert prices(statement) == {("input_token", ""): "5"}
    assert reasons(statement) == {"unit": 1}


def test_speech_is_priced_as_audio() -> None:
    cost, about = {"input": 0.5, "output": 10}, {"modalities": {"output": ["audio"]}}
    statement = read("google", "gemini-2.5-flash-preview-tts", cost, **about)
    assert prices(statement) == {("input_token", ""): "0.5", ("output_audio_token", ""): "10"}


@pytest.mark.parametrize(
    ("provider", "name", "field", "printed"),
    [
        ("helicone", "mistral-small", "output", 200),  # 0.20
        ("amazon-bedrock", "au.anthropic.claude-opus-4-6-v1", "input", 16.5),  # 5.50
        ("anyone", "anything", "input", 2000),
    ],
)
def test_a_slip_is_refused(provider: str, name: str, field: str, printed: float) -> None:
    assert reasons(read(provider, name, {field: printed})) == {"unit": 1}


def test_a_model_without_a_cost_is_ignored() -> None:
    statement = read_tree({"providers/a/models/m.toml": "[cost]\ninput = 1\n", "providers/a/models/n.toml": "x = 1"})
    assert (len(statement.rows), statement.ignored, statement.refused) == (1, 1, [])


@pytest.mark.parametrize(
    "content",
    [
        b"", b"<html></html>", b"[]", b"{}", b'{"error": {"code": 404}}', b'{"a": {"models": {"m": {}}}}',
        lzma.compress(b"no tar")[:20], lzma.compress(b"no tar"), lzma.compress(b""), tree({"README.md": ""}),
        tree({"providers/a/models/m.toml": "cost = "}), tree({"providers/a/models/m.toml": "x = " + "[" * 5000}),
        tree({"providers/a/models/m.toml": "x = " + "9" * 5000}),
        tree({"providers/a/models/m.toml": GPT_5_4})[:-40],
    ],
)  # fmt: skip
def test_a_payload_that_is_neither_is_an_error(content: bytes) -> None:
    with pytest.raises(PayloadError) as error:
        list(SOURCE.parse(payload(content)))
    assert "\n" not in str(error.value)


@given(broken(ANSWER))
def test_whatever_is_broken_in_the_answer_is_an_error_or_a_refusal(content: object) -> None:
    try:
        for statement in SOURCE.parse(payload(content)):
            assert_rows_are_sound(statement)
    except PayloadError:
        return


@given(st.data())
def test_whatever_is_broken_in_a_tree_is_an_error_or_a_refusal(data: st.DataObject) -> None:
    whole = bytearray(lzma.decompress(tree({"providers/a/models/m.toml": GPT_5_4}, {"providers/a/models/n.toml": "m"})))
    for _ in range(data.draw(st.integers(1, 4))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    try:
        list(SOURCE.parse(payload(lzma.compress(bytes(whole), preset=0))))
    except PayloadError:
        return


def test_it_is_found_and_reads_what_it_asks_for() -> None:
    assert all_sources()["models-dev"] is SOURCE
    assert SOURCE.live is not None
    assert [address.name for address in SOURCE.live.addresses] == ["api.json"]


def assert_no_unexplained_refusals(statement: Statement) -> None:
    assert_rows_are_sound(statement)
    assert set(reasons(statement)) <= {"zero_price", "currency", "unit", "missing_price"}
    assert reasons(statement)["unit"] <= 120
    assert reasons(statement)["missing_price"] <= 60


@pytest.mark.shared
def test_the_oldest_and_the_newest_recorded_tree_are_read_without_unexplained_refusals(recorded: Path) -> None:
    oldest, *_, newest = recorded_payloads(recorded, SOURCE, "models.dev")
    [first], [last] = SOURCE.parse(oldest), SOURCE.parse(newest)
    assert_no_unexplained_refusals(first)
    assert_no_unexplained_refusals(last)
    assert len(last.rows) > 11_500
    assert len({row["provider"] for row in last.rows}) > 90
    assert usd_per_million(last.rows)["openai/gpt-5.4", "output_token", "context>272k"] == "22.5"


@pytest.mark.shared
@pytest.mark.campaign
def test_every_recorded_tree_is_read_without_unexplained_refusals(recorded: Path) -> None:
    found = list(recorded_payloads(recorded, SOURCE, "models.dev"))
    assert len(found) >= 13
    for file in found:
        [statement] = SOURCE.parse(file)
        assert_no_unexplained_refusals(statement)
