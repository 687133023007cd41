"""`flopledger`: what compute costs, since when, according to whom."""

import os
import sys

import duckdb
import typer

from pipelines.cli import estimate, questions, writing
from pipelines.usage import WrongUsage

app = typer.Typer(
    help="What compute costs, for training and for inference: since when, according to whom.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
app.command("refresh")(writing.refresh)
app.command("ingest")(writing.ingest)
app.command("load")(writing.load)
app.command("status")(questions.status)
app.command("prices")(questions.prices)
app.command("api-prices")(questions.api_prices)
app.command("specs")(questions.specs)
app.command("history")(questions.history)
app.command("index")(questions.index)
app.command("curve")(questions.curve)
app.command("explain")(questions.explain)
app.add_typer(writing.archive_app, name="archive")
app.add_typer(estimate.app, name="estimate")


@app.callback()
def options(debug: bool = typer.Option(False, "--debug", help="Show the traceback of an error.")) -> None:
    if debug:
        os.environ["FLOPLEDGER_DEBUG"] = "1"


def main() -> None:
    """Runs the command line; an error is one readable line."""
    try:
        ended = app(prog_name="flopledger", standalone_mode=False)
        sys.exit(ended if isinstance(ended, int) else 0)
    except typer.TyperException as error:  # it could not be read as one of our commands
        if told := " ".join(error.format_message().split()).removesuffix("."):  # none: help was asked for, and shown
            context = getattr(error, "ctx", None)
            path = context.command_path if context else "flopledger"
            print(f"flopledger: {told}; see `{path} --help`", file=sys.stderr)  # noqa: T201
        sys.exit(error.exit_code)
    except WrongUsage as error:
        print(f"flopledger: {error}", file=sys.stderr)  # noqa: T201
        sys.exit(2)
    except (ValueError, RuntimeError, OSError, duckdb.Error) as error:
        if os.environ.get("FLOPLEDGER_DEBUG"):
            raise
        print(f"flopledger: {' '.join(str(error).split())[:500]}", file=sys.stderr)  # noqa: T201
        sys.exit(1)


if __name__ == "__main__":
    main()
