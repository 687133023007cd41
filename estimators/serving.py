"""What is served and on what: one case of inference, checked, with its split over the cards and its memory.

Symbols: W weights in byte, w bits a weight, KV cache in byte, b sequences in flight on one replica, c context in
tokens, t tensor-parallel degree, p pipeline degree, r = n / (t p) replicas.

    room for sequences = (0.9 M t p - W - embeddings - activations - runtime) / KV(one sequence)
    KV(b, c) = b c x (cache bytes a token) x t / split     (copies under tensor parallelism, see models.kv_split)

What a deployment needs in all is in serving_memory. Ignored: fragmentation of the cache (under 4 % with paging),
speculative decoding, prefix caching, LoRA adapters.
"""

import re
from dataclasses import dataclass
from functools import cached_property

from estimators.errors import CannotEstimate, check_parameters, positive
from estimators.hardware import Accelerator, accelerator
from estimators.models import Architecture, architecture, known, nominal
from estimators.precision import WEIGHT_BITS, family, peak_flop_s, weight_bits

LOADS = ("fixed", "concurrency", "saturated")
USABLE_SHARE = 0.90  # of a card's memory, what engines take by default
TIGHT_SHARE = 0.97
RUNTIME_GB = 1.0
CHUNK_TOKENS = 2048
ACTIVATION_COPIES = 6
ENGINES = {
    "tensorrt-llm": "TensorRT-LLM", "trtllm": "TensorRT-LLM", "trt-llm": "TensorRT-LLM", "vllm": "vLLM",
    "sglang": "SGLang", "hf transformers": "HF Transformers", "transformers": "HF Transformers",
    "hf": "HF Transformers", "llama.cpp": "llama.cpp", "llamacpp": "llama.cpp", "autoawq": "AutoAWQ",
    "gpt-fast": "gpt-fast", "mlc": "MLC", "mlc-llm": "MLC", "qserve": "QServe", "exllamav2": "ExLlamaV2",
    "nvidia tensorrt-llm": "TensorRT-LLM", "huggingface": "HF Transformers",
    "deepspeed-mii": "DeepSpeed-MII", "ctranslate2": "CTranslate2", "tgi": "TGI", "lmdeploy": "LMDeploy",
}  # fmt: skip


LAYER_SPLIT = ("HF Transformers", "llama.cpp", "AutoAWQ", "ExLlamaV2")  # several cards hold layers in turn, not shards


@dataclass(frozen=True, kw_only=True)
class Serving:
    """One deployment under one load. ``tensor_parallel`` and ``replicas`` are settled in ``serving``."""

    arch: Architecture
    accelerator: Accelerator
    precision: str
    weight_bits: float
    kv_bits: float
    n_gpus: int
    tensor_parallel: int
    pipeline_parallel: int
    engine: str
    engine_version: str
    date: float  # year with decimals
    load: str
    batch: float | None
    input_len: float
    output_len: float
    scenario: str

    @property
    def replicas(self) -> float:
        """Copies of the model that share the load."""
        return self.n_gpus / (self.tensor_parallel * self.pipeline_parallel)

    @property
    def cards(self) -> int:
        """Cards of one replica."""
        return self.tensor_parallel * self.pipeline_parallel

    @cached_property
    def weights_gb(self) -> float:
        """Weights of one replica in 10^9 byte, all at their nominal bits."""
        return weights_gb(self.arch, self.weight_bits)

    @property
    def is_decode_only(self) -> bool:
        """Does the source leave the prompt's time out of its rate?"""
        return "decode" in self.scenario

    def kv_gb(self, sequences: float, tokens: float) -> float:
        """Cache of one replica in 10^9 byte, copies over tensor-parallel cards included."""
        copies = self.tensor_parallel / self.arch.kv_split(self.tensor_parallel)
        return sequences * self.arch.kv_bytes(tokens, self.kv_bits) * copies / 1e9

    def overhead_gb(self, sequences: float) -> float:
        """Activations and runtime of one replica in 10^9 byte."""
        chunk = min(CHUNK_TOKENS, max(self.input_len, 1.0) * max(sequences, 1.0))
        activations = chunk * self.arch.hidden * 2 * ACTIVATION_COPIES + sequences * self.arch.vocab * 4
        return activations / 1e9 + RUNTIME_GB * self.cards + embeddings_gb(self.arch, self.weight_bits)

    @cached_property
    def capacity(self) -> float:
        """Sequences of this length whose cache fits beside the weights of one replica; below 1 it does not fit."""
        memory = self.accelerator.memory_gb * self.cards
        room = USABLE_SHARE * memory - self.weights_gb - self.overhead_gb(1)
        if room < 0.02 * memory:  # a tight fit: operators then raise the share
            room = TIGHT_SHARE * memory - self.weights_gb
        return room / max(self.kv_gb(1, self.input_len + 0.75 * self.output_len), 1e-9)

    @cached_property
    def in_flight(self) -> float:
        """Sequences one replica works on at once: what is asked, or as many as fit."""
        room = max(self.capacity, 1.0)
        if self.batch is None:
            return room
        asked = max(1.0, self.batch / self.replicas)
        return min(asked, room) if self.load == "concurrency" else asked


def weights_gb(arch: Architecture, bits: float) -> float:
    """Weights in 10^9 byte: N w / 8. Llama 2 70B at 8 bits: 68.98."""
    return arch.params_total * bits / 8e9


def embeddings_gb(arch: Architecture, bits: float) -> float:
    """What quantisers leave at 16 bits, beyond its share in ``weights_gb``: embeddings and the output projection.

    A GGUF's bits are the mean over its whole file, so nothing comes on top.
    """
    if bits >= 16 or bits == WEIGHT_BITS["q4_k_m"]:
        return 0.0
    embedding = min(arch.vocab * arch.hidden * (1 if arch.tied_embeddings else 2), 0.5 * arch.params_total)
    return embedding * (16 - bits) / 8e9


def smallest_split(arch: Architecture, card: Accelerator, bits: float, n_gpus: int) -> int:
    """Smallest power of two of cards that holds the weights with a fifth to spare, as operators of replicas choose."""
    split = 1
    while split * 2 <= n_gpus and n_gpus % (split * 2) == 0:
        if weights_gb(arch, bits) < 0.75 * card.memory_gb * split:
            break
        split *= 2
    return split if weights_gb(arch, bits) < 0.95 * card.memory_gb * split else n_gpus


def _letters(text: str) -> str:
    return re.sub(r"[^a-z0-9]", "", text.casefold())


_ENGINES_BY_LETTERS = {_letters(name): engine for name, engine in ENGINES.items()}


def serving(
    *,
    model: str,
    accelerator_name: str,
    precision: str,
    load: str,
    batch: float | None,
    input_len: float,
    output_len: float,
    n_gpus: int = 1,
    tensor_parallel: int | None = None,
    pipeline_parallel: int = 1,
    bits: float | None = None,
    kv_bits: float | None = None,
    engine: str = "",
    engine_version: str = "",
    date: float = 2026.0,
    scenario: str = "",
    params_total: float | None = None,
    params_active: float | None = None,
    strict: bool = True,
) -> Serving:
    """A checked case; every objection is one line that says what instead."""
    check_parameters(params_total, params_active)
    arch = known(model) or (nominal(model, params_total, params_active) if params_total else architecture(model))
    card = accelerator(accelerator_name)
    for name, value in (("weight_bits", bits), ("kv_bits", kv_bits)):
        if value is not None:
            positive(name, value)
    peak_flop_s(precision, card)  # refuses what the card cannot compute with
    bits = bits or weight_bits(precision)
    engine = _ENGINES_BY_LETTERS.get(_letters(engine), engine)
    if not strict and engine in LAYER_SPLIT and tensor_parallel:
        pipeline_parallel, tensor_parallel = tensor_parallel * pipeline_parallel, 1
    _check_load(load, batch, input_len, output_len, arch, 2.0 if not strict else CONTEXT_TOLERANCE)
    split = _check_split(arch, n_gpus, tensor_parallel, pipeline_parallel)
    if split is None:
        split = smallest_split(arch, card, bits, n_gpus)
    return Serving(
        arch=arch, accelerator=card, precision=family(precision), weight_bits=bits, kv_bits=kv_bits or 16.0,
        n_gpus=n_gpus, tensor_parallel=split, pipeline_parallel=pipeline_parallel,
        engine=engine, engine_version=engine_version, date=date, load=load,
        batch=batch if load != "saturated" else None, input_len=input_len, output_len=output_len, scenario=scenario,
    )  # fmt: skip


def _check_load(
    load: str, batch: float | None, input_len: float, output_len: float, arch: Architecture, tolerance: float
) -> None:
    if load not in LOADS:
        raise CannotEstimate(f"load_kind {load!r}: expected one of {', '.join(LOADS)}")
    if load != "saturated" and batch is None:
        raise CannotEstimate(f"batch is empty: load_kind {load} needs the number of sequences (or use saturated)")
    if batch is not None and not batch > 0:
        raise CannotEstimate(f"batch {batch:g}: expected 1 or more sequences")
    if input_len < 0 or not output_len > 0:
        raise CannotEstimate(f"input_len {input_len:g}, output_len {output_len:g}: expected tokens, output above zero")
    if arch.max_context and input_len + output_len > arch.max_context * tolerance:
        raise CannotEstimate(
            f"context {input_len + output_len:g} tokens: {arch.model} goes up to {arch.max_context}; shorten the input"
        )


CONTEXT_TOLERANCE = 1.02  # benchmarks fill the context and add a few tokens of template


def _check_split(arch: Architecture, n_gpus: int, tensor: int | None, pipeline: int) -> int | None:
    if n_gpus < 1:
        raise CannotEstimate(f"n_gpus {n_gpus}: expected 1 or more")
    if tensor is None:
        return None
    if tensor < 1 or pipeline < 1 or tensor * pipeline > n_gpus:
        raise CannotEstimate(f"tp {tensor} x pp {pipeline}: expected a product of at most n_gpus {n_gpus}")
    heads = arch.kv_heads
    if not arch.mla_latent and not arch.is_nominal and heads % tensor and tensor % heads:
        raise CannotEstimate(
            f"tp {tensor}: does not divide the {heads} KV heads of {arch.model}; use a divisor of {heads}"
        )
    return tensor
