"""SQL models: one select per file, folder = layer = schema, order read from the SQL itself."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

from mltc.errors import ConfigError
from mltc.paths import SQL
from mltc.warehouse.protocol import Parameter, Warehouse

# Data flows one way: a model reads its own layer and the layers before it. Layers on one line are equals: a frailty
# band is a condition of one definition, and a comorbidity score is a weighting of the register.
LAYERS = (
    ("codelist",),
    ("raw",),
    ("meta",),
    ("staging",),
    ("register", "scores"),
    ("history",),
    ("coverage",),
    ("utilisation",),
    ("features",),
    ("clusters",),
    ("risk",),
    ("needs",),
    ("planning",),
    ("cohort",),
    ("marts",),
)
_GATHERED = re.compile(r"^-- Gathered: each table (?P<stem>\w+_)<key>", re.MULTILINE)
RANKS = {layer: rank for rank, layers in enumerate(LAYERS) for layer in layers}


@dataclass(frozen=True)
class SqlModel:
    """One file `sql/<layer>/<table>.sql`."""

    layer: str
    table: str
    sql: str

    @property
    def name(self) -> str:
        """Schema-qualified table name."""
        return f"{self.layer}.{self.table}"

    @property
    def is_view(self) -> bool:
        """Whether it is kept as a view, and its rows are not stored twice.

        Staging is the rows of raw that count. Any other model says so in its head, in a line that begins `A view:`.
        """
        return self.shows_raw or any(line.startswith("-- A view: ") for line in self.sql.splitlines())

    @property
    def shows_raw(self) -> bool:
        """Whether it is a view over raw: its fingerprint is of its rows, so that the same rows change nothing."""
        return self.layer == "staging" and any(name.startswith("raw.") for name in self.reads)

    @cached_property
    def _parsed(self) -> tuple[frozenset[str], frozenset[str]]:
        from sqlglot import exp, parse
        from sqlglot.errors import ParseError

        try:
            statements = [statement for statement in parse(self.sql, read="duckdb") if statement]
        except ParseError as error:
            found = error.errors[0]
            raise ConfigError(
                f"sql/{self.layer}/{self.table}.sql line {found['line']}: {found['description']}"
            ) from None
        if len(statements) != 1 or not isinstance(statements[0], exp.Query):
            raise ConfigError(f"sql/{self.layer}/{self.table}.sql must hold one select.")
        statement = statements[0]
        reads = {f"{table.db}.{table.name}" for table in statement.find_all(exp.Table) if table.db}
        binds = {marker.name for marker in statement.find_all(exp.Placeholder, exp.Parameter)}
        return frozenset(reads), frozenset(binds)

    @property
    def reads(self) -> frozenset[str]:
        """Schema-qualified tables that the select reads."""
        return self._parsed[0]

    @property
    def binds(self) -> frozenset[str]:
        """Names of the values that the select binds."""
        return self._parsed[1]


def load_models(folder: Path = SQL) -> dict[str, SqlModel]:
    """All SQL models by name. Raises ConfigError for a folder that is not a layer."""
    return dict(_load_shipped()) if folder == SQL else _load(folder)


@cache
def _load_shipped() -> dict[str, SqlModel]:
    """Our own models do not change while we run, and to take them apart takes seconds."""
    return _load(SQL)


def _load(folder: Path) -> dict[str, SqlModel]:
    models = [
        SqlModel(path.parent.name, path.stem, path.read_text(encoding="utf-8"))
        for path in sorted(folder.glob("*/*.sql"))
    ]
    strangers = sorted({model.layer for model in models} - RANKS.keys())
    if strangers:
        raise ConfigError(f"sql/{strangers[0]}/ is not a layer (layers: {', '.join(RANKS)}).")
    return {model.name: _gather(model, models) for model in models}


def _gather(model: SqlModel, models: Iterable[SqlModel]) -> SqlModel:
    """A model whose head says `Gathered: each table <stem>_<key>` with its select once for every such table.

    `<stem>_each` stands for each model `<stem>_<key>` of its layer and `'each'` for the key, so that one more is only
    one more file. Any other model is given back as it is.
    """
    found = _GATHERED.search(model.sql)
    if not found:
        return model
    stem = found["stem"]
    keys = sorted(each.table.removeprefix(stem) for each in models if each.name.startswith(f"{model.layer}.{stem}"))
    if not keys:
        raise ConfigError(f"sql/{model.layer}/{model.table}.sql gathers {stem}*.sql, and there is none.")
    head = [line for line in model.sql.splitlines() if line.startswith("--")]
    select = "\n".join(line for line in model.sql.splitlines() if not line.startswith("--"))
    parts = [select.replace(f"{stem}each", f"{stem}{key}").replace("'each'", f"'{key}'") for key in keys]
    return SqlModel(model.layer, model.table, "\n".join([*head, "\nunion all\n".join(parts), ""]))


def order_models(models: Mapping[str, SqlModel]) -> list[SqlModel]:
    """Models in an order in which each is built after all that it reads.

    Raises ConfigError for a cycle or for a model that reads from a later layer.
    """
    for model in models.values():
        _check_direction(model)
    graph = {name: sorted(model.reads & models.keys()) for name, model in sorted(models.items())}
    try:
        names = list(TopologicalSorter(graph).static_order())
    except CycleError as error:
        raise ConfigError(f"SQL models read each other in a circle: {' -> '.join(error.args[1])}.") from None
    return [models[name] for name in names]


def _check_direction(model: SqlModel) -> None:
    for name in sorted(model.reads):
        layer = name.split(".", maxsplit=1)[0]
        if layer not in RANKS or RANKS[layer] > RANKS[model.layer]:
            raise ConfigError(f"{model.name} reads {name}, which is not of its own or an earlier layer.")


def build_models(
    warehouse: Warehouse,
    layers: Iterable[str],
    parameters: Mapping[str, Parameter],
    progress: Callable[[str], None] | None = None,
    models: Mapping[str, SqlModel] | None = None,
    *,
    keep: bool = False,
) -> dict[str, int]:
    """Build every model of the given layers in order; rows built by table name.

    With `keep`, a table that was made from the same text, values and tables as now is left as it is, and is not in
    what is given back. Raises ConfigError where a model binds a value that `parameters` lacks.
    """
    wanted = set(layers)
    built = {}
    for model in order_models(models or load_models()):
        if model.layer not in wanted:
            continue
        missing = sorted(model.binds - parameters.keys())
        if missing:
            raise ConfigError(f"{model.name} binds ${missing[0]}, which the run does not give.")
        bound = {name: parameters[name] for name in sorted(model.binds)}
        made_from = warehouse.made.of_model(model.sql, model.reads, bound) if keep and not model.shows_raw else ""
        if made_from and warehouse.made.find(model.name) == made_from:
            continue
        if progress:
            progress(model.name)
        if model.is_view:
            warehouse.build_view(model.name, model.sql)
        else:
            built[model.name] = warehouse.build(model.name, model.sql, bound)
        if made_from:
            warehouse.made.note(model.name, made_from)
    return built
