"""The folder of an ICB: the last good warehouse and releases, and the place where the next are built beside.

DIR/warehouse.duckdb      the last good warehouse
DIR/run.json              what made it
DIR/runs.jsonl            every run that was begun, and how it ended
DIR/earlier/<run>/        warehouses and run.json of earlier months, as many as [retention] keeps
DIR/release/<run>/        releases, one per index month; release/runs/ is the history of runs
DIR/models/<outcome>/     fitted models by version, and which of them was in force in which month
DIR/data_docs/<run>/      Data Docs: what the gate found on the extracts of the last good run of that month
DIR/stopped/              run.json and Data Docs of a run that was stopped since; the next good run removes it
DIR/.build/               the run at work; `commit.json` in it marks a run whose swap has begun
"""

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from mltc.config import Config
from mltc.errors import ConfigError, LockedError
from mltc.landing import clear_landing
from mltc.retention import keep_earlier
from mltc.warehouse import DuckDBWarehouse, open_warehouse

COMMIT_FILE = "commit.json"


@dataclass(frozen=True)
class Workspace:
    """Paths of one run of one ICB."""

    out: Path
    config: Config

    @property
    def build_folder(self) -> Path:
        """Where the run at work writes."""
        return self.out / ".build"

    @property
    def build_release(self) -> Path:
        """Release folder of the run at work."""
        return self.build_folder / "release" / self.config.run.name

    @property
    def landing(self) -> Path:
        """Where what is pulled from databases, stores and archives lies until the run is committed."""
        return self.out / "landing" / self.config.run.name

    @property
    def build_models(self) -> Path:
        """Registry of models of the run at work: all months, since a run looks at what earlier ones left."""
        return self.build_folder / "models"

    @property
    def build_docs(self) -> Path:
        """Data Docs of the run at work."""
        return self.build_folder / "data_docs" / self.config.run.name

    @property
    def docs(self) -> Path:
        """Data Docs of the last good run of this index month."""
        return self.out / "data_docs" / self.config.run.name

    @property
    def stopped(self) -> Path:
        """What is left of a run that was stopped after the last good one."""
        return self.out / "stopped"

    @property
    def models(self) -> Path:
        """Registry of models that the last good run left."""
        return self.out / "models"

    @property
    def warehouse(self) -> Path:
        """The last good warehouse."""
        return self.out / "warehouse.duckdb"

    @property
    def release(self) -> Path:
        """The last good release of this index month."""
        return self.out / "release" / self.config.run.name

    @property
    def run_file(self) -> Path:
        """What made the last good warehouse."""
        return self.out / "run.json"

    def previous_release(self) -> Path | None:
        """The latest release of an earlier month; a run that is repeated must not look at itself."""
        names = sorted(path.name for path in (self.out / "release").glob("*-*") if path.is_dir())
        earlier = [name for name in names if name < self.config.run.name]
        return self.out / "release" / earlier[-1] if earlier else None

    def open_build(self) -> DuckDBWarehouse:
        """The warehouse of the run at work, for writing."""
        engine = self.config.engine
        return open_warehouse(
            self.build_folder / "warehouse.duckdb", memory_limit=engine.memory_limit, threads=engine.threads
        )

    def open_last(self) -> DuckDBWarehouse | None:
        """The last good warehouse, read-only; None before the first run."""
        return open_warehouse(self.warehouse, read_only=True) if self.warehouse.exists() else None

    def start_build(self) -> None:
        """Empty build folder; a swap that a killed run had begun is finished first."""
        self.finish_swap()
        try:
            shutil.rmtree(self.build_folder, ignore_errors=True)
            self.build_folder.mkdir(parents=True)
        except OSError as error:
            raise ConfigError(
                f"The folder {self.out} cannot be written ({type(error).__name__}). Choose another with --out."
            ) from None

    def commit(self) -> None:
        """Make the run at work the last good one. From the marker on, a kill is finished by the next run."""
        marker = self.build_folder / COMMIT_FILE
        clear_landing(self.out)
        marker.write_text(json.dumps({"run": self.config.run.name}), encoding="utf-8")
        self.finish_swap()

    def discard_build(self) -> None:
        """Remove what a run built that led nowhere: rows of persons must not lie about.

        A run whose swap has begun is left alone: the next one finishes it, and these are its files.
        """
        if not (self.build_folder / COMMIT_FILE).exists():
            shutil.rmtree(self.build_folder, ignore_errors=True)

    def finish_swap(self) -> None:
        """Move what a committed run built into place; does nothing without a commit marker. Safe to repeat."""
        marker = self.build_folder / COMMIT_FILE
        if not marker.exists():
            return
        name = json.loads(marker.read_text(encoding="utf-8"))["run"]
        for kind in (f"release/{name}", "models", f"data_docs/{name}"):
            _swap_folder(self.build_folder / kind, self.out / kind, self.build_folder / "replaced")
        if (self.build_folder / self.run_file.name).exists():
            shutil.rmtree(self.stopped, ignore_errors=True)
        self._keep_earlier(name)
        for file in (self.warehouse.name, self.run_file.name):
            built = self.build_folder / file
            if built.exists():
                built.replace(self.out / file)
        shutil.rmtree(self.build_folder, ignore_errors=True)

    def _keep_earlier(self, name: str) -> None:
        """Keep the warehouse that is about to be replaced, if it is of another month and earlier ones are kept."""
        is_replaced = (self.build_folder / self.warehouse.name).exists() and self.warehouse.exists()
        if not is_replaced or not self.config.retention.earlier_warehouses or not self.run_file.exists():
            return
        before = str(json.loads(self.run_file.read_text(encoding="utf-8"))["run"])
        if before != name:
            keep_earlier(self.out, before, (self.warehouse, self.run_file))


def _swap_folder(built: Path, place: Path, replaced: Path) -> None:
    if not built.exists():
        return
    if place.exists():
        shutil.rmtree(replaced, ignore_errors=True)
        place.rename(replaced)
    place.parent.mkdir(parents=True, exist_ok=True)
    built.rename(place)


@contextmanager
def hold_lock(out: Path) -> Iterator[None]:
    """Hold the folder for this process. Raises LockedError at once if another run holds it.

    A block within a block of the same process on the same folder is let through: the command takes the lock
    before it starts anything slow, and the flow takes it again, since a schedule starts the flow alone.
    """
    from filelock import FileLock, Timeout

    try:
        out.mkdir(parents=True, exist_ok=True)
        lock = FileLock(out.resolve() / ".lock", timeout=0, thread_local=False, is_singleton=True)
        lock.acquire()
    except Timeout:
        raise LockedError(
            f"Another run is at work in {out}. Wait until it ends, or give another folder with --out."
        ) from None
    except OSError as error:
        raise ConfigError(
            f"The folder {out} cannot be written ({type(error).__name__}). Choose another with --out."
        ) from None
    try:
        yield
    finally:
        lock.release()
