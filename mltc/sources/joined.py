"""What other files add, built once for a table and joined to every file of it."""

from dataclasses import dataclass, field

from mltc.warehouse import Warehouse, read_value


@dataclass
class JoinedFiles:
    """Temporary tables by the select that made them: months of one feed share their look-ups."""

    warehouse: Warehouse
    tables: dict[str, str] = field(default_factory=dict)

    def keep(self, select: str) -> str:
        """Name of a temporary table with the rows of `select`. Raises EngineError."""
        if select not in self.tables:
            name = f"joined_{len(self.tables)}"
            self.warehouse.execute(f"create or replace temporary table {name} as {select}")
            self.tables[select] = name
        return self.tables[select]

    def keep_latest(self, select: str, keys: str, order: str) -> str:
        """The same with one row per key, the first by `order`; most files have no more, and are not sorted."""
        every = self.keep(select)
        count = f"select count(*) = count(distinct row({keys})) as is_unique from {every}"
        if read_value(self.warehouse, count):
            return every
        ranked = f"select *, row_number() over (partition by {keys} order by {order}) as version from {every}"
        return self.keep(f"select * exclude (version) from ({ranked}) where version = 1")

    def clear(self) -> None:
        """Drop them."""
        for name in self.tables.values():
            self.warehouse.execute(f"drop table if exists {name}")
        self.tables.clear()
