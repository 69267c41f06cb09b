"""Numbers for what is known by a text: concepts, care sites, providers, locations."""

import polars as pl


class Registry:
    """Gives each new text the next number; the same texts in the same order get the same numbers."""

    def __init__(self, first: int) -> None:
        self.first = first
        self.known = pl.DataFrame(schema={"key": pl.String, "id": pl.Int64})

    def number(self, keys: pl.Series) -> pl.Series:
        """Number of each text, null for none; new texts are numbered in alphabetical order."""
        wanted = pl.DataFrame({"key": keys.cast(pl.String)})
        new = wanted.drop_nulls().unique().join(self.known, on="key", how="anti").sort("key")
        start = self.first + len(self.known)
        numbered = new.with_columns(pl.int_range(start, start + len(new), dtype=pl.Int64, eager=True).alias("id"))
        self.known = pl.concat([self.known, numbered])
        return wanted.join(self.known, on="key", how="left", maintain_order="left")["id"]


class Counter:
    """Running numbers of one table."""

    def __init__(self) -> None:
        self.next = 1

    def take(self, count: int) -> pl.Series:
        """The next `count` numbers."""
        numbers = pl.int_range(self.next, self.next + count, dtype=pl.Int64, eager=True)
        self.next += count
        return numbers
