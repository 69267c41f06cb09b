"""Where synthetic people live: LSOAs whose published decile is the person's own."""

import numpy as np
import polars as pl

from mltc.paths import CODELISTS
from mltc.synthetic.places import make_places
from mltc.synthetic.residence import DECILES, LSOAS, draw_residences, make_neighbourhoods

NEWER = pl.read_csv(CODELISTS / "geography" / "imd2025_lsoa21.csv")
OLDER = pl.read_csv(CODELISTS / "geography" / "imd2019_lsoa11.csv")
LOOKED_UP = pl.concat([NEWER, OLDER.join(NEWER, on="lsoa_code", how="anti")])


def places(seed: int = 1):
    return make_places(np.random.default_rng(seed), 20_000)


def test_every_lsoa_is_real_and_stands_once():
    residences = places().residences
    assert residences.codes.n_unique() == len(residences.codes)
    assert residences.inside == residences.pcns * DECILES * LSOAS
    found = residences.codes.to_frame().join(LOOKED_UP, on="lsoa_code", how="left")
    assert found["imd_decile"].null_count() == 0


def test_a_person_lives_in_an_lsoa_of_the_own_decile():
    chosen = places()
    random = np.random.default_rng(2)
    decile, pcn = random.integers(1, 11, 5_000), random.integers(0, chosen.residences.pcns, 5_000)
    codes, given = draw_residences(random, chosen.residences, pcn, decile)
    frame = pl.DataFrame({"lsoa_code": codes, "decile": decile, "given": given})
    known = frame.drop_nulls("lsoa_code").join(LOOKED_UP, on="lsoa_code", how="left")
    assert (known["decile"] == known["imd_decile"]).all()
    assert frame.filter(pl.col("lsoa_code").is_null())["given"].all()  # else nobody could say the decile
    assert 0.005 < codes.null_count() / 5_000 < 0.03  # 1.5 % by design
    own = make_neighbourhoods(chosen.residences, chosen.organisation)
    outside = known.join(own, on="lsoa_code", how="anti").height / known.height
    assert 0.01 < outside < 0.05  # 2.5 % by design


def test_the_same_seed_gives_the_same_places_and_neighbourhoods_name_each_lsoa_once():
    one, other = places(), places()
    assert one.residences.codes.equals(other.residences.codes)
    own = make_neighbourhoods(one.residences, one.organisation)
    assert own["lsoa_code"].n_unique() == own.height
    assert set(own["sub_icb"]) <= set(one.organisation["sub_icb"])
    assert set(own["icb"]) == {"QZZ"}
