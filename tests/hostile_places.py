"""Names of places that a page, a spreadsheet, a query or a file system could take for something else than text."""

from pathlib import Path

import polars as pl

FORMULA = '=HYPERLINK("x")'
SCRIPT = "<script>alert(1)</script>"
PATH = "../../x"
NAMES = (FORMULA, SCRIPT, PATH)
ICB = f"{SCRIPT} {FORMULA}"


def make_hostile(folder: Path) -> None:
    """Rename the places of an extract folder: practices, networks, places, and one practice by its very code.

    The first practice gets the code `../../x` in every file, and the last network the code `=HYPERLINK("x")`.
    """
    organisations = pl.read_parquet(folder / "organisation.parquet")
    codes = organisations["practice_code"].unique(maintain_order=True).to_list()
    networks = organisations["pcn_code"].unique(maintain_order=True).to_list()
    names = {code: NAMES[number % 3] for number, code in enumerate(codes)}
    network_names = {code: NAMES[(number + 1) % 3] for number, code in enumerate(networks)}
    organisations.with_columns(
        name=pl.col("practice_code").replace_strict(names),
        pcn_name=pl.col("pcn_code").replace_strict(network_names),
        place=pl.lit(PATH),
        neighbourhood=pl.lit(FORMULA),
        supplier=pl.lit(SCRIPT),
        pcn_code=pl.col("pcn_code").replace({networks[-1]: FORMULA}),
    ).write_parquet(folder / "organisation.parquet")
    neighbourhoods = pl.read_parquet(folder / "neighbourhood_lsoa.parquet")
    neighbourhoods.with_columns(
        neighbourhood=pl.when(pl.int_range(pl.len()) % 2 == 0).then(pl.lit(SCRIPT)).otherwise(pl.lit(FORMULA))
    ).write_parquet(folder / "neighbourhood_lsoa.parquet")
    for path in sorted(folder.glob("*.parquet")):
        frame = pl.read_parquet(path)
        if "practice_code" in frame.columns:
            frame.with_columns(pl.col("practice_code").replace({codes[0]: PATH})).write_parquet(path)
    config = folder / "mltc.toml"
    text = config.read_text(encoding="utf-8").replace('name = "Synthetic ICB"', f"name = '{ICB}'")
    config.write_text(text, encoding="utf-8", newline="\n")
