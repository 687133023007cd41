"""Number formats: bits in memory, and what an accelerator can compute with.

A *weight-only* format (int4, fp4 where the chip has no FP4 unit, q4_k_m) shrinks what is read and is widened to
16 bits before it is multiplied, so it needs no unit of its own. A *compute* format (fp8, bf16, fp16, int8 in training)
does: FP8 needs Hopper, Ada, Blackwell, CDNA3 or later; bf16 needs Ampere or later. Asked for where the chip has none,
it is refused with the nearest alternative.

Group scales: INT4 with one 16-bit scale and a 4-bit zero per 128 weights would be 4.16 bits; with one 16-bit scale per
64 weights, 4 + 16/64 = 4.25 bits, which is what is used here. MXFP4 has one 8-bit scale per 32: 4 + 8/32 = 4.25.
"""

import re

from estimators.errors import CannotEstimate
from estimators.hardware import Accelerator

GROUP_OF_4_BIT_WEIGHTS = 64
SCALE_BITS = 16

SPELLINGS = {
    "fp32": "fp32", "float32": "fp32", "tf32": "fp32",
    "bf16": "bf16", "bfloat16": "bf16", "bf16-true": "bf16", "bf16-mixed": "bf16",
    "fp16": "fp16", "float16": "fp16", "half": "fp16", "f16": "fp16",
    "fp8": "fp8", "mxfp8": "fp8", "fp8_e4m3": "fp8", "fp8-e4m3": "fp8", "w8a8-fp8": "fp8", "w8a8_fp8": "fp8",
    "int8": "int8", "w8a8": "int8", "w8a16": "int8", "q8_0": "int8", "gptq-int8": "int8", "smoothquant": "int8",
    "fp4": "fp4", "nvfp4": "fp4", "mxfp4": "fp4",
    "int4": "int4", "w4a16": "int4", "awq": "int4", "gptq": "int4", "gptq-int4": "int4", "nf4": "int4", "w4a8": "int4",
    "q4_k_m": "q4_k_m", "q4_0": "q4_k_m", "q4_k_s": "q4_k_m", "q4": "q4_k_m",
}  # fmt: skip
"""Spelling -> family. mxfp8 and nvfp4 differ from fp8 and fp4 in their scales, not in the unit that multiplies."""

WEIGHT_BITS = {
    "fp32": 32.0,
    "bf16": 16.0,
    "fp16": 16.0,
    "fp8": 8.0,
    "int8": 8.0,
    "fp4": 4 + 8 / 32,
    "int4": 4 + SCALE_BITS / GROUP_OF_4_BIT_WEIGHTS,
    "q4_k_m": 4.85,
}
WEIGHT_ONLY = ("int4", "fp4", "q4_k_m", "int8")
_INSTEAD = {"fp8": ("int8", "bf16", "fp16"), "bf16": ("fp16", "fp32"), "fp16": ("bf16", "fp32"), "fp4": ("fp8", "bf16")}


_PARTS = (
    (r"nvfp4|mxfp4|fp4", "fp4"),
    (r"fp8|float8|e4m3|e5m2", "fp8"),
    (r"w4a|int4|awq|gptq|marlin|nf4|4-?bit|qoq|exl2|hqq", "int4"),
    (r"int8|w8a|8-?bit|q8", "int8"),
    (r"q[2-6](_|$)", "q4_k_m"),
    (r"bf16|bfloat16|mixed", "bf16"),
    (r"fp16|float16|half|f16", "fp16"),
    (r"fp32|float32|f32|tf32", "fp32"),
)
"""What a spelling that is not listed contains -> its family; the first that it does."""


def of_bits(bits: float | None) -> str:
    """The usual format of weights of so many bits; 16 where nothing is said."""
    if bits is None or bits > 8:
        return "fp16"
    return "fp8" if bits == 8 else "int4"


def family(spelling: str) -> str:
    """bf16, fp8, int4, ...: which family a precision is of."""
    word = spelling.strip().casefold()
    found = SPELLINGS.get(word) or next((known for part, known in _PARTS if re.search(part, word)), None)
    if found is None:
        raise CannotEstimate(f"precision {spelling!r}: expected one of {', '.join(sorted(set(SPELLINGS.values())))}")
    return found


def weight_bits(spelling: str) -> float:
    """Bits a weight takes in memory, scales included: 4.25 for INT4 with group scales."""
    return WEIGHT_BITS[family(spelling)]


def compute_precision(asked: str, accelerator: Accelerator) -> str:
    """What the matrices are multiplied in on that chip; refused where the format is a compute format it lacks."""
    wanted = family(asked)
    has = accelerator.dense_tflop_s
    if wanted in has and wanted != "int8":
        return wanted
    if wanted in WEIGHT_ONLY:
        return "bf16" if "bf16" in has else "fp16"
    near = next((p for p in (*_INSTEAD.get(wanted, ()), "bf16", "fp16", "fp32") if p in has), "another chip")
    raise CannotEstimate(f"precision {asked!r}: {accelerator.name} has no {wanted.upper()} unit; use {near} instead")


def peak_flop_s(asked: str, accelerator: Accelerator) -> float:
    """Dense peak rate in FLOP/s at which that precision is multiplied on that chip."""
    return accelerator.dense_tflop_s[compute_precision(asked, accelerator)] * 1e12
