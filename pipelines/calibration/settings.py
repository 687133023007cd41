"""How each quantity's residual is shrunk. The spreads were chosen once by grouped cross-validation and then rounded."""

from estimators.shrinkage import Term
from pipelines.calibration.fit import Shrinkage

LOAD = ("batch", "input", "output", "cards")

RATE = Shrinkage(
    terms=(
        Term((), (), 0.05),
        Term(("engine",), (), 0.05),
        Term(("generation",), (), 0.15),
        Term(("card",), (), 0.05),
        Term(("engine", "generation"), (), 0.05),
        Term(("kind", "engine"), (), 0.05),
        Term(("precision", "engine"), (), 0.05),
        Term(("precision", "generation"), (), 0.1),
        Term(("model",), (), 0.05),
        Term(("load", "engine"), (), 0.05),
        Term(("engine",), ("date",), 0.15),
        Term(("load",), LOAD, 0.05),
        Term(("engine",), LOAD, 0.15),
        Term(("engine", "generation"), LOAD, 0.07),
        Term(("engine", "precision"), LOAD, 0.15),
        Term(("kind", "engine"), ("active", *LOAD), 0.1),
        Term(("model", "engine"), LOAD, 0.05),
        Term(("model", "card", "engine", "precision"), LOAD, 0.1),
    ),
    scales={"batch": 0.8, "input": 1.1, "output": 1.4, "cards": 1.8, "active": 1.2, "date": 0.7},
    slopes={},
    offset_spread=0.0,
    noise={"": 0.1},
    noise_label="",
    measured_if=("model", "card", "engine", "precision"),
    in_class_if=("generation", "engine"),
    stratum="load",
)

FIRST = Shrinkage(
    terms=tuple(Term(t.labels, t.coordinates, 1.8 * t.spread) for t in RATE.terms),
    scales=RATE.scales,
    slopes={},
    offset_spread=0.3,
    noise={"": 0.25},
    noise_label="",
    measured_if=RATE.measured_if,
    in_class_if=RATE.in_class_if,
    stratum="load",
)

MEMORY = Shrinkage(
    terms=(
        Term(("engine",), (), 0.08),
        Term(("engine", "precision"), (), 0.08),
        Term(("engine", "precision"), ("size", "input"), 0.1),
        Term(("engine",), ("size", "input"), 0.1),
        Term(("engine", "model"), (), 0.04),
        Term(("engine", "model", "generation"), (), 0.06),
    ),
    scales={"size": 1.5, "input": 2.0},
    slopes={},
    offset_spread=0.0,
    noise={"": 0.06},
    noise_label="",
    measured_if=("model", "engine", "precision"),
    in_class_if=("engine",),
    stratum="",
)

TRAINING = Shrinkage(
    terms=(
        Term(("kind",), (), 0.25),
        Term(("generation",), (), 0.05),
        Term(("card",), (), 0.04),
        Term(("software",), (), 0.04),
        Term(("sparse",), (), 0.5),
        Term(("sparse", "generation"), (), 0.05),
        Term(("precision",), (), 0.25),
        Term(("precision", "generation"), (), 0.18),
        Term(("kind", "generation"), (), 0.04),
        Term(("kind", "card"), (), 0.08),
        Term(("model",), (), 0.06),
        Term(("model", "card", "kind"), (), 0.05),
        Term(("software", "sparse"), ("date",), 0.18),
        Term(("software", "sparse"), ("active", "gpus"), 0.18),
        Term(("kind", "sparse"), ("active", "date"), 0.08),
        Term(("kind", "precision"), ("gpus",), 0.06),
        Term(("software",), ("gpus",), 0.05),
    ),
    scales={"active": 2.25, "gpus": 2.25, "date": 0.5, "seq": 1.0},
    slopes={"active": 0.04, "gpus": 0.02, "seq": 0.06, "balance": 0.4, "ckpt": 0.12},
    offset_spread=1.0,
    noise={"full_run": 0.2, "benchmark": 0.1, "mlperf_lora": 0.05, "mlperf_pretrain": 0.1, "": 0.15},
    noise_label="kind",
    measured_if=("model", "card", "kind"),
    in_class_if=("generation", "kind"),
    stratum="kind",
    clip=3.0,
)

FINETUNE = Shrinkage(
    terms=(
        Term(("method",), (), 0.05),
        Term(("software",), (), 0.06),
        Term(("software", "method"), (), 0.06),
        Term(("scope",), (), 0.04),
        Term(("bits",), (), 0.04),
        Term(("software", "method"), ("tokens", "size"), 0.06),
        Term(("method", "checkpointed"), ("tokens", "size"), 0.05),
        Term(("model", "method", "software"), (), 0.05),
        Term(("sharded",), (), 0.1),
    ),
    scales={"size": 1.0, "tokens": 1.2},
    slopes={},
    offset_spread=0.0,
    noise={"": 0.1},
    noise_label="",
    measured_if=("model", "method", "software"),
    in_class_if=("method", "checkpointed"),
    stratum="",
)
