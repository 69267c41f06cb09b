"""The engine seam: everything that a pipeline asks of its database, and nothing about which one it is."""

from mltc.warehouse.duckdb_engine import DuckDBWarehouse, open_warehouse
from mltc.warehouse.protocol import EngineError, Parameter, Warehouse, read_value, require_tables
from mltc.warehouse.scratch import LAST, attach_last, attached_columns, open_scratch
from mltc.warehouse.sql_model import SqlModel, build_models, load_models, order_models

__all__ = [
    "LAST",
    "DuckDBWarehouse",
    "EngineError",
    "Parameter",
    "SqlModel",
    "Warehouse",
    "attach_last",
    "attached_columns",
    "build_models",
    "load_models",
    "open_scratch",
    "open_warehouse",
    "order_models",
    "read_value",
    "require_tables",
]
