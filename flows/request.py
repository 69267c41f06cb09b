"""What a flow is asked to do: paths and switches, the only things that Prefect ever stores of a run."""

from pathlib import Path

from pydantic import BaseModel, ConfigDict

from mltc.config import Config, load_config
from mltc.workspace import Workspace


class RunRequest(BaseModel):
    """Configuration, output folder, and where the extracts are if not where the configuration says.

    `rebuild`: make everything anew, also what has not changed since the last run.
    """

    model_config = ConfigDict(frozen=True)

    config_path: Path
    out: Path
    extract_root: Path | None = None
    rotate_secret: bool = False
    rebuild: bool = False

    def load(self) -> Config:
        """The configuration. Raises ConfigError."""
        return load_config(self.config_path, self.extract_root)

    def workspace(self) -> Workspace:
        """The folder of the run."""
        return Workspace(self.out.resolve(), self.load())
