"""The release once more, from the last good warehouse."""

import shutil
from pathlib import Path

from flows.request import RunRequest
from flows.steps.audited import audit_release
from flows.steps.model_store import find_card
from flows.steps.publish import ReleaseRequest, publish_release
from mltc.codelists import load_codelists
from mltc.errors import ConfigError
from mltc.risk_catalogue import load_outcomes, main_outcome
from mltc.workspace import hold_lock


def rewrite_release(config_path: Path, out: Path) -> Path:
    """First page of the new release; the old one stands until the new one is whole.

    Raises ConfigError before the first run, and where the warehouse describes another index date.
    """
    request = RunRequest(config_path=config_path.resolve(), out=out.resolve())
    workspace = request.workspace()
    with hold_lock(workspace.out):
        workspace.start_build()
        last = workspace.open_last()
        if last is None:
            raise ConfigError(f"There is no warehouse in {workspace.out} yet. Run `mltc run` first.")
        with last:
            found = last.read("select index_date from meta.index_date where role = 'current'").item()
            if found != workspace.config.run.index_date:
                raise ConfigError(
                    f"The warehouse describes {found}, the configuration asks for {workspace.config.run.index_date}. "
                    "Run `mltc run` for that date, or set [run] index_date back."
                )
            card = find_card(workspace.models, main_outcome(load_outcomes()).key, workspace.config.run.name)
            codelists = load_codelists()
            publish_release(
                last,
                ReleaseRequest(
                    workspace.config, codelists, workspace.build_release, workspace.previous_release(), card
                ),
            )
        audit_release(workspace, workspace.build_release)
        workspace.commit()
        shutil.rmtree(workspace.build_folder, ignore_errors=True)
    return workspace.release / "index.html"
