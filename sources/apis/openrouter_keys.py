"""What an id of OpenRouter's says: ``google/gemini-2.5-pro:batch`` is gemini-2.5-pro, asked for in a batch.

litellm spells these ids with ``openrouter/`` in front: what is settled there is settled here.
"""

from dataclasses import dataclass

from sources.model_names import model_id, plain_name

SOURCE_NAME = "openrouter"
CONDITIONS = {"batch": ("batch",), "free": ("free",)}
"""Variants that are the same model at other terms; any other (``:thinking``, ``:exacto``) stays part of the name."""


@dataclass(frozen=True)
class Id:
    model_id: str
    conditions: tuple[str, ...]
    """What the variant adds, to be written after all others."""


def read_variant(sku: str) -> tuple[str, tuple[str, ...]]:
    """The id without a variant that only says the terms, and those; any other id as it stands."""
    name, _, variant = sku.partition(":")
    conditions = CONDITIONS.get(variant, ())
    return (name, conditions) if conditions else (sku, ())


def read_id(sku: str) -> Id:
    sku, conditions = read_variant(sku)
    name, colon, variant = sku.partition(":")
    return Id(f"{_model_id(name)}{colon}{variant.lower()}", conditions)


def _model_id(name: str) -> str:
    return model_id(SOURCE_NAME, name) or model_id("litellm", f"openrouter/{name}") or plain_name(name)
