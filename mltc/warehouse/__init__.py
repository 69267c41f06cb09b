"""The engine seam: everything that a pipeline asks of its database, and nothing about which one it is."""

from mltc.warehouse.duckdb_engine import DuckDBWarehouse, open_warehouse
from mltc.warehouse.faults import describe_full, is_full
from mltc.warehouse.made import MADE, combine
from mltc.warehouse.opening import check_library, is_written_with, use_encrypted
from mltc.warehouse.protocol import EngineError, Parameter, Warehouse, read_value, require_tables
from mltc.warehouse.scratch import LAST, attach_last, attached_columns, open_scratch
from mltc.warehouse.sql_model import SqlModel, build_models, load_models, order_models
from mltc.warehouse.trace import tracing

__all__ = [
    "LAST",
    "MADE",
    "DuckDBWarehouse",
    "EngineError",
    "Parameter",
    "SqlModel",
    "Warehouse",
    "attach_last",
    "attached_columns",
    "build_models",
    "check_library",
    "combine",
    "describe_full",
    "is_full",
    "is_written_with",
    "load_models",
    "open_scratch",
    "open_warehouse",
    "order_models",
    "read_value",
    "require_tables",
    "tracing",
    "use_encrypted",
]
