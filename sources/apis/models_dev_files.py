"""models.dev's files -> provider -> model -> what its file says, whichever way they come.

Two ways: ``api.json`` (today's answer: everything merged) and the tree of ``providers/<provider>/models/**.toml`` as a
compressed tar. In the tree a file may be a link to another provider's, may ``[extends] from`` another provider's model
(until May 2026), or may name a ``base_model``, whose file lies outside the tree and says everything but prices.
Figures stay text. A link that leads nowhere is a model of which nothing is known: None.
"""

import io
import lzma
import posixpath
import tarfile
import tomllib
from collections.abc import Iterator, Mapping
from typing import Any

from sources.payload import MAX_DEPTH, read_json
from sources.source import Payload, PayloadError

XZ = b"\xfd7zXZ\x00"
MAX_UNPACKED = 256 << 20
"""Of a tar; the largest so far has 12 MB."""
MAX_FILE = 1 << 20
MAX_STEPS = 5
"""From link to link, or from model to extended model."""

Catalogue = dict[str, dict[str, dict[str, Any] | None]]


def read_catalogue(payload: Payload) -> Catalogue:
    return _tree(payload) if payload.content.startswith(XZ) else _answer(payload)


def _answer(payload: Payload) -> Catalogue:
    providers = read_json(payload)
    if not isinstance(providers, dict):
        raise PayloadError(f"{payload.name}: a JSON {type(providers).__name__}; expected an object of providers")
    found: Catalogue = {}
    for provider, about in providers.items():
        models = about.get("models") if isinstance(about, dict) else None
        if not isinstance(models, dict) or not all(isinstance(model, dict) for model in models.values()):
            raise PayloadError(f"{payload.name}: {provider!r} has no 'models' by name; expected models.dev's api.json")
        found[provider] = models
    if not any(found.values()):
        raise PayloadError(f"{payload.name}: no model; expected models.dev's api.json")
    return found


def _tree(payload: Payload) -> Catalogue:
    texts, links = _members(payload)
    found: Catalogue = {}
    for path in (*texts, *links):
        place = _place(path)
        if place is None:
            continue
        target = _followed(path, links)
        text = texts.get(target)
        found.setdefault(place[0], {})[place[1]] = None if text is None else _toml(text, target, payload)
    if not found:
        raise PayloadError(f"{payload.name}: no providers/*/models/*.toml in it; expected a tar of models.dev's files")
    return {
        provider: {name: _whole(model, found) for name, model in models.items()} for provider, models in found.items()
    }


def _members(payload: Payload) -> tuple[dict[str, bytes], dict[str, str]]:
    """Contents of the files and targets of the links, by path."""
    texts: dict[str, bytes] = {}
    links: dict[str, str] = {}
    try:
        with tarfile.open(fileobj=io.BytesIO(_unpacked(payload))) as tar:
            for member in tar:
                if member.issym():
                    links[member.name] = member.linkname
                elif member.isfile() and member.size <= MAX_FILE and (content := tar.extractfile(member)):
                    texts[member.name] = content.read()
    except (tarfile.TarError, OSError, EOFError, ValueError, OverflowError) as error:
        raise PayloadError(f"{payload.name}: not a tar ({' '.join(str(error).split())[:100]}); truncated?") from None
    return texts, links


def _unpacked(payload: Payload) -> bytes:
    reader = lzma.LZMADecompressor(format=lzma.FORMAT_XZ, memlimit=MAX_UNPACKED)
    try:
        content = reader.decompress(payload.content, max_length=MAX_UNPACKED)
    except lzma.LZMAError as error:
        raise PayloadError(f"{payload.name}: not xz ({error}); truncated?") from None
    if not reader.eof:
        raise PayloadError(f"{payload.name}: ends early, or over {MAX_UNPACKED} bytes; truncated?")
    return content


def _place(path: str) -> tuple[str, str] | None:
    """``providers/openrouter/models/openai/gpt-4o.toml`` -> (openrouter, openai/gpt-4o)."""
    folder, _, rest = path.partition("/")
    provider, _, rest = rest.partition("/")
    models, _, name = rest.partition("/")
    if (folder, models) != ("providers", "models") or not provider or not name.endswith(".toml"):
        return None
    return provider, name.removesuffix(".toml")


def _followed(path: str, links: Mapping[str, str]) -> str:
    for _ in range(MAX_STEPS):
        if path not in links:
            break
        path = posixpath.normpath(posixpath.join(posixpath.dirname(path), links[path]))
    return path


def _toml(content: bytes, path: str, payload: Payload) -> dict[str, Any]:
    try:
        return dict(_printed(tomllib.loads(content.decode(), parse_float=str)))
    except (ValueError, RecursionError) as error:
        told = " ".join(str(error).split())[:100]
        raise PayloadError(f"{payload.name}: {path} is not TOML ({told})") from None


def _printed(value: Any, depth: int = 0) -> Any:
    """Whole numbers as text, as the others are."""
    if depth > MAX_DEPTH:
        raise ValueError("nested too deep")
    if isinstance(value, dict):
        return {name: _printed(inner, depth + 1) for name, inner in value.items()}
    if isinstance(value, list):
        return [_printed(inner, depth + 1) for inner in value]
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _whole(model: dict[str, Any] | None, found: Catalogue) -> dict[str, Any] | None:
    """The model over those that it extends, the nearest first."""
    layers = []
    for _ in range(MAX_STEPS):
        if model is None:
            break
        layers.append(model)
        extends = model.get("extends")
        if not isinstance(extends, dict):
            break
        provider, _, name = str(extends.get("from", "")).partition("/")
        model = found.get(provider, {}).get(name)
    if not layers:
        return None
    whole: dict[str, Any] = {}
    for layer in reversed(layers):
        for path in _omitted(layer):
            _drop(whole, path)
        whole = _merged(whole, layer)
    return whole


def _omitted(layer: Mapping[str, Any]) -> Iterator[str]:
    extends = layer.get("extends")
    omit = extends.get("omit") if isinstance(extends, dict) else None
    yield from (path for path in omit if isinstance(path, str)) if isinstance(omit, list) else ()


def _drop(whole: dict[str, Any], path: str) -> None:
    *folders, last = path.split(".")
    place: Any = whole
    for folder in folders:
        place = place.get(folder) if isinstance(place, dict) else None
    if isinstance(place, dict):
        place.pop(last, None)


def _merged(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(below)
    for name, value in above.items():
        former = merged.get(name)
        both = isinstance(former, dict) and isinstance(value, dict)
        merged[name] = _merged(former, value) if both and isinstance(former, dict) else value
    return merged
