"""The registry of model names: exact lookups, and nothing merged that is not one model."""

import csv
from collections import Counter
from importlib.resources import files

import pytest

from sources.contracts import MODALITIES
from sources.model_names import model_aliases, model_id, models, plain_name, publishers


def rows(name: str) -> list[dict[str, str]]:
    return list(csv.DictReader(files("sources").joinpath(name).read_text(encoding="utf-8").splitlines()))


@pytest.mark.parametrize(
    ("spelling", "expected"),
    [
        ("gpt-4o", "gpt-4o"),
        ("gpt-4", "gpt-4"),
        ("azure/gpt-35-turbo", "gpt-3.5-turbo"),
        ("gmi/anthropic/claude-opus-4.5", "claude-opus-4-5"),
        ("anthropic.claude-3-5-sonnet-20241022-v2:0", "claude-3-5-sonnet-20241022"),
        ("deepseek.v3-v1:0", "deepseek-v3.1"),
        ("meta.llama3-2-11b-instruct-v1:0", "llama-3.2-11b-vision-instruct"),
    ],
)
def test_a_spelling_is_looked_up_as_it_stands(spelling: str, expected: str) -> None:
    assert model_id("litellm", spelling) == expected


@pytest.mark.parametrize("spelling", ["gpt", "GPT-4O", "gpt-4o ", "xgpt-4o", ""])
def test_a_spelling_that_is_not_in_the_table_is_unknown(spelling: str) -> None:
    assert model_id("litellm", spelling) is None


def test_a_spelling_of_another_source_is_unknown() -> None:
    assert model_id("no-such-source", "gpt-4o") is None


@pytest.mark.parametrize(
    ("spelling", "expected"),
    [
        ("deepseek-ai/DeepSeek-V3", "deepseek-v3"),
        ("Qwen/Qwen3-32B", "qwen3-32b"),
        ("nobody/Some-Model", "nobody/some-model"),
        ("openai/gpt-image-2/edit", "openai/gpt-image-2/edit"),
        ("openai/", "openai/"),
        ("Plain", "plain"),
    ],
)
def test_a_spelling_that_nobody_settled_keeps_its_words_without_the_publisher(spelling: str, expected: str) -> None:
    assert plain_name(spelling) == expected


def test_the_registry_has_at_least_150_models_each_with_vendor_and_evidence() -> None:
    assert len(models()) >= 150
    assert [model for model in models().values() if not (model.vendor and model.family and model.evidence)] == []
    assert {model.modality for model in models().values()} <= set(MODALITIES)


def test_every_alias_leads_to_a_model_and_every_spelling_to_one() -> None:
    assert {row["model_id"] for row in rows("model_aliases.csv")} <= set(models())
    twice = Counter((row["source"], row["spelling"]) for row in rows("model_aliases.csv"))
    assert [key for key, times in twice.items() if times > 1] == []
    assert len(rows("models.csv")) == len(models())
    assert {model for model in models() if model not in set(model_aliases().values())} == set()


def test_snapshots_of_one_name_that_differ_stay_apart() -> None:
    snapshots = {model_id("litellm", f"gpt-4o-{date}") for date in ("2024-05-13", "2024-08-06", "2024-11-20")}
    assert len(snapshots) == 3


def test_publishers_are_written_in_lower_case() -> None:
    assert [name for name in publishers() if name != name.lower()] == []
