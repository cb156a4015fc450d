"""The command line: `python -m pipelines`.

Wires the commands, and turns errors into messages and exit codes.
"""

from __future__ import annotations

import typer
from rich.markup import escape

from cli.beside.index import index
from cli.beside.monitor import monitor
from cli.compare import compare
from cli.compressing.command import compress
from cli.demonstration.command import demo
from cli.explaining.command import explain
from cli.inspect_data import inspect
from cli.mitigate import mitigate
from cli.predicting.command import predict
from cli.publishing.command import publish
from cli.reporting.command import report
from cli.run import launch, run
from cli.scaffolding.command import new
from cli.serving.command import serve
from cli.settings import list_pipelines, list_settings
from cli.stopping import exit_code_of_stop
from cli.terminal import CONSOLE, SafeConsole, choose_output
from shared.cluster.worker_process import PORT_TAKEN_EXIT_CODE, end_process
from shared.errors import PlumblineError, PortTakenError, StoppedError, UserError, WorkerError

__all__ = ["app", "main"]

app = typer.Typer(
    name="pipelines",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
    help=(
        "From raw data to a served model, with the evidence that it can be trusted.\n\n"
        "Start with `demo` (bundled synthetic data, a few minutes), then `run NAME --data PATH`."
    ),
)


@app.callback()
def _begin() -> None:
    choose_output()  # a process may run several commands, and each begins aloud


app.command("list")(list_pipelines)
app.command("settings")(list_settings)
app.command()(run)
app.command()(launch)
app.command()(demo)
app.command()(predict)
app.command()(publish)
app.command()(serve)
app.command()(monitor)
app.command()(explain)
app.command()(compare)
app.command()(mitigate)
app.command()(compress)
app.command()(inspect)
app.command()(report)
app.command()(index)
app.command()(new)

_complaints = SafeConsole(stderr=True)


def main() -> None:
    """Run the command line; the user's mistakes end with one message and exit code 2."""
    try:
        app()
        exit_code = 0
    except SystemExit as error:
        exit_code = int(error.code or 0)
    except UserError as error:
        exit_code = _complain("Error", error, 2)
    except PortTakenError as error:
        exit_code = _complain("Error", error, PORT_TAKEN_EXIT_CODE)
    except WorkerError as error:
        exit_code = _complain("Error", error, 1)
    except StoppedError as error:
        CONSOLE.print(escape(str(error)), soft_wrap=True, highlight=False)
        exit_code = exit_code_of_stop(error)
    except PlumblineError as error:
        exit_code = _complain("This is a fault of ours", error, 1)
    except KeyboardInterrupt:
        _complaints.print("Stopped. What was finished is kept; go on with --resume.")
        exit_code = 130
    end_process(exit_code)


def _complain(kind: str, error: PlumblineError, exit_code: int) -> int:
    _complaints.print(f"[bold red]{kind}:[/] {escape(str(error))}", soft_wrap=True)
    return exit_code


if __name__ == "__main__":
    main()
