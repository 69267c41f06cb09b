"""What is left of a run that was stopped: its record and Data Docs, beside the last good state."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from flows.request import RunRequest
from flows.steps.record import build_record
from mltc.codelists import load_codelists
from mltc.errors import DiskFullError, MltcError, ResourceError
from mltc.quality.report import STOPPED
from mltc.run_record import write_run_record
from mltc.warehouse import describe_full


@contextmanager
def kept_when_stopped(request: RunRequest) -> Iterator[None]:
    """Keep the record of a run that one of our errors ends, then let the error pass."""
    try:
        yield
    except MltcError as error:
        workspace = request.workspace()
        # What is free and what was taken must be counted before the build is discarded.
        is_placed = not isinstance(error, DiskFullError)
        told = error if is_placed else ResourceError(describe_full(workspace.build_folder))
        # The error is what the analyst must see, whatever else goes wrong while it is written down.
        with suppress(Exception):
            keep_stopped(request, told)
        workspace.discard_build()
        raise told from None


def keep_stopped(request: RunRequest, error: MltcError) -> None:
    """Write `stopped/run.json` with status, reason and everything known so far; move the Data Docs beside it.

    The last good run.json stands. The next good run removes the folder.
    """
    workspace = request.workspace()
    record = build_record(request, load_codelists())
    record |= {"status": STOPPED, "reason": f"{type(error).__name__}: {error}", "exit_code": error.exit_code}
    shutil.rmtree(workspace.stopped, ignore_errors=True)
    workspace.stopped.mkdir(parents=True)
    write_run_record(workspace.stopped / workspace.run_file.name, record)
    if workspace.build_docs.exists():
        workspace.build_docs.rename(workspace.stopped / "data_docs")
