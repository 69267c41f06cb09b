"""The engine seam: everything that a pipeline asks of its database, and nothing about which one it is."""

from mltc.warehouse.duckdb_engine import DuckDBWarehouse, open_warehouse
from mltc.warehouse.protocol import EngineError, Parameter, Warehouse, read_value
from mltc.warehouse.sql_model import SqlModel, build_models, load_models, order_models

__all__ = [
    "DuckDBWarehouse",
    "EngineError",
    "Parameter",
    "SqlModel",
    "Warehouse",
    "build_models",
    "load_models",
    "open_warehouse",
    "order_models",
    "read_value",
]
