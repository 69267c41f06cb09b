"""Ordered ICD-10 lists, written as each provider writes them."""

import numpy as np
import polars as pl

from mltc.synthetic.arrays import Bools, Floats, Ints
from mltc.synthetic.gp_events import Chunk, choose_codes

MOST_DIAGNOSES = 20  # HES holds 20 diagnosis columns


def list_diagnoses(
    random: np.random.Generator, chunk: Chunk, person: Ints, day: Ints, primary: pl.Series, main: Ints, recall: Floats
) -> pl.Series:
    """One list per (person, day): `primary`, then the person's conditions as far as the coder wrote them down.

    main is the condition that `primary` stands for (-1 for none), which is not listed again. recall is the
    chance that each condition is written; it broadcasts to (rows, conditions).
    """
    onset = chunk.onset[person]
    active: Bools = (onset <= day[:, None]) & (random.random(onset.shape) < recall)
    rows = np.flatnonzero(main >= 0)
    active[rows, main[rows]] = False
    owner, condition = np.nonzero(active)
    codes = choose_codes(random, chunk.facts.icd10, condition, 0.85)
    frame = pl.DataFrame({"owner": owner, "order": random.random(len(owner)), "code": codes})
    first = pl.DataFrame({"owner": np.arange(len(person)), "order": -1.0, "code": primary})
    listed = pl.concat([first, frame]).sort("owner", "order").group_by("owner", maintain_order=True)
    return listed.agg(pl.col("code").unique(maintain_order=True).head(MOST_DIAGNOSES))["code"]


def style_codes(diagnoses: pl.Series, provider: Ints) -> pl.Series:
    """Provider 0 drops the X filler, provider 1 fills three-character codes with X, provider 2 writes a dot."""
    frame = pl.DataFrame({"row": np.arange(len(diagnoses)), "provider": provider, "code": diagnoses})
    long = frame.explode("code")
    bare = pl.col("code").str.strip_suffix("X")
    filled = pl.when(bare.str.len_chars() == 3).then(bare + "X").otherwise(bare)
    dotted = pl.when(bare.str.len_chars() > 3).then(bare.str.head(3) + "." + bare.str.slice(3)).otherwise(bare)
    styled = pl.when(pl.col("provider") == 1).then(filled).when(pl.col("provider") == 2).then(dotted).otherwise(bare)
    return long.with_columns(styled.alias("code")).group_by("row", maintain_order=True).agg("code")["code"]
