"""Whatever happens to a file on its way, it loads with every row accounted for, or is refused in words of ours.

Refused means an error of `mltc.errors` that holds nothing of a person. Rows are also counted by Python's own CSV
reader, so that a row that the engine loses on reading is seen.
"""

import csv
import io
import json
import logging
import os
import shutil
import unicodedata
from collections import Counter
from dataclasses import dataclass
from functools import cache
from itertools import dropwhile
from pathlib import Path
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mutations import CANARIES, CANONICAL, EMIS, ENDINGS, FILE_NAMES, FRAMES, TEXT, mutate_frame, mutate_text

from mltc import intake
from mltc.codelists import load_codelists
from mltc.config import Config, load_config
from mltc.contract import load_contract
from mltc.dialect.mapping import NULL_TOKENS
from mltc.errors import GateFailure, MltcError
from mltc.lawful import check_stated
from mltc.quality import build_row_account, check_row_account, exclude_rows, load_rules
from mltc.quality.rules import select_rules
from mltc.quality.supplied import read_supplied, write_supplied
from mltc.reference import write_reference
from mltc.sources import ExtractFile, load_extract
from mltc.sources.oddities import translation
from mltc.sources.record import columns_frame, feeds_frame, files_frame
from mltc.warehouse import EngineError, build_models, load_models, open_warehouse
from mltc.workspace import Workspace

HEAD = """
[icb]
name = "A"
code = "QAA"
synthetic = true
[run]
index_date = 2026-10-01
[gate]
maximum_quarantined_share = 1.0
"""
# Each table costs time; these are what the rules of every other table ask for.
ALWAYS = ("person", "gp_event", "opt_out")
EMIS_TABLES = ("person", "gp_event")
LOADED = "loaded"


@dataclass(frozen=True)
class Delivery:
    """One file of a small delivery and what happens to it."""

    layout: str
    file: str
    kinds: list[str]
    name: str
    seed: int


@st.composite
def deliveries(draw):
    """A canonical file as CSV or Parquet, or one of an EMIS delivery, with one to four mutations."""
    layout = draw(st.sampled_from(["csv", "csv", "csv", "csv", "parquet", "emis"]))
    file = draw(st.sampled_from(sorted(EMIS if layout == "emis" else CANONICAL)))
    known = [*sorted(FRAMES), "bit flipped", "cut short", "nothing", "gzip"] if layout == "parquet" else sorted(TEXT)
    kinds = draw(st.lists(st.sampled_from(known), min_size=1, max_size=4))
    name = "x.parquet" if layout == "parquet" else draw(st.sampled_from(FILE_NAMES))
    if draw(st.integers(0, 15)) == 0:
        name = "x" + draw(st.sampled_from((*ENDINGS, ".csv")))
    return Delivery(layout, file, kinds, name, draw(st.integers(0, 2**32 - 1)))


class Bench:
    """One warehouse in memory, with all that does not change from one delivery to the next."""

    def __init__(self) -> None:
        self.outcomes: Counter[str] = Counter()
        self.counted = 0
        self.open()

    def open(self) -> None:
        """A new warehouse; also after a fault by which the engine gives up the old one."""
        self.warehouse = open_warehouse(Path(":memory:"), threads=1)
        # For tables of six rows, optimising the plans is half of the time.
        self.warehouse.execute("pragma disable_optimizer")
        self.warehouse.execute("create schema kept")
        write_reference(self.warehouse, load_codelists())
        self.kept: dict[str, list[ExtractFile]] = {}
        for table in load_contract():
            load_extract(self.warehouse, Config.model_construct(), table, Path())

    def load(self, config: Config, folder: Path, mutated: str | None) -> list[ExtractFile]:
        """Files read; canonical tables that are as they were drawn are read once and copied from then on."""
        files = []
        for table in dict.fromkeys((*ALWAYS, mutated)) if mutated else EMIS_TABLES:
            if mutated and table != mutated and table in self.kept:
                self.warehouse.execute(f"create or replace table raw.{table} as from kept.{table}")
                files += self.kept[table]
                continue
            loaded = load_extract(self.warehouse, config, table, folder / "landing")
            files += loaded
            if mutated and table != mutated:
                self.warehouse.execute(f"create table kept.{table} as from raw.{table}")
                self.kept[table] = loaded
        return files

    def run(self, folder: Path, mutated: str | None) -> list[ExtractFile]:
        """Everything from the files to the account, but for Great Expectations; the files read."""
        config = load_config(folder / "mltc.toml")
        check_stated(config)
        files = self.load(config, folder, mutated)
        self.warehouse.write("meta.extract_file", files_frame(files))
        self.warehouse.write("meta.source_column", columns_frame(files))
        self.warehouse.write("meta.source_table", feeds_frame(config, files))
        write_supplied(self.warehouse, {file.table for file in files})
        tables = read_supplied(self.warehouse)
        intake.prepare_rows(self.warehouse, config, tables)
        exclude_rows(self.warehouse, config, rules_of(tuple(tables)), config.run.index_date)
        build_models(self.warehouse, ["staging"], {}, models=staging_of(tuple(tables)))
        build_row_account(self.warehouse, tables)
        return files


@cache
def rules_of(tables):
    written = {table: load_rules(load_contract()[table], 0.05) for table in tables}
    return select_rules(written)[0]


@cache
def staging_of(tables):
    names = {f"staging.{table}" for table in tables}
    return {name: model for name, model in load_models().items() if name in names}


def write_delivery(folder: Path, delivery: Delivery) -> bytes:
    """The files and the configuration; what the mutated file holds."""
    random = Random(delivery.seed)  # noqa: S311 - nothing here is secret
    if delivery.layout == "emis":
        content = mutate_text(EMIS[delivery.file], delivery.kinds, random)
        for key, text in EMIS.items():
            name = f"291_{key}_20260901_A.csv"
            name = str(Path(delivery.name).with_name(name)) if key == delivery.file else name
            path = folder / "delivery" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content if key == delivery.file else text.encode())
        feed = f'[feed.gp]\ndialect = "emis_bulk"\nroot = "delivery"\ntables = {json.dumps(EMIS_TABLES)}\n'
        (folder / "mltc.toml").write_text(
            f'{HEAD}[lawful]\nopt_outs_applied_upstream = "synthetic people"\n{feed}', encoding="utf-8"
        )
        return content
    is_parquet = delivery.layout == "parquet"
    content = (mutate_frame if is_parquet else mutate_text)(CANONICAL[delivery.file], delivery.kinds, random)
    sources = ""
    for table in dict.fromkeys((*ALWAYS, delivery.file)):
        text = CANONICAL[table]
        name = delivery.name if table == delivery.file else f"{table}.csv"
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if table == delivery.file else text.encode())
        sources += f"[source.{table}]\npath = {json.dumps(name, ensure_ascii=False)}\n"
    (folder / "mltc.toml").write_text(HEAD + sources, encoding="utf-8")
    return content


# What is taken off the ends of a cell. A line end or tab there is part of the cell, for the rules to judge.
SPACES = "".join(chr(code) for code in range(0x3001) if unicodedata.category(chr(code)) == "Zs")


def read_rows(content: bytes) -> list[list[str]] | None:
    """Lines of a plain CSV that hold anything, header first, by Python's own reader; None where it has no say."""
    try:
        text = content.decode("utf-8-sig")
        if text.startswith(("sep=", '"sep=')) or "\0" in text:
            return None
        plain = text.translate(translation(",|"))
        rows = [
            [cell.strip(SPACES) for cell in row] for row in csv.reader(io.StringIO(plain, newline=None), strict=True)
        ]
    except (UnicodeDecodeError, csv.Error):
        return None
    rows = [row for row in rows if len(row) > 1 or not is_blank(row)]
    return list(dropwhile(is_blank, rows))


def is_blank(row: list[str]) -> bool:
    return not any(cell.strip() for cell in row)


def check_delivery(bench: Bench, folder: Path, delivery: Delivery) -> str:
    """What became of the delivery; fails where a row is lost or an error says too much."""
    content = write_delivery(folder, delivery)
    try:
        files = bench.run(folder, delivery.file if delivery.layout != "emis" else None)
    except MltcError as error:
        message = str(error)
        assert not any(canary in message.casefold() for canary in CANARIES), message
        assert "\n" not in message
        assert not isinstance(error, EngineError), message
        assert error.__cause__ is None
        if "FatalException" in message:
            bench.open()
        return type(error).__name__
    check_row_account(bench.warehouse)
    check_rows(bench, delivery, content, files)
    return LOADED


def check_rows(bench: Bench, delivery: Delivery, content: bytes, files: list[ExtractFile]) -> None:
    """As many rows as Python sees, with the same keys: but for the header, and for titles and notes around them."""
    mutated = [file for file in files if file.file == delivery.name]
    rows = read_rows(content)
    if delivery.layout != "csv" or not mutated or not rows:
        return
    bench.counted += 1
    titles = 2 * delivery.kinds.count("titles")
    read = mutated[0].rows_in_file
    assert len(rows) - 1 - titles <= read <= len(rows) - 1, (len(rows), read)
    if titles:
        return
    key = next(name for name, column in load_contract()[delivery.file].columns.items() if column.required)
    place = [name.strip().casefold() for name in rows[0]].index(key)
    seen = [row[place] if place < len(row) else "" for row in rows[1:]][: read - mutated[0].footer_rows]
    kept = bench.warehouse.read(
        f"select {key} from raw.{delivery.file} where _source_row <= {len(seen)} order by _source_row"
    )
    assert [None if cell in NULL_TOKENS else cell for cell in seen] == kept[key].to_list()


@pytest.fixture(scope="module")
def bench():
    return Bench()


@pytest.fixture
def judge(bench, tmp_path, caplog):
    """Run one delivery in a folder of its own, and look at the logs too."""
    caplog.set_level(logging.DEBUG)

    def run(delivery: Delivery) -> None:
        folder = tmp_path / "delivery"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        bench.outcomes[check_delivery(bench, folder, delivery)] += 1
        assert not any(canary in caplog.text.casefold() for canary in CANARIES)
        caplog.clear()

    return run


def fuzzed(examples: int):
    """Settings of a run that is the same every time."""
    return settings(
        max_examples=examples,
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture, HealthCheck.data_too_large],
    )


@fuzzed(60)
@given(delivery=deliveries())
def test_a_mutated_file_loads_or_is_refused(judge, delivery):
    judge(delivery)


def test_a_total_of_all_columns_after_a_quoted_line_end(judge):
    """Found by the long run: the line end inside quotes shifted where the totals line was looked for."""
    judge(Delivery("csv", "gp_event", ["total of all columns", "quoted line end"], "x.csv", 0))


@pytest.mark.slow
@pytest.mark.timeout(7_200)
@fuzzed(int(os.environ.get("MLTC_FUZZ_FILES", "2000")))
@given(delivery=deliveries())
def test_thousands_of_mutated_files(judge, delivery):
    """MLTC_FUZZ_FILES=10000 is the long run of benchmarks/FAULTS.md."""
    judge(delivery)


@pytest.mark.slow
@pytest.mark.parametrize("kind", sorted(TEXT))
def test_each_mutation_of_text_alone(judge, kind):
    judge(Delivery("csv", "gp_event", [kind], "x.csv", 1))


@pytest.mark.slow
@pytest.mark.parametrize("kind", sorted(FRAMES))
def test_each_mutation_of_parquet_alone(judge, kind):
    judge(Delivery("parquet", "person", [kind], "x.parquet", 1))


WHOLE = (
    Delivery("csv", "person", ["date", "code of no list", "null token"], "it's.csv", 3),
    Delivery("csv", "person", ["dates of one kind"], "x.csv", 5),
    Delivery("csv", "person", ["unseen character", "row twice", "CRLF"], "é 😀.csv", 7),
    Delivery("csv", "gp_event", ["number", "null token", "person of no one"], "%s {batch} $x.csv", 12),
    Delivery("csv", "gp_event", ["true total", "titles", "utf-16"], "a{x,y}[1].csv", 13),
    Delivery("csv", "hospital_episode", ["scientific", "column emptied"], "code=9/person_id=1/x.csv", 17),
    Delivery("csv", "opt_out", ["header again", "row of delimiters"], "a;drop table raw.person.csv", 19),
    Delivery("csv", "organisation", ["cp1252 letter", "all quoted"], "x.CSV", 23),
    Delivery("parquet", "person", ["floats", "infinity"], "x.parquet", 29),
    Delivery("parquet", "gp_event", ["injected", "timestamps of a zone"], "x.parquet", 31),
)


@pytest.mark.slow
@pytest.mark.parametrize("delivery", WHOLE, ids=lambda delivery: "-".join(delivery.kinds))
def test_the_whole_gate_says_nothing_of_a_person(delivery, tmp_path, caplog):
    """Great Expectations and its Data Docs too: loaded and reconciled, or stopped by a rule."""
    caplog.set_level(logging.DEBUG)
    folder, docs = tmp_path / "delivery", tmp_path / "docs"
    folder.mkdir()
    write_delivery(folder, delivery)
    workspace = Workspace(tmp_path / "out", load_config(folder / "mltc.toml"))
    workspace.start_build()
    told, stopped = "", False
    files = [file for table in load_contract() for file in intake.read_table(workspace, table)]
    intake.record_extracts(workspace, files, load_codelists())
    results = intake.gate_extracts(workspace, docs)
    try:
        intake.refuse_failures(results)
        intake.stage_extracts(workspace)
    except GateFailure as error:
        told, stopped = str(error), True
    pages = "".join(page.read_text(encoding="utf-8") for page in docs.rglob("*.html"))
    assert pages
    for text in (told, results.write_csv(), pages, caplog.text):
        assert not any(canary in text.casefold() for canary in CANARIES)
    if not stopped:
        with workspace.open_build() as warehouse:
            check_row_account(warehouse)


@pytest.fixture(scope="module", autouse=True)
def print_figures(bench):
    """Figures of the module, which `pytest -s` and the report of a slow run show."""
    yield
    total = sum(bench.outcomes.values())
    shown = ", ".join(f"{name} {count}" for name, count in bench.outcomes.most_common())
    print(f"\n{total} mutated files: {shown}; rows of {bench.counted} counted by Python's reader too")  # noqa: T201 - what the run is for
