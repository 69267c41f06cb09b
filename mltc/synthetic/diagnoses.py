"""Ordered ICD-10 lists, written as each provider writes them."""

import numpy as np
import polars as pl

from mltc.synthetic.arrays import Bools, Floats, Ints
from mltc.synthetic.chunk import Chunk
from mltc.synthetic.journal import choose_codes

MOST_DIAGNOSES = 20  # HES holds 20 diagnosis columns


def draw_diagnoses(
    random: np.random.Generator, chunk: Chunk, person: Ints, day: Ints, primary: pl.Series, main: Ints, recall: Floats
) -> pl.DataFrame:
    """Diagnoses of each (person, day): `primary`, then the person's conditions as far as the coder wrote them down.

    main is the condition that `primary` stands for (-1 for none), which is not listed again. recall is the
    chance that each condition is written; it broadcasts to (rows, conditions). Columns owner (the row), code and
    condition (-1 for none), by owner in the order of writing.
    """
    active: Bools = chunk.find_active(person, day)
    active &= random.random(active.shape) < recall
    rows = np.flatnonzero(main >= 0)
    active[rows, main[rows]] = False
    owner, condition = np.nonzero(active)
    codes = choose_codes(random, chunk.facts.icd10, condition, 0.85)
    order = random.random(len(owner))
    frame = pl.DataFrame({"owner": owner, "order": order, "code": codes, "condition": condition})
    first = pl.DataFrame({"owner": np.arange(len(person)), "order": -1.0, "code": primary, "condition": main})
    listed = pl.concat([first, frame]).sort("owner", "order")
    written = listed.unique(["owner", "code"], keep="first", maintain_order=True)
    place = pl.int_range(pl.len()).over("owner")
    return written.filter(place < MOST_DIAGNOSES).drop("order")


def gather_lists(diagnoses: pl.DataFrame) -> pl.Series:
    """One list of codes per owner of `draw_diagnoses`."""
    return diagnoses.group_by("owner", maintain_order=True).agg("code")["code"]


def style_codes(diagnoses: pl.Series, provider: Ints) -> pl.Series:
    """Provider 0 drops the X filler, provider 1 fills three-character codes with X, provider 2 writes a dot."""
    frame = pl.DataFrame({"row": np.arange(len(diagnoses)), "provider": provider, "code": diagnoses})
    long = frame.explode("code")
    bare = pl.col("code").str.strip_suffix("X")
    filled = pl.when(bare.str.len_chars() == 3).then(bare + "X").otherwise(bare)
    dotted = pl.when(bare.str.len_chars() > 3).then(bare.str.head(3) + "." + bare.str.slice(3)).otherwise(bare)
    styled = pl.when(pl.col("provider") == 1).then(filled).when(pl.col("provider") == 2).then(dotted).otherwise(bare)
    return long.with_columns(styled.alias("code")).group_by("row", maintain_order=True).agg("code")["code"]
