"""The folder of an ICB: the last good warehouse and releases, and the place where the next are built beside.

DIR/warehouse.duckdb      the last good warehouse
DIR/run.json              what made it
DIR/runs.jsonl            every run that was begun, and how it ended
DIR/audit.jsonl           who did what with the data of persons, each line holding the hash of the one before
DIR/earlier/<run>/        warehouses and run.json of earlier months, as many as [retention] keeps
DIR/release/<run>/        releases, one per index month; release/runs/ is the history of runs
DIR/models/<outcome>/     fitted models by version, and which of them was in force in which month
DIR/data_docs/<run>/      Data Docs: what the gate found on the extracts of the last good run of that month
DIR/stopped/              run.json and Data Docs of a run that was stopped since; the next good run removes it
DIR/damaged/<when>/       a last good warehouse that could not be read any more, with its run.json
DIR/.build/               the run at work; `commit.json` in it marks a run whose swap has begun
"""

import json
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from mltc.config import Config
from mltc.damaged import describe_loss, is_whole, set_aside
from mltc.encryption import Encryption, is_encrypted
from mltc.errors import ConfigError, DiskFullError, LockedError, MltcError, ResourceError
from mltc.landing import clear_landing
from mltc.private_files import close_to_others, open_folder, writing_privately
from mltc.retention import keep_earlier
from mltc.warehouse import DuckDBWarehouse, check_library, describe_full, is_full, open_warehouse

COMMIT_FILE = "commit.json"
_MONTH = re.compile(r"\d{4}-\d{2}")


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

    @property
    def encryption(self) -> Encryption | None:
        """Keys of the warehouse that a run writes; None where [engine] names none. Raises ConfigError."""
        place = self.config.key_place
        return place.read() if place else None

    def check_encryption(self) -> None:
        """Raise ConfigError where the warehouse is to be encrypted, and there is no key or no library for it."""
        if encryption := self.encryption:
            check_library(encryption)

    def open_build(self) -> DuckDBWarehouse:
        """The warehouse of the run at work, for writing."""
        engine = self.config.engine
        return open_warehouse(
            self.build_folder / "warehouse.duckdb",
            memory_limit=engine.memory_limit,
            threads=engine.threads,
            encryption=self.encryption,
        )

    def open_last(self) -> DuckDBWarehouse | None:
        """The last good warehouse, read-only; None before the first run."""
        if not self.warehouse.exists():
            return None
        # The run that turns encryption on reads a last one that is not encrypted.
        encryption = self.encryption if is_encrypted(self.warehouse) else None
        return open_warehouse(self.warehouse, read_only=True, encryption=encryption)

    def start_run(self) -> None:
        """Everything before the first extract is read: the last good state is looked at, the build folder is empty."""
        self.check_encryption()
        self.recover()
        self.start_build()
        self._refuse_small_disk()

    def recover(self) -> None:
        """Finish a swap that a killed run had begun, and set a last warehouse aside that cannot be read.

        Whoever asks for the last run afterwards finds a whole one, or none: everything is then built as by a first
        run, and `last_loss` says so.
        """
        self.finish_swap()
        if self.warehouse.exists() and not is_whole(self.warehouse, self.run_file):
            set_aside(self.out, self.warehouse, self.run_file)

    def last_loss(self) -> str | None:
        """What the run at work lacks because the last warehouse was damaged; None where it lacks nothing."""
        return describe_loss(self.out, self.warehouse)

    def _refuse_small_disk(self) -> None:
        """The next warehouse is built beside the last one, and will hardly be smaller."""
        need = self.warehouse.stat().st_size if self.warehouse.exists() else 0
        free = shutil.disk_usage(self.out).free
        if free < need:
            raise ResourceError(
                f"The disk of {self.out} has {free >> 20:,} MiB free. A run builds the next warehouse beside the last "
                f"one, which takes {need >> 20:,} MiB. Free disk space, or choose another folder with --out."
            )

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
        self._refuse_unflushed()
        clear_landing(self.out)
        self._write_marker()
        self.finish_swap()

    def _refuse_unflushed(self) -> None:
        """The engine closes a warehouse without a word when it has no room to write it to its end."""
        if (self.build_folder / f"{self.warehouse.name}.wal").exists():
            raise ResourceError(describe_full(self.build_folder))

    def _write_marker(self) -> None:
        """Whole or not at all, and on the disk before anything is moved: a marker is what the next run goes by."""
        marker = self.build_folder / COMMIT_FILE
        beside = marker.with_suffix(".partial")
        with beside.open("w", encoding="utf-8") as file:
            file.write(json.dumps({"run": self.config.run.name}))
            file.flush()
            os.fsync(file.fileno())
        beside.replace(marker)

    def _read_marker(self) -> str | None:
        """The month of a swap that has begun; None where none has, also where the marker is no marker."""
        name = read_run(self.build_folder / COMMIT_FILE)
        return name if name and _MONTH.fullmatch(name) else None

    def discard_build(self) -> None:
        """Remove what a run built that led nowhere: rows of persons must not lie about.

        A run whose swap has begun is left alone: the next one finishes it, and these are its files.
        """
        if not (self.build_folder / COMMIT_FILE).exists():
            shutil.rmtree(self.build_folder, ignore_errors=True)

    def finish_swap(self) -> None:
        """Move what a committed run built into place; does nothing without a commit marker. Safe to repeat."""
        name = self._read_marker()
        if name is None:
            return
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
        if not is_replaced or not self.config.retention.earlier_warehouses:
            return
        before = self._name_last()
        if before and before != name:
            keep_earlier(self.out, before, (self.warehouse, self.run_file))

    def _name_last(self) -> str | None:
        """Month of the last good run, by its record or, where that cannot be read, by its warehouse."""
        if name := read_run(self.run_file):
            return name
        try:
            with open_warehouse(self.warehouse, read_only=True) as last:
                query = "select strftime(index_date, '%Y-%m') as run from meta.index_date where role = 'current'"
                return str(last.read(query).item())
        except (MltcError, ValueError):
            return None  # nobody can say what it is, so that nobody could ask for it


def read_run(path: Path) -> str | None:
    """The month that a commit marker or a run.json is of; None where there is none, or it cannot be read."""
    try:
        return str(json.loads(path.read_text(encoding="utf-8"))["run"])
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None


def _swap_folder(built: Path, place: Path, replaced: Path) -> None:
    if not built.exists():
        return
    if place.exists():
        shutil.rmtree(replaced, ignore_errors=True)
        place.rename(replaced)
    if place.parent.name == "release":
        open_folder(place.parent)
    else:
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
        with writing_privately():
            close_to_others(out)
            yield
    except DiskFullError:
        raise ResourceError(describe_full(out)) from None
    except OSError as error:
        if is_full(error):
            raise ResourceError(describe_full(out)) from None
        raise
    finally:
        lock.release()
