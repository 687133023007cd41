"""A command of `flopledger` in processes that kill themselves (SIGKILL) before a line of the pipeline is run.

python -m tests.pipelines.killed_job '["ingest", "karpenter-aws", "lists"]' HOME:LINE ...

One process per home, one after the other; LINE counts the lines that are run within the stages below, and 0 kills
never. Prints, per home, how the process ended (0, or minus the signal) and the stage of every line that was run.
"""

import json
import os
import signal
import sys
from pathlib import Path
from types import FrameType
from typing import Any

from pipelines import recordings, steps
from pipelines.cli import main as command_line

IMPORTED = (recordings, steps)
"""What the command imports when it is run: once for all processes."""

STAGES = ("keep", "note", "track", "take_in", "relate", "publish")
"""Functions of the pipeline: the innermost of them that is at work is the stage of a line."""


def stage(frame: FrameType | None) -> str | None:
    while frame:
        if frame.f_code.co_name in STAGES and is_ours(frame):
            return frame.f_code.co_name
        frame = frame.f_back
    return None


def is_ours(frame: FrameType) -> bool:
    path = Path(frame.f_code.co_filename)
    return path.parent.name == "pipelines" and path.name != "registry.py"


def run(arguments: list[str], home: str, last: int, told: int) -> None:
    """The command in this process, which lives until before line ``last``."""
    lines: list[str] = []

    def trace(frame: FrameType, event: str, argument: Any) -> Any:
        if not is_ours(frame):
            return None
        if event == "line" and (found := stage(frame)):
            lines.append(found)
            if len(lines) == last:
                os.kill(os.getpid(), signal.SIGKILL)
        return trace

    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    sys.argv = ["flopledger", *arguments, "--home", home]
    sys.settrace(trace)
    try:
        command_line.main()
    except SystemExit as end:
        if end.code:
            raise
    sys.settrace(None)
    os.write(told, json.dumps(lines).encode())


def in_a_process(arguments: list[str], home: str, last: int) -> tuple[int, list[str]]:
    heard, told = os.pipe()
    child = os.fork()
    if not child:
        try:
            os.close(heard)
            run(arguments, home, last, told)
        except BaseException:
            os._exit(1)
        os._exit(0)
    os.close(told)
    with os.fdopen(heard, "rb") as said:
        lines = said.read()
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), json.loads(lines or "[]")


if __name__ == "__main__":
    given = json.loads(sys.argv[1])
    homes = (argument.rsplit(":", 1) for argument in sys.argv[2:])
    json.dump([in_a_process(given, home, int(last)) for home, last in homes], sys.stdout)
