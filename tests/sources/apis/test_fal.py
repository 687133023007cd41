"""fal's gallery: units that people typed, and what each is a unit of."""

import gzip
import json
from collections import Counter
from contextlib import suppress
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sources.apis.fal import SOURCE
from sources.contracts import MODALITIES, UNITS
from sources.source import Payload, PayloadError, Statement, all_sources
from sources.tables import all_columns

RECORDED_AT = datetime(2025, 10, 30, 4, 39, 47, tzinfo=UTC)


def payload(content: str | bytes) -> Payload:
    return Payload(content.encode() if isinstance(content, str) else content, "fal_models_schemas.json", RECORDED_AT)


def model(sku: str, category: str, price: Any, billing_unit: Any) -> dict[str, Any]:
    return {"id": sku, "category": category, "pricing": {"price": price, "billing_unit": billing_unit}}


def read(*models: Any) -> Statement:
    [statement] = SOURCE.parse(payload(json.dumps(models)))
    return statement


SEEDREAM = model("fal-ai/bytedance/seedream/v3/text-to-image", "text-to-image", 0.03, "images")


def test_a_model_is_one_row_under_the_names_that_litellm_uses() -> None:
    statement = read(SEEDREAM)
    assert (statement.table, statement.scope, statement.complete, statement.valid_at) == ("api_price", {}, True, None)
    assert statement.rows == [
        {
            "provider": "fal_ai",
            "model_id": "fal-ai/bytedance/seedream/v3/text-to-image",
            "sku": "fal-ai/bytedance/seedream/v3/text-to-image",
            "modality": "image",
            "unit": "image",
            "condition": "",
            "price_usd_per_unit": Decimal("0.03"),
            "price_state": "listed",
            "locator": "$[0].pricing",
        }
    ]


@pytest.mark.parametrize(
    ("sku", "category", "price", "billing_unit", "modality", "unit", "condition", "usd_per_unit"),
    [
        ("fal-ai/flux/schnell", "text-to-image", 0.003, "megapixels", "image", "megapixel", "", "0.003"),
        ("fal-ai/omnigen-v1", "text-to-image", 0.1, "processed megapixels", "image", "megapixel", "processed", "0.1"),
        ("fal-ai/seedvr/upscale/video", "video-to-video", 0.001, "megapixels", "video", "megapixel", "", "0.001"),
        ("fal-ai/imageutils/nsfw", "vision", 0.001, "images", "other", "input_image", "", "0.001"),
        ("fal-ai/veo2", "text-to-video", 0.5, "seconds", "video", "second_of_video", "", "0.5"),
        ("moonvalley/marey/t2v", "text-to-video", 1.5, "5 seconds", "video", "second_of_video", "", "0.3"),  # 1.5 / 5
        ("fal-ai/diffrhythm", "text-to-audio", 0.01, "10 seconds", "audio", "second_of_audio", "", "0.001"),
        ("fal-ai/lyria2", "text-to-audio", 0.1, "30 seconds", "audio", "second_of_audio", "", "0.003333333333"),
        ("veed/lipsync", "video-to-video", 0.4, "minutes", "video", "second_of_video", "", "0.006666666667"),  # / 60
        ("fal-ai/dubbing", "video-to-video", 1, "minute of video ", "video", "second_of_video", "", "0.016666666667"),
        ("fal-ai/vibevoice", "text-to-speech", 0.04, "minutes", "audio", "second_of_audio", "", "0.000666666667"),
        ("fal-ai/elevenlabs/speech-to-text", "speech-to-text", 0.03, "minutes", "audio", "input_second_of_audio", "",
         "0.0005"),
        ("fal-ai/kokoro/hindi", "text-to-audio", 0.02, "1000 characters", "audio", "character", "", "0.00002"),
        ("fal-ai/minimax/speech-02-turbo", "text-to-speech", 0.03, "1000 characters ", "audio", "character", "",
         "0.00003"),
        ("fal-ai/ltx-video", "text-to-video", 0.02, "videos", "video", "request", "", "0.02"),
        ("fal-ai/meshy/v6-preview/text-to-3d", "text-to-3d", 0.8, "generations", "other", "request", "", "0.8"),
        ("fal-ai/stable-audio-25/inpaint", "audio-to-audio", 0.2, "audios", "audio", "request", "", "0.2"),
        ("fal-ai/bytedance/seedance/v1/pro/text-to-video", "text-to-video", 2.5, "1m tokens", "video",
         "output_video_token", "", "0.0000025"),
        ("fal-ai/vidu/q1/text-to-video", "text-to-video", 0.05, "credits", "video", "credit", "", "0.05"),
        ("fal-ai/wan-trainer", "training", 0.005, "steps", "other", "step", "training", "0.005"),
        ("fal-ai/recraft/v3/create-style", "training", 0.04, "trainings", "other", "request", "training", "0.04"),
        ("fal-ai/any-llm", "llm", 0.001, "requests", "text", "request", "", "0.001"),
    ],
)  # fmt: skip
def test_a_unit_is_of_what_the_model_makes(
    sku: str,
    category: str,
    price: float,
    billing_unit: str,
    modality: str,
    unit: str,
    condition: str,
    usd_per_unit: str,
) -> None:
    [row] = read(model(sku, category, price, billing_unit)).rows
    assert (row["modality"], row["unit"], row["condition"]) == (modality, unit, condition)
    assert row["price_usd_per_unit"] == Decimal(usd_per_unit)


@pytest.mark.parametrize(
    ("sku", "category", "price", "billing_unit"),
    [
        ("perceptron/isaac-01", "vision", 1, "units"),
        ("fal-ai/trellis", "image-to-3d", 0.02, ""),
        ("fal-ai/evf-sam", "image-to-image", 0.005, "1"),
        ("fal-ai/qwen-3-guard", "llm", 0.002, "1000 tokens"),  # put in or put out?
        ("fal-ai/moondream2", "vision", 0.01, "1000 characters"),
        ("fal-ai/pixverse/v5/text-to-video", "text-to-video", 0.05, "video segments"),
        ("fal-ai/minimax/voice-design", "text-to-speech", 1, "cloned voices"),
        ("argil/avatars/text-to-video", "text-to-video", 0.0225, "input seconds"),
        ("fal-ai/audio-understanding", "audio-to-audio", 0.01, "5 seconds"),  # it hears five and makes none
        ("fal-ai/longcat-video/distilled/text-to-video/480p", "text-to-video", 0.005, "compute seconds"),
        ("fal-ai/rife/video", "video-to-video", 0.0013, "seconds"),  # of the machine
        ("fal-ai/ace-step", "text-to-audio", 0.0002, "seconds"),
        ("fal-ai/speech-to-text", "speech-to-text", 0.0008, "seconds"),
        ("fal-ai/film", "image-to-image", 0.0013, "seconds"),
        ("a/b", "text-to-image", 40, "images"),
        ("a/b", "text-to-image", 0.04, None),
    ],
)
def test_a_unit_that_does_not_say_of_what_it_is_one_is_refused(
    sku: str, category: str, price: float, billing_unit: str | None
) -> None:
    statement = read(model(sku, category, price, billing_unit), SEEDREAM)
    assert [(row.reason, row.key["sku"]) for row in statement.refused] == [("unit", sku)]
    assert len(statement.rows) == 1


def test_a_price_of_zero_is_none() -> None:
    [refused] = read(model("fal-ai/aura-sr", "image-to-image", 0, "compute seconds")).refused
    assert (refused.reason, refused.key) == (
        "zero_price",
        {"provider": "fal_ai", "model_id": "fal-ai/aura-sr", "sku": "fal-ai/aura-sr", "modality": "image"},
    )


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (None, "contract"),
        ({"id": "", "category": "llm", "pricing": {}}, "contract"),
        ({"id": "a/b", "pricing": {}}, "contract"),
        ({"id": "a/b", "category": "llm"}, "missing_price"),
        (model("a/b", "llm", None, "requests"), "missing_price"),
        (model("a/b", "llm", "NaN", "requests"), "missing_price"),
        (model("a/b", "thought-to-smell", 1, "requests"), "modality"),
    ],
)
def test_an_entry_that_cannot_be_placed_is_refused_and_its_neighbours_go_on(bad: Any, reason: str) -> None:
    statement = read(bad, SEEDREAM)
    assert [row.reason for row in statement.refused] == [reason]
    assert len(statement.rows) == 1


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("", "empty"),
        ('[{"id": "fal-ai/veo2", "pri', "not JSON"),
        ("<html><body>Sign in</body></html>", "HTML page"),
        ('{"models": []}', "a JSON dict; expected a list"),
        ("[]", "0 entries and no 'pricing'"),
        ('[{"id": "fal-ai/veo2", "category": "text-to-video"}]', "1 entries and no 'pricing'"),
        (b"\x89PNG\r\n", "not UTF-8"),
    ],
)
def test_a_payload_without_prices_is_an_error_of_one_line(content: str | bytes, says: str) -> None:
    with pytest.raises(PayloadError, match=says) as error:
        list(SOURCE.parse(payload(content)))
    assert "\n" not in str(error.value)


ANY = st.none() | st.booleans() | st.floats() | st.text(max_size=8) | st.lists(st.none(), max_size=2)


@given(ANY, ANY | st.sampled_from(["llm", "text-to-video"]), ANY, ANY | st.sampled_from(["seconds", "5 seconds"]))
def test_whatever_stands_in_an_entry_raises_nothing_else(sku: Any, category: Any, price: Any, unit: Any) -> None:
    with suppress(PayloadError):
        for row in read({"id": sku, "category": category, "pricing": {"price": price, "billing_unit": unit}}).rows:
            assert set(row) == {*all_columns("api_price"), "locator"}


@given(st.integers(0, 150), st.binary(max_size=4))
def test_a_damaged_dump_raises_nothing_else(at: int, noise: bytes) -> None:
    content = json.dumps([SEEDREAM]).encode()
    for damaged in (content[:at] + noise + content[at + 1 :], content[:at]):
        with suppress(PayloadError):
            list(SOURCE.parse(payload(damaged)))


def test_the_source_is_found_by_existing_and_has_nothing_to_ask() -> None:
    assert all_sources()["fal"] is SOURCE
    assert SOURCE.live is None
    assert not SOURCE.redistributable


@pytest.mark.shared
def test_the_recorded_dump_is_read_and_what_is_refused_is_accounted_for(recorded: Path) -> None:
    folder = recorded / "api" / "media-prices" / "data__fal_models_schemas"
    content = gzip.decompress((folder / "2025-10-30_0e8b4aed.json.gz").read_bytes())
    [statement] = SOURCE.parse(payload(content))
    assert len(statement.rows) == 612
    assert Counter(row.reason for row in statement.refused) == {"zero_price": 129, "unit": 86}
    assert len(json.loads(content)) == 612 + 129 + 86
    assert len({row["sku"] for row in statement.rows}) == 612
    for row in statement.rows:
        assert row["unit"] in UNITS
        assert row["modality"] in MODALITIES
        assert isinstance(row["price_usd_per_unit"], Decimal)
        assert 0 < row["price_usd_per_unit"] <= 2


@pytest.mark.shared
def test_the_version_without_prices_closes_nothing(recorded: Path) -> None:
    folder = recorded / "api" / "media-prices" / "data__fal_models_schemas"
    content = gzip.decompress((folder / "2025-10-30_1f3b4e64.json.gz").read_bytes())
    with pytest.raises(PayloadError, match="827 entries and no 'pricing'"):
        list(SOURCE.parse(payload(content)))
