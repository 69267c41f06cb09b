"""Where practices belong and people live, by date. Index date 2026-10-01."""

from datetime import date

import polars as pl
import pytest
from conftest import draw

from mltc.codelists import load_codelists
from mltc.config import load_config
from mltc.contract import load_contract
from mltc.derive import build_parameters
from mltc.paths import CODELISTS, CONFIG
from mltc.quality import load_rules
from mltc.reference import _read_reference

SUB_ICB = """
    sub_icb | sub_icb_name | icb | icb_name | effective_from | effective_to
    06H     | C&P - 06H    | QUE | C and P  | 2022-07-01     | 2026-03-31
    06H     | East - 06H   | S1Y | East     | 2026-04-01     |
    15C     | Bristol      | QUY | Bristol  | 2022-07-01     |
    D4U     | Frimley      | QNQ | Frimley  | 2022-07-01     | 2026-03-31
"""
NO_SUCCESSION = "organisation_type | code | successor_code | kind | effective_from | effective_to"
NO_NATIONAL = "practice_code | practice_name | pcn_code | pcn_name | sub_icb | effective_from | effective_to"
FEED = "row_id | practice_code | name | pcn_code | pcn_name | place | neighbourhood | sub_icb | icb | effective_from | effective_to"


def build_periods(
    build, feed: str = FEED, national: str = NO_NATIONAL, succession: str = NO_SUCCESSION
) -> pl.DataFrame:
    return build(
        "register.organisation_period",
        {
            "staging.organisation": draw(feed, row_id=pl.Int64),
            "codelist.practice_to_pcn": draw(national),
            "codelist.sub_icb": draw(SUB_ICB),
            "register.registration": draw("practice_code \n A \n A \n B \n C"),
            "register.succession": draw(succession),
        },
    )


def test_later_start_wins_and_what_it_covered_comes_back(build):
    found = build_periods(
        build,
        FEED
        + """
        1 | A | Old   | P1 | | | | | QAA |            |
        2 | A | New   | P2 | | | | | QAA | 2024-04-01 | 2024-12-31
        3 | A | Newer | P3 | | | | | QAA | 2024-12-31 | 2025-03-31
        4 | B | Gap   | P1 | | | | | QAA | 2020-01-01 | 2021-12-31
        5 | B | Gap   | P2 | | | | | QAA | 2023-01-01 |
        6 | C | Back  | P1 | | | | | QAA | 2024-01-01 | 2023-01-01
        """,
    )
    assert found.select("practice_code", "pcn_code", "effective_from", "effective_to").sort(
        "practice_code", "effective_from", nulls_last=False
    ).rows() == [
        ("A", "P1", None, date(2024, 3, 31)),
        ("A", "P2", date(2024, 4, 1), date(2024, 12, 30)),  # on its own last day the later start holds
        ("A", "P3", date(2024, 12, 31), date(2025, 3, 31)),
        ("A", "P1", date(2025, 4, 1), None),
        ("B", "P1", date(2020, 1, 1), date(2021, 12, 31)),  # 2022 is a gap
        ("B", "P2", date(2023, 1, 1), None),
    ]  # C ends before it starts: no period


def test_national_list_fills_in_and_its_icb_changes_with_the_merger(build):
    national = (
        NO_NATIONAL
        + """
        A | Not asked for | X1 | | 15C | 2019-10-01 |
        B | Bee           | U1 | One | 06H | 2023-01-01 |
        Z | Of nobody     | U9 | | 15C | 2019-10-01 |
        """
    )
    found = build_periods(build, FEED + "\n 1 | A | Own | P1 | | | | | QAA | | ", national)
    columns = ("practice_code", "pcn_code", "icb", "hierarchy_source", "effective_from", "effective_to")
    assert found.select(columns).rows() == [
        ("A", "P1", "QAA", "feed", None, None),
        ("B", "U1", "QUE", "national", date(2023, 1, 1), date(2026, 3, 31)),
        ("B", "U1", "S1Y", "national", date(2026, 4, 1), None),
    ]


PERIOD = (
    "practice_code | practice_name | pcn_code | pcn_name | neighbourhood | place | sub_icb | icb | hierarchy_source"
    " | effective_from | effective_to"
)


def build_practice(build, periods: str, succession: str = NO_SUCCESSION, on: date = date(2026, 10, 1)) -> pl.DataFrame:
    drawn = draw(PERIOD + periods)
    return build(
        "register.practice",
        {
            "register.organisation_period": drawn,
            "register.registration": drawn.select("practice_code").unique().vstack(draw("practice_code \n U")),
            "register.succession": draw(succession),
            "codelist.sub_icb": draw(SUB_ICB),
        },
        hierarchy_date=on,
        icb_code="QAA",
        icb_name="Alpha ICB",
    )


def test_pcn_of_the_boundary_day_and_not_known_in_a_gap(build):
    periods = """
        A | Ash | P1 | One | N1 | L1 | 15C | QUY | feed | 2020-01-01 | 2026-09-30
        A | Ash | P2 | Two | N2 | L1 | 15C | QUY | feed | 2026-10-01 |
        B | Bay | P1 | One | N1 | L1 | 15C |     | feed | 2020-01-01 | 2026-09-30
    """
    columns = ("practice_code", "pcn_code", "pcn_name", "sub_icb", "icb", "icb_name", "hierarchy_source")
    assert build_practice(build, periods).select(columns).rows() == [
        ("A", "P2", "Two", "15C", "QUY", "Bristol", "feed"),
        ("B", "not known", "PCN not known", "15C", "QUY", "Bristol", "not known"),  # its commissioner stays
        ("U", "not known", "PCN not known", "not known", "not known", "not known", "not known"),
    ]
    assert build_practice(build, periods, on=date(2026, 9, 30)).select(columns).rows()[:2] == [
        ("A", "P1", "One", "15C", "QUY", "Bristol", "feed"),
        ("B", "P1", "One", "15C", "QUY", "Bristol", "feed"),
    ]


def test_back_cast_tells_an_older_run_in_the_newer_codes(build):
    periods = """
        A | Ash | P1 | | | | 06H | QUE | feed     | 2020-01-01 |
        B | Bay | P1 | | | |     | QUE | feed     | 2020-01-01 |
        D | Day | P4 | | | | D4U | QNQ | national | 2020-01-01 |
        E | Elm | P5 | | | |     | QAA | feed     | 2020-01-01 | 2026-03-31
    """
    succession = (
        NO_SUCCESSION
        + """
        icb      | QUE | S1Y | merger | 2026-04-01 |
        icb      | QNQ |     | split  | 2026-04-01 |
        sub_icb  | D4U |     | split  | 2026-04-01 |
        practice | E   | A   | merger | 2026-04-01 |
        """
    )
    columns = ("practice_code", "hierarchy_practice_code", "pcn_code", "sub_icb", "icb", "icb_name")
    before = build_practice(build, periods, succession, on=date(2026, 3, 31))
    assert before.select(columns).rows()[:4] == [
        ("A", "A", "P1", "06H", "QUE", "C and P"),
        ("B", "B", "P1", "not known", "QUE", "C and P"),
        ("D", "D", "P4", "D4U", "QNQ", "Frimley"),
        ("E", "E", "P5", "not known", "QAA", "Alpha ICB"),
    ]
    after = build_practice(build, periods, succession, on=date(2026, 4, 1))
    assert after.select(columns).rows()[:4] == [
        ("A", "A", "P1", "06H", "S1Y", "East"),  # by its sub-ICB location
        ("B", "B", "P1", "not known", "S1Y", "East"),  # by the one successor
        ("D", "D", "P4", "not known", "not known", "not known"),  # Frimley was split three ways: nothing says which
        ("E", "A", "P1", "06H", "S1Y", "East"),  # merged into A: where A is
    ]
    assert after.filter(practice_code="E")["practice_name"].item() == "Elm"


def build_succession(build, own: str, national: str = "") -> pl.DataFrame:
    header = "organisation_type | code | successor_code | effective_date | kind"
    return build(
        "register.succession",
        {
            "staging.organisation_succession": draw(header + own),
            "codelist.organisation_succession": draw(header.replace("kind", "kind | verified") + national),
        },
    )


def test_succession_follows_chains_and_refuses_splits(build):
    found = build_succession(
        build,
        """
        practice | A | B | 2024-04-01 | merger
                 | B | C | 2025-04-01 | merger
        practice | D |   | 2025-01-01 | closure
        practice | E | F | 2025-01-01 | split
        practice | E | G | 2025-01-01 | split
        practice | H | I | 2025-01-01 | merger
        practice | I | H | 2025-01-01 | merger
        icb      | Q | R | 2026-04-01 | merger
        """,
        """
        icb      | Q | X | 2026-04-01 | merger | yes
        icb      | S | T | 2026-04-01 | merger | yes
        icb      | V | W | 2026-04-01 | merger | no
        """,
    )
    assert found.filter(pl.col("code").is_in(["H", "I"])).height == 2  # a circle ends
    rest = found.filter(~pl.col("code").is_in(["H", "I"])).sort("organisation_type", "code", "effective_from")
    assert rest.select("code", "successor_code", "kind", "effective_from", "effective_to").rows() == [
        ("Q", "R", "merger", date(2026, 4, 1), None),  # the ICB's own word before the national one
        ("S", "T", "merger", date(2026, 4, 1), None),  # V is not verified
        ("A", "B", "merger", date(2024, 4, 1), date(2025, 3, 31)),
        ("A", "C", "merger", date(2025, 4, 1), None),
        ("B", "C", "merger", date(2025, 4, 1), None),
        ("D", None, "closure", date(2025, 1, 1), None),
        ("E", None, "split", date(2025, 1, 1), None),
    ]


def test_people_of_a_closed_practice_count_at_its_successor(build):
    found = build(
        "register.observation",
        {
            "meta.index_date": draw("role | index_date \n current | 2026-10-01 \n validation | 2025-10-01"),
            "staging.person": draw("person_id | birth_date \n merged | 1960-01-01 \n closed | 1960-01-01"),
            "register.death": draw("person_id | death_date \n nobody | 2020-01-01"),
            "register.registration": draw(
                """
                person_id | practice_code | registered_from | registered_to
                merged    | A             | 2000-01-01      |
                closed    | C             | 2000-01-01      |
                """
            ),
            "register.succession": draw(
                NO_SUCCESSION
                + """
                practice | A | B | merger  | 2025-10-02 |
                practice | C |   | closure | 2025-01-01 |
                """
            ),
        },
    )
    assert found.select("index_date", "person_id", "practice_code", "succeeded_from").rows() == [
        (date(2025, 10, 1), "closed", "C", None),
        (date(2025, 10, 1), "merged", "A", None),  # the day before the merger
        (date(2026, 10, 1), "closed", "C", None),  # no successor: stays where it was
        (date(2026, 10, 1), "merged", "B", "A"),
    ]


AREA_TABLES = {
    "codelist.imd2019_lsoa11": draw(
        "lsoa_code | imd_decile \n E01000001 | 9 \n E01000002 | 3 \n E01000004 | 4", imd_decile=pl.Int64
    ),
    "codelist.imd2025_lsoa21": draw(
        "lsoa_code | imd_decile \n E01000001 | 8 \n E01000003 | 2 \n E01000004 | 4", imd_decile=pl.Int64
    ),
    "codelist.lsoa_2011_sub_icb": draw("lsoa_code | sub_icb \n E01000001 | 06H \n E01000002 | 15C \n E01000004 | D4U"),
    "codelist.sub_icb": draw(SUB_ICB),
}
ADDRESS = "row_id | person_id | lsoa_code | imd_decile | is_care_home | address_from | address_to"


def build_geography(
    build, person: str, address: str = ADDRESS, own_area: str = "", on: date = date(2026, 10, 1)
) -> pl.DataFrame:
    columns = "row_id | lsoa_code | neighbourhood | sub_icb | icb | effective_from | effective_to"
    return build(
        "register.person_geography",
        AREA_TABLES
        | {
            "staging.person": draw("person_id | lsoa_code | imd_decile | is_care_home" + person, imd_decile=pl.Int64),
            "staging.address": draw(address, row_id=pl.Int64, imd_decile=pl.Int64).with_columns(
                pl.col("address_from", "address_to").str.to_date("%Y-%m-%d")
            ),
            "staging.neighbourhood_lsoa": draw(columns + own_area, row_id=pl.Int64),
            "register.succession": draw(NO_SUCCESSION + "\n sub_icb | D4U | | split | 2026-04-01 |"),
        },
        hierarchy_date=on,
    )


def test_lsoa_of_one_vintage_of_both_and_of_wales(build):
    found = build_geography(
        build,
        """
        both   | E01000001 | |
        only11 | E01000002 | |
        only21 | E01000003 | |
        wales  | W01000001 | |
        none   |           | |
        """,
    )
    columns = ("person_id", "lsoa_2011_code", "lsoa_2021_code", "imd_2019_decile", "imd_2025_decile", "resident_icb")
    assert found.select(columns).rows() == [
        ("both", "E01000001", "E01000001", 9, 8, "S1Y"),
        ("none", None, None, None, None, "not known"),
        ("only11", "E01000002", None, 3, None, "QUY"),
        ("only21", None, "E01000003", None, 2, "not known"),
        ("wales", None, None, None, None, "not known"),
    ]


def test_address_that_counts_on_the_day(build):
    found = build_geography(
        build,
        """
        start   | E01000002 | 7 | no
        length  | E01000002 | 7 |
        known   | E01000002 | 7 |
        row     | E01000002 | 7 |
        moved   | E01000002 | 7 |
        """,
        ADDRESS
        + """
        1 | start  | E01000001 |   |     | 2020-01-01 |
        2 | start  | E01000003 | 5 | yes | 2026-10-01 | 2026-10-01
        3 | length | E01000001 |   |     | 2020-01-01 | 2027-01-01
        4 | length | E01000003 |   |     | 2020-01-01 |
        5 | known  |           |   |     | 2020-01-01 |
        6 | known  | E01000003 |   |     | 2020-01-01 |
        7 | row    | E01000003 |   |     | 2020-01-01 |
        8 | row    | E01000001 |   |     | 2020-01-01 |
        9 | moved  | E01000003 |   |     | 2020-01-01 | 2026-09-30
        """,
    )
    assert found.select("person_id", "lsoa_code", "given_decile", "is_care_home").rows() == [
        ("known", "E01000003", None, None),  # one whose LSOA is known
        ("length", "E01000003", None, None),  # the open one
        ("moved", "E01000002", 7, None),  # none on the day: what the person table says
        ("row", "E01000003", None, None),
        ("start", "E01000003", 5, True),  # first and last day count; the decile goes with its address
    ]


def test_residence_by_own_look_up_then_national_and_frimley_is_not_guessed(build):
    person = "\n own | E01000003 | | \n part | E01000002 | | \n national | E01000001 | | \n frimley | E01000004 | |"
    own = """
        1 | E01000003 | North | ZZA | QAA |            |
        2 | E01000003 | South | ZZB | QAA | 2026-10-02 |
        3 | E01000002 | West  |     |     | 2020-01-01 |
    """
    columns = ("person_id", "resident_neighbourhood", "resident_sub_icb", "resident_icb")
    assert build_geography(build, person, own_area=own).select(columns).rows() == [
        ("frimley", "not known", "not known", "not known"),
        ("national", "not known", "06H", "S1Y"),
        ("own", "North", "ZZA", "QAA"),
        ("part", "West", "15C", "QUY"),
    ]
    before = build_geography(build, person, own_area=own, on=date(2026, 3, 31))
    assert before.select("person_id", "resident_icb").rows()[:2] == [("frimley", "QNQ"), ("national", "QUE")]


@pytest.mark.parametrize(
    ("vintage", "expected"),
    [
        ("2025", [("both", "IMD 2025", 8, 4), ("given", "given", 1, 1), ("none", "not known", None, None)]),
        ("2019", [("both", "IMD 2019", 9, 5), ("given", "given", 1, 1), ("none", "not known", None, None)]),
    ],
)
def test_given_decile_then_chosen_vintage_then_the_other(build, vintage, expected):
    """Quintile = ceil(decile / 2): 8 gives 4, 9 gives 5, 1 gives 1."""
    found = build(
        "register.person_deprivation",
        {
            "register.person_geography": draw(
                """
                person_id | lsoa_code | given_decile | imd_2019_decile | imd_2025_decile | is_care_home
                both      | E01000001 |              | 9               | 8               |
                given     | E01000001 | 1            | 9               | 8               |
                none      |           |              |                 |                 |
                only11    | E01000002 |              | 3               |                 |
                only21    | E01000003 |              |                 | 2               |
                """,
                given_decile=pl.Int64,
                imd_2019_decile=pl.Int64,
                imd_2025_decile=pl.Int64,
            )
        },
        imd_vintage=vintage,
    )
    rows = found.select("person_id", "imd_source", "imd_decile", "imd_quintile").rows()
    assert rows == [*expected, ("only11", "IMD 2019", 3, 2), ("only21", "IMD 2025", 2, 1)]


@pytest.mark.parametrize("table", ["person", "address"])
def test_gate_counts_given_deciles_that_neither_vintage_has(warehouse, table):
    for name in ("codelist.imd2019_lsoa11", "codelist.imd2025_lsoa21"):
        warehouse.write(name, AREA_TABLES[name])
    rows = draw(
        """
        _row_id | lsoa_code | imd_decile
        1       | E01000001 | 9
        2       | E01000001 | 8
        3       | E01000001 | 7
        4       | E01000003 | 9
        5       | W01000001 | 1
        6       | E01000001 |
        7       |           | 1
        """,
        _row_id=pl.Int64,
        imd_decile=pl.Int64,
    ).with_columns(_dropped=pl.lit(None, pl.String))
    warehouse.write(f"raw.{table}", rows)
    [rule] = [rule for rule in load_rules(load_contract()[table], 0.05) if rule.rule == "imd_decile_agrees_with_lsoa"]
    found = warehouse.read(f"{rule.query(f'raw.{table}', table, date(2026, 10, 1))} order by 1")
    assert rule.level == "warn"
    assert found["_row_id"].to_list() == [3, 4]  # 9 is IMD 2019's, 8 IMD 2025's; of the rest nothing can be said


def test_published_counts_of_the_reference_files():
    """MHCLG: 32,844 LSOAs in the indices of 2019 and 33,755 in those of 2025, in tenths; 42 ICBs, 36 since April 2026."""
    older = _read_reference(CODELISTS / "geography" / "imd2019_lsoa11.csv")
    newer = _read_reference(CODELISTS / "geography" / "imd2025_lsoa21.csv")
    assert (older["lsoa_code"].n_unique(), newer["lsoa_code"].n_unique()) == (32_844, 33_755)
    for frame in (older, newer):
        counts = frame["imd_decile"].value_counts().sort("imd_decile")
        assert counts["imd_decile"].to_list() == list(range(1, 11))
        assert counts["count"].max() - counts["count"].min() == 1
    areas = _read_reference(CODELISTS / "geography" / "lsoa_2011_sub_icb.csv")
    assert set(areas["lsoa_code"]) == set(older["lsoa_code"])
    sub_icb = _read_reference(CODELISTS / "geography" / "sub_icb.csv")
    now = sub_icb.filter(pl.col("effective_to").is_null())
    then = sub_icb.filter(pl.col("effective_from") == date(2022, 7, 1))
    assert (then["icb"].n_unique(), now["icb"].n_unique()) == (42, 36)
    assert set(areas["sub_icb"]) == set(then["sub_icb"])
    assert then.height == 106


def test_icb_mergers_agree_with_where_the_sub_icb_locations_went():
    """Two statements of April 2026: the succession of the ICBs, and the ICB that each sub-ICB location is in since."""
    sub_icb = _read_reference(CODELISTS / "geography" / "sub_icb.csv")
    succession = _read_reference(CODELISTS / "geography" / "organisation_succession.csv")
    ended = sub_icb.filter(pl.col("effective_to") == date(2026, 3, 31))
    begun = sub_icb.filter(pl.col("effective_from") == date(2026, 4, 1))
    moved = {(row[0], row[1]) for row in ended.join(begun, on="sub_icb").select("icb", "icb_right").iter_rows()}
    icbs = succession.filter(organisation_type="icb")
    stated = {(row[0], row[1]) for row in icbs.select("code", "successor_code").iter_rows()}
    assert stated - moved == {("QNQ", "QRL"), ("QNQ", "S0E4D"), ("QNQ", "S9B9J")}  # Frimley went by LSOA
    assert not moved - stated
    assert icbs["code"].n_unique() == 12
    assert len(set(icbs["successor_code"]) - set(then_codes(sub_icb))) == 6


def then_codes(sub_icb: pl.DataFrame) -> list[str]:
    return sub_icb.filter(pl.col("effective_from") == date(2022, 7, 1))["icb"].to_list()


def test_hierarchy_date_and_vintage_come_from_the_configuration(tmp_path):
    text = (CONFIG / "demo.toml").read_text(encoding="utf-8")
    changed = text.replace("[run]\n", '[run]\nhierarchy_date = 2027-04-01\nimd_vintage = "2019"\n')
    given = []
    for name, content in {"as_it_is": text, "changed": changed}.items():
        (tmp_path / f"{name}.toml").write_text(content, encoding="utf-8")
        found = build_parameters(load_config(tmp_path / f"{name}.toml"), load_codelists(), "a secret of the ICB")
        given.append((found["index_date"], found["hierarchy_date"], found["imd_vintage"]))
    assert given == [
        (date(2026, 10, 1), date(2026, 10, 1), "2025"),  # the index date where nothing else is said
        (date(2026, 10, 1), date(2027, 4, 1), "2019"),
    ]
