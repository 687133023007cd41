"""``python -m pipelines.calibration [FOLDER]``: on the runs of a folder, else on those that ship with the code."""

import sys
from collections.abc import Sequence
from pathlib import Path

from pipelines.calibration import accuracy
from pipelines.calibration.calibrate import calibrate

ROOT = Path(__file__).resolve().parents[2]


def main(arguments: Sequence[str]) -> int:
    """Calibrates and says how well; 2 where the folder has no runs."""
    package = ROOT / "estimators"
    folder = Path(arguments[0]) if arguments else package / "data"
    if not (folder / "training_runs.csv").is_file():
        sys.stderr.write(f"{folder}: expected training_runs.csv, inference_runs.csv and finetune_runs.csv in it\n")
        return 2
    for fitted in calibrate(folder, package, ROOT / "docs" / "accuracy.md"):
        sys.stderr.write(f"{fitted.name}: {accuracy.summary(fitted.out_of_fold)}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
