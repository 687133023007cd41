"""What a key of litellm's map says besides the model: who serves it, in which region, at which size and quality.

Keys are paths: ``azure/us/gpt-4o-2024-08-06``, ``bedrock/us-east-1/1-month-commitment/anthropic.claude-v2:1``,
``1024-x-1024/50-steps/bedrock/amazon.nova-canvas-v1:0``, ``fireworks_ai/accounts/fireworks/models/x``.
"""

import re
from dataclasses import dataclass
from functools import cache

from sources.apis.litellm_fields import table
from sources.apis.openrouter_keys import read_variant
from sources.model_names import model_id, plain_name

SOURCE_NAME = "litellm"
IMAGE_MODES = ("image_generation", "image_edit")
ROUTES = {
    "amazon_nova": ("amazon-nova",),
    "bedrock": ("bedrock", "bedrock_mantle", "invoke"),
    "mistral": ("mistral", "codestral", "text-completion-codestral"),
    "inception": ("inception", "text-completion-inception"),
    "azure_ai": ("azure_ai", "azure"),
    "digitalocean": ("gradient_ai",),
    "gmicloud": ("gmi",),
}
"""First parts of a key that only say how litellm reaches the provider, where they are not the provider's name."""
CONTAINERS = {
    "fireworks_ai": ("accounts/fireworks/models/", "accounts/fireworks/"),
    "cloudflare": ("@cf/", "@hf/"),
    "openinfer": ("@oi/",),
    "pinstripes": ("ps/",),
}
"""Parts of a key that every model of the provider has."""

_SIZE = re.compile(r"(\d+|max)-x-(\d+|max)")
_STEPS = re.compile(r"(\d+|max)-steps")
_QUALITY = re.compile(r"hd|standard|low|medium|high|xhigh|max")
_COMMITMENT = re.compile(r"\d+-month-commitment")
_AZURE_REGION = re.compile(r"us|eu|apac|us-gov|global|global-standard")
_AWS_REGION = re.compile(r"[a-z]{2}(-gov)?-[a-z]+-\d|\*")
BEDROCK_PROFILE = re.compile(r"(us-gov|us|eu|apac|global|au|jp|in|ca)\.(?=[a-z0-9]+\.)")


@dataclass(frozen=True)
class Key:
    provider: str
    model_id: str
    conditions: tuple[str, ...]
    is_provisioned: bool
    """A commitment: model units by time and not by use."""
    of_variant: tuple[str, ...] = ()
    """What OpenRouter's variant of a model adds, to be written after all others."""


@cache
def _providers() -> dict[str, str]:
    return {row["litellm_provider"]: row["provider"] for row in table("litellm_providers.csv")}


@cache
def _modes() -> dict[str, str]:
    return {row["sku"]: row["mode"] for row in table("litellm_modes.csv")}


def provider_of(litellm_provider: str) -> str:
    """Who serves; a name that is not in the table is its own."""
    return _providers().get(litellm_provider, litellm_provider)


def mode_of(sku: str, stated: object) -> str:
    """The mode of an entry; corrected where it is missing or known to be wrong."""
    return _modes().get(sku) or (stated if isinstance(stated, str) else "")


def read_key(sku: str, litellm_provider: str, mode: str) -> Key:
    provider = provider_of(litellm_provider)
    routes = (provider, litellm_provider, *ROUTES.get(provider, ()))
    kept, conditions, parts = [], [], sku.split("/")
    while len(parts) > 1:
        if parts[0] in routes:
            parts.pop(0)
            continue
        condition = _condition(parts[0], provider, mode)
        if condition is None:
            break
        conditions.append(condition)
        kept.append(parts.pop(0))
    if provider == "bedrock" and (profile := BEDROCK_PROFILE.match(parts[0])):
        conditions.append(f"region={profile[1]}")
    name, variant = "/".join(kept + parts), tuple[str, ...]()
    if provider == "openrouter":
        name, variant = read_variant(name)
        sku, _ = read_variant(sku)
    for container in CONTAINERS.get(provider, ()):
        name = name.removeprefix(container)
    return Key(
        provider=provider,
        model_id=model_id(SOURCE_NAME, sku) or plain_name(name),
        conditions=tuple(conditions),
        is_provisioned=any(_COMMITMENT.fullmatch(condition) for condition in conditions),
        of_variant=variant,
    )


def _condition(part: str, provider: str, mode: str) -> str | None:
    if mode in IMAGE_MODES:
        if size := _SIZE.fullmatch(part):
            return f"{size[1]}x{size[2]}"
        if _STEPS.fullmatch(part) or _QUALITY.fullmatch(part):
            return part
    if provider == "azure" and _AZURE_REGION.fullmatch(part):
        return f"region={part}"
    if provider == "bedrock":
        if _COMMITMENT.fullmatch(part):
            return part
        if _AWS_REGION.fullmatch(part):
            return "region=any" if part == "*" else f"region={part}"
        if part == "claude_platform":
            return part
    return None
