"""Model architectures and what follows from them by counting: parameters, KV cache, expert traffic.

Symbols: N total parameters, A active parameters (per token), L layers, h hidden width, n_q query heads, n_kv KV heads,
d head width, V vocabulary, E experts, k experts per token, B sequences.

KV cache per token, in elements: full attention 2 L n_kv d (MHA, GQA); MLA L (r_kv + d_rope), one latent that all
heads share. Of a model with sliding-window or linear-attention layers only the ``full_attention_layers`` grow with
the context; windowed layers hold at most their window. Llama 2 70B: 2 x 80 x 8 x 128 x 2 byte = 327,680 byte.

Experts: N - A = (E - k) e, where e is the size of one expert over all layers, so e = (N - A) / (E - k) and what every
token uses besides is A - k e. A batch of B tokens touches E (1 - (1 - k/E)^B) distinct experts if routing is even.

Ignored: uneven routing, multi-token-prediction heads, vision towers. Architectures and sources: data/models.csv.
"""

import re
from dataclasses import dataclass
from functools import cache

from estimators.errors import CannotEstimate
from estimators.tables import number, rows

CARDS_OF_A_NODE = 8


@dataclass(frozen=True)
class Architecture:
    """One model. ``is_nominal`` marks one made up from its parameter count because the model itself is not known."""

    model: str
    params_total: float
    params_active: float
    layers: int
    hidden: int
    heads: int
    kv_heads: int
    head_dim: int
    ffn_intermediate: int
    vocab: int
    tied_embeddings: bool
    max_context: int | None
    experts: int
    experts_per_token: int
    mla_latent: int  # r_kv + d_rope; 0 where attention is not MLA
    full_attention_layers: int
    sliding_window: int
    is_nominal: bool = False

    @property
    def kind(self) -> str:
        """dense, moe or mla: what decides how it is served."""
        return "mla" if self.mla_latent else "moe" if self.experts > 1 else "dense"

    @property
    def expert_params(self) -> float:
        """Parameters of one expert, summed over the layers."""
        if self.experts <= self.experts_per_token or not self.experts_per_token:
            return 0.0
        each = (self.params_total - self.params_active) / (self.experts - self.experts_per_token)
        return min(each, 0.95 * self.params_active / self.experts_per_token)

    @property
    def shared_params(self) -> float:
        """Parameters that every step reads whatever the routing."""
        return self.params_total - self.experts * self.expert_params

    def kv_elements_per_token(self) -> int:
        """Cache elements that every further token of context adds."""
        return self.full_attention_layers * (self.mla_latent or 2 * self.kv_heads * self.head_dim)

    def window_elements(self) -> int:
        """Cache elements of the windowed layers once their window is full."""
        windowed = (self.layers - self.full_attention_layers) if self.sliding_window else 0
        return windowed * self.sliding_window * 2 * self.kv_heads * self.head_dim

    def kv_bytes_per_token(self, kv_bits: float) -> float:
        """Bytes a token of context takes in the cache: 327,680 for Llama 2 70B at 16 bits."""
        return self.kv_elements_per_token() * kv_bits / 8

    def kv_bytes(self, tokens: float, kv_bits: float) -> float:
        """Bytes one sequence of ``tokens`` takes, windowed layers at most their window."""
        window = self.sliding_window or 1
        return (
            self.kv_bytes_per_token(kv_bits) * tokens + self.window_elements() * min(1.0, tokens / window) * kv_bits / 8
        )

    def kv_split(self, tensor_parallel: int) -> int:
        """Over how many cards the cache divides: GQA splits at most into its KV heads; MLA's latent is on every card.

        Beyond one node MLA models are served with data-parallel attention, each card caching its own sequences.
        """
        if self.mla_latent:
            return tensor_parallel if tensor_parallel > CARDS_OF_A_NODE else 1
        return min(tensor_parallel, self.kv_heads)

    def distinct_experts(self, tokens: float) -> float:
        """Experts a step over ``tokens`` tokens is expected to touch: E (1 - (1 - k/E)^B)."""
        if not self.expert_params:
            return 0.0
        return float(self.experts * (1 - (1 - self.experts_per_token / self.experts) ** tokens))


_IGNORED = re.compile(r"-(?:instruct|chat|hf|base|it|fp8|awq|gptq|nvfp4|bf16|lora)\b")
_RELEASE = re.compile(
    r"^meta-|-(?:fp4|fp16|int4|int8|kv|thinking|v0\.[0-9]+|v1\.[0-9]+|[0-9]+k|20?2[3-6][01][0-9](?:[0-3][0-9])?|0[1-9][0-3][0-9]"
    r"|1[0-2][0-3][0-9]|25[01][0-9])\b"
)
"""What releases and packings of one architecture add to its name."""


def folded(name: str) -> str:
    """The spelling by which a model is looked up: no organisation, case, blanks, or 'instruct'."""
    text = name.strip().casefold().rsplit("/", 1)[-1]
    text = re.sub(r"[\s_]+", "-", text)
    text = re.sub(r"(\d)-b\b", r"\1b", text)
    return re.sub(r"-+", "-", _IGNORED.sub("", text)).strip("-")


def _architecture(row: dict[str, str]) -> Architecture:
    latent = int(number(row["mla_kv_lora_rank"]) or 0) + int(number(row["mla_qk_rope"]) or 0)
    return Architecture(
        model=row["model"],
        params_total=float(row["params_total"]),
        params_active=float(row["params_active"]),
        layers=int(row["layers"]),
        hidden=int(row["hidden"]),
        heads=int(row["heads"]),
        kv_heads=int(row["kv_heads"]),
        head_dim=int(row["head_dim"]),
        ffn_intermediate=int(row["ffn_intermediate"]),
        vocab=int(row["vocab"]),
        tied_embeddings=row["tied_embeddings"] == "1",
        max_context=int(row["max_context"]) if row["max_context"] else None,
        experts=int(row["n_experts"]),
        experts_per_token=int(row["experts_per_token"]),
        mla_latent=latent,
        full_attention_layers=int(row["full_attention_layers"] or row["layers"]),
        sliding_window=int(row["sliding_window"] or 0),
    )


@cache
def _by_spelling() -> dict[str, Architecture]:
    found: dict[str, Architecture] = {}
    for row in rows("models"):
        entry = _architecture(row)
        for spelling in (row["model"], *row["aliases"].split("|")):
            if spelling:
                found[folded(spelling)] = entry
    return found


def known(name: str) -> Architecture | None:
    """The architecture of that name, or None."""
    spelling = folded(name)
    return _by_spelling().get(spelling) or _by_core().get(_core(spelling))


def _core(spelling: str) -> str:
    """A folded name without its release, its letters and digits alone: 'llama-3.1-8b' and 'llama31-8b' are one."""
    return re.sub(r"[^a-z0-9]", "", _RELEASE.sub("", spelling))


@cache
def _by_core() -> dict[str, Architecture]:
    """Those cores that only one architecture has."""
    found: dict[str, dict[str, Architecture]] = {}
    for spelling, entry in _by_spelling().items():
        found.setdefault(_core(spelling), {})[entry.model] = entry
    return {core: next(iter(models.values())) for core, models in found.items() if len(models) == 1}


@cache
def architecture(name: str) -> Architecture:
    """The architecture of that name; an unknown one is an error that names the nearest."""
    found = known(name)
    if found is None:
        import difflib  # only where something went wrong: it costs more than the estimate

        near = difflib.get_close_matches(folded(name), _by_spelling(), n=3, cutoff=0.5)
        hint = f"; nearest: {', '.join(near)}" if near else ""
        raise CannotEstimate(f"model {name!r}: not known{hint}; or give its parameters (params_total)")
    return found


def architectures() -> tuple[Architecture, ...]:
    """Every known model."""
    return tuple({a.model: a for a in _by_spelling().values()}.values())


def nominal(name: str, params_total: float, params_active: float | None = None) -> Architecture:
    """An architecture with the usual proportions (h = 128 L, N = 12 L h^2), for a model known by its size only."""
    active = params_active or params_total
    layers = max(4, round((active / (12 * 128**2)) ** (1 / 3)))
    hidden = 128 * max(4, round((active / (12 * layers)) ** 0.5 / 128))
    heads = hidden // 128
    return Architecture(
        model=name, params_total=params_total, params_active=active, layers=layers, hidden=hidden, heads=heads,
        kv_heads=min(8, heads) if active > 3e9 else heads, head_dim=128, ffn_intermediate=4 * hidden, vocab=64_000,
        tied_embeddings=False, max_context=None, experts=128 if params_total > 1.2 * active else 0,
        experts_per_token=8 if params_total > 1.2 * active else 0, mla_latent=0, full_attention_layers=layers,
        sliding_window=0, is_nominal=True,
    )  # fmt: skip
