"""What a provider calls a model -> the model's id, as litellm's rows have it, so that two lists speak of one model.

A list of many providers prints the provider's own names (``us.anthropic.claude-opus-4-5-20251101-v1:0``,
``accounts/fireworks/models/deepseek-v3p1``). litellm's keys are those names behind a route, and what they mean is
settled in ``model_aliases.csv``; here they are looked up without the route, always whole:

1. what the list itself means by it (``source, provider/name``);
2. what the name means at this provider, by litellm's keys;
3. what it means behind its publisher's name (``anthropic/claude-opus-4.5``), where all routes agree;
4. the name as it stands, where it is a key of litellm's by itself;
5. its own words, as ``models.csv`` writes them if it differs from there in dots and dashes alone.
"""

import re
from collections import defaultdict
from functools import cache

from sources.apis.litellm_keys import BEDROCK_PROFILE, CONTAINERS, ROUTES, SOURCE_NAME
from sources.model_names import model_aliases, model_id, models, plain_name, publishers

_EMBEDDING = re.compile(r"(?:^|[-_/.])(?:embed|embedding|embeddings|bge|e5|gte)(?:$|[-_/.])", re.IGNORECASE)
_SPEECH = re.compile(r"(?:^|[-_/.])tts(?:$|[-_/.])", re.IGNORECASE)
_PICTURE = re.compile(r"(?:^|[-_/.])(?:image|imagen|banana|flux|flux_?[0-9]|diffusion)(?:$|[-_/.])", re.IGNORECASE)
_VERSION = re.compile(r"-v[0-9]+(?::[0-9]+)?$")
_MARKS = re.compile(r"[._]")


@cache
def _published() -> dict[str, str]:
    """``publisher/name`` -> id, of litellm's keys behind any route, where they all mean the same."""
    meant: dict[str, set[str]] = defaultdict(set)
    for (source, spelling), known in model_aliases().items():
        publisher, _, name = spelling.partition("/")[2].lower().rpartition("/")
        if source == SOURCE_NAME and publisher in publishers():
            meant[f"{publisher}/{name}"].add(known)
    return {spelling: next(iter(ids)) for spelling, ids in meant.items() if len(ids) == 1}


@cache
def _by_letters() -> dict[str, str]:
    """Ids of ``models.csv`` by their letters and figures, where no two have the same."""
    meant: dict[str, set[str]] = defaultdict(set)
    for known in models():
        meant[_MARKS.sub("-", known)].add(known)
    return {letters: next(iter(ids)) for letters, ids in meant.items() if len(ids) == 1}


def _at_provider(provider: str, name: str) -> str | None:
    routes = (provider, *ROUTES.get(provider, ()))
    keys = [f"{route}/{container}{name}" for route in routes for container in ("", *CONTAINERS.get(provider, ()))]
    if provider == "bedrock":  # the same model in all regions; its version's number only where it has several
        plain = BEDROCK_PROFILE.sub("", name, count=1)
        keys += [name, plain, _VERSION.sub("", name), _VERSION.sub("", plain)]
    return next((known for key in keys if (known := model_id(SOURCE_NAME, key))), None)


@cache
def model_of(source: str, provider: str, name: str) -> str:
    """The id of the model that ``provider`` calls ``name``, as ``source`` prints it."""
    known = (
        model_id(source, f"{provider}/{name}")
        or _at_provider(provider, name)
        or _published().get(name.lower())
        or model_id(SOURCE_NAME, name)
    )
    if known:
        return known
    for container in CONTAINERS.get(provider, ()):
        name = name.removeprefix(container)
    words = plain_name(name)
    return _by_letters().get(_MARKS.sub("-", words), words)


def region_of(provider: str, name: str) -> tuple[str, ...]:
    """The condition in a name that says where it is served: Amazon's ``us.`` costs more than its ``global.``."""
    profile = BEDROCK_PROFILE.match(name) if provider == "bedrock" else None
    return (f"region={profile[1]}",) if profile else ()


def output_unit(name: str, made: tuple[str, ...] = ()) -> str:
    """What a price of ``output`` is of; '' where pictures are made, whose tokens cost more than the words beside them.

    ``made`` is what the list says that the model makes, if it does.
    """
    if {"image", "video"} & set(made) or _PICTURE.search(name):
        return ""
    return "output_audio_token" if made == ("audio",) or _SPEECH.search(name) else "output_token"


def modality_of(known: str, name: str) -> str:
    """What a model makes, where its list does not say: by ``models.csv``, else by the words in its name, else text."""
    if model := models().get(known):
        return model.modality
    named = ((_EMBEDDING, "embedding"), (_SPEECH, "audio"), (_PICTURE, "image"))
    return next((modality for words, modality in named if words.search(name)), "text")
