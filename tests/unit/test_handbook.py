"""The handbook: what a page says of a condition, what it counts, which codes it finds near, and that it is safe."""

import json
import re
import shutil
from collections.abc import Iterator
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import polars as pl
import pytest
from conftest import INDEX_DATE, draw
from handbook_drawn import FEEDS, PERSON, PREFIX, draw_codelists, mltc_id_of, write_register

from flows.steps.define import DefineRequest, check_folder, define
from mltc.codelists import Codelists
from mltc.disclosure.canary import scan_for_identifiers
from mltc.errors import ConfigError
from mltc.handbook.build import build_handbook, choose_condition
from mltc.handbook.entry import CodeCount, Entry, Handbook
from mltc.handbook.near import MINIMUM_PERSONS, block_of, read_blocks
from mltc.handbook.near_sql import SNOMED_LIFT
from mltc.handbook.page import render_handbook
from mltc.handbook.terms import share_word
from mltc.handbook.text import describe_entry
from mltc.warehouse import DuckDBWarehouse, open_warehouse

PERSONS = [row.split("|")[0].strip() for row in PERSON.strip().splitlines()[1:]]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("handbook")


@pytest.fixture(scope="module")
def codelists(folder: Path) -> Codelists:
    return draw_codelists(folder / "codelists")


@pytest.fixture(scope="module")
def register(folder: Path, codelists: Codelists) -> Iterator[DuckDBWarehouse]:
    with open_warehouse(folder / "warehouse.duckdb") as warehouse:
        write_register(warehouse, codelists)
        yield warehouse


@pytest.fixture(scope="module")
def book(folder: Path, codelists: Codelists, register: DuckDBWarehouse) -> Handbook:
    return build_handbook(
        codelists, codelists.parsed, register, area="NHS <b>Exampleshire</b>", folder=folder / "codelists"
    )


@pytest.fixture(scope="module")
def pages(book: Handbook) -> dict[str, str]:
    return render_handbook(book)


def entry_of(book: Handbook, key: str) -> Entry:
    return next(entry for entry in book.entries if entry.key == key)


def counts_of(entry: Entry) -> dict[str, CodeCount | None]:
    return {row.shown: row.count for item in entry.lists for row in item.rows}


def words(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page.rsplit("</style>", maxsplit=1)[-1]))


def test_codes_are_counted_in_registered_people_up_to_the_index_date(book: Handbook) -> None:
    # 230690007: held and late, whose event is before the index date though known later: the code is in the data.
    # I63*: held (I639). I61*: nothing (I619), whom it would add, since it does not count.
    assert counts_of(entry_of(book, "stroke")) == {
        "I63*": CodeCount(persons=1, events=1, only_persons=0),  # held has the SNOMED CT code too
        "230690007": CodeCount(persons=2, events=2, only_persons=1),  # late has no other
        "I61*": CodeCount(persons=1, events=1, only_persons=1),
    }


def test_medicines_resolved_codes_and_values_are_counted_too(book: Handbook) -> None:
    asthma = counts_of(entry_of(book, "asthma_treated"))
    assert asthma["0302*"] == CodeCount(persons=4, events=5, only_persons=4)  # held twice, passed, resolved, child
    assert asthma["162660004"] == CodeCount(persons=1, events=1, only_persons=1)
    assert asthma["195967001"] == CodeCount(persons=4, events=5, only_persons=4)  # held twice
    assert asthma["12428000"] == CodeCount(persons=1, events=1, only_persons=0)  # held has a counting code
    assert asthma["J45*"] == CodeCount(0, 0, 0)
    assert counts_of(entry_of(book, "kidney")) == {"80274001": CodeCount(persons=1, events=2, only_persons=1)}


def test_people_found_by_condition_source_and_part_of_the_rule(book: Handbook) -> None:
    stroke, asthma = entry_of(book, "stroke").found, entry_of(book, "asthma_treated").found
    assert stroke and asthma
    assert (stroke.persons, stroke.by_source) == (1, {"gp, hospital": 1})  # late is not known yet
    assert (asthma.persons, asthma.by_source) == (1, {"gp, prescription": 1})
    # Unresolved: held, passed, child. A medicine within 12 months: held, resolved, child.
    assert [(part.alternative, part.persons) for part in asthma.parts] == [(1, 3), (1, 3)]
    depression = entry_of(book, "depression").found
    assert depression and [(part.alternative, part.persons) for part in depression.parts] == [(1, 0), (2, 0)]
    assert entry_of(book, "gout").found is None  # not verified: counted nowhere


def test_feed_that_was_not_supplied_is_not_counted_as_zero(folder: Path, codelists: Codelists, tmp_path: Path) -> None:
    with open_warehouse(tmp_path / "warehouse.duckdb") as warehouse:
        write_register(warehouse, codelists, meta__feed=pl.DataFrame(FEEDS | {"has_gp_prescription": [False]}))
        found = build_handbook(codelists, codelists.parsed, warehouse, folder=folder / "codelists")
    asthma = counts_of(entry_of(found, "asthma_treated"))
    assert asthma["0302*"] is None and asthma["195967001"] is not None
    assert found.population and found.population.gaps == ["prescriptions"]
    assert "not counted: feed not supplied" in render_handbook(found)["conditions/asthma_treated.html"]


def test_icd10_codes_of_the_same_category_or_block_are_near(book: Handbook) -> None:
    near = {(item.code, item.why): item for item in entry_of(book, "asthma").near or ()}
    # J46 and J44 lie in block J40-J47 with J45; J44 is on the list of another condition.
    assert near[("J46", "same block J40-J47")].other_lists == []
    assert near[("J440", "same block J40-J47")].other_lists == ["copd"]
    stroke = entry_of(book, "stroke").near or ()
    assert "I619" not in {item.code for item in stroke}  # on the list, though not verified


def test_terms_that_share_a_word_are_near(book: Handbook) -> None:
    near = {item.code: item for item in entry_of(book, "asthma").near or ()}
    assert near["13645005"].why == 'its term has "asthmatic"'
    assert near["13645005"].other_lists == ["copd"]
    assert (near["13645005"].persons, near["13645005"].events) == (1, 1)


@pytest.mark.parametrize(
    ("name", "term", "word"),
    [
        ("Diabetes", "Diabetic retinopathy", "diabetic"),
        ("Asthma, currently treated", "Acute asthma", "asthma"),
        ("Chronic kidney disease", "Chronic lung disease", None),  # common words say nothing
        ("Heart failure", "Renal failure", None),
        ("Gout", "Gouty tophus", None),  # four letters against five: no stem in common
        ("Stroke", "History of stroke", "stroke"),
    ],
)
def test_words_that_two_terms_share(name: str, term: str, word: str | None) -> None:
    assert share_word(name, term) == word


def test_blocks_of_icd10() -> None:
    assert [block_of(category) for category in ("J45", "I63", "C61", "U99", "ZZZ")] == [
        "J40-J47",
        "I60-I69",
        "C60-C63",
        None,
        None,
    ]
    blocks = read_blocks()
    assert all(lower <= upper for _, lower, upper in blocks)
    assert all(first[2] < second[1] for first, second in pairwise(blocks))  # none overlaps


def test_lift_is_the_ratio_within_age_and_sex(warehouse: DuckDBWarehouse) -> None:
    # Old: 20 of 40 have the condition; 15 of them and 3 of the other 20 carry the code.
    # Young: 10 of 60 have it; 5 of them and 5 of the other 50 carry it.
    # Above: 15 * 20 / 40 + 5 * 50 / 60 = 7.5 + 4.1667; below: 3 * 20 / 40 + 5 * 10 / 60 = 1.5 + 0.8333; ratio 5.
    groups = [("old", 1, 1, 15), ("old", 1, 0, 5), ("old", 0, 1, 3), ("old", 0, 0, 17)]
    groups += [("young", 1, 1, 5), ("young", 1, 0, 5), ("young", 0, 1, 5), ("young", 0, 0, 45)]
    rows = [(band, has, carries) for band, has, carries, count in groups for _ in range(count)]
    frame = pl.DataFrame(rows, ["age_band", "has", "carries"], orient="row").with_row_index("number")
    frame = frame.with_columns(person_id=pl.col("number").cast(pl.String), sex=pl.lit(None, pl.String))
    event = frame.filter(pl.col("carries") == 1).select(
        "person_id", code=pl.lit("111"), code_system=pl.lit("snomed"), event_date=pl.lit(INDEX_DATE)
    )
    everyone = frame.select(
        "person_id", code=pl.lit("222"), code_system=pl.lit("snomed"), event_date=pl.lit(INDEX_DATE)
    )
    warehouse.write("register.person", frame.select("person_id", "age_band", "sex"))
    warehouse.write(
        "register.person_condition", frame.filter(pl.col("has") == 1).select("person_id", condition=pl.lit("gout"))
    )
    on_a_list = event.with_columns(code=pl.lit("333"))
    warehouse.write("staging.gp_event", pl.concat([event, event, everyone, on_a_list]))
    found = warehouse.read(
        SNOMED_LIFT,
        {
            "conditions": ["gout"],
            "index_date": INDEX_DATE,
            "minimum_persons": MINIMUM_PERSONS,
            "minimum_share_percent": 1.0,
            "minimum_ratio": 3.0,
            "maximum_share": 0.6,
            "listed": ["333"],
        },
    )
    [row] = found.iter_rows(named=True)  # neither the code that everyone carries, nor one that a list has
    assert (row["code"], row["persons"], row["events"]) == ("111", 28, 56)
    assert row["ratio"] == pytest.approx(5.0)
    assert row["share_percent"] == pytest.approx(100 * 20 / 30)


def test_unknown_condition_names_the_nearest(codelists: Codelists) -> None:
    with pytest.raises(ConfigError, match=r"no condition 'asthmaa'\. Nearest: asthma"):
        choose_condition(codelists, "asthmaa", None)
    with pytest.raises(ConfigError, match=r"in definition other.*Nearest: .*copd"):
        choose_condition(codelists, "copdd", "other")
    with pytest.raises(ConfigError, match="Known: stroke"):
        choose_condition(codelists, "zzzz", None)
    assert [item.key for item in choose_condition(codelists, "Asthma, currently treated", None)] == ["asthma_treated"]


def test_terminal_page_has_everything_to_check(book: Handbook) -> None:
    parts = list(describe_entry(entry_of(book, "asthma_treated"), book))
    text = "\n".join(part if isinstance(part, str) else part.write_csv() for part in parts)
    assert "Asthma, currently treated (asthma_treated)" in text
    assert (
        "Rule: Any asthma code ever, not resolved since, and any asthma medicine in the last 12 months; from age 6."
        in text
    )
    assert "Counted by: List of a paper (paper)." in text
    assert "Exact counts, small ones included" in text
    assert "People found: 1 of 8 registered on 1 October 2026 (12.5%)." in text
    assert "1: GP record and prescriptions" in text
    assert "12428000,Intrinsic asthma,SNOMED CT,NO: in one published list only,one list,1,1,0" in text
    assert "snomed/asthma.csv: drawn; version 1; licence: none needed; reviewed 2026-11-22; SHA-256 " in text
    assert "Codes near it that are not on the list" in text
    assert "SNOMED CT is copyright of SNOMED International" in text


def test_define_without_a_warehouse_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], folder: Path, codelists: Codelists
) -> None:
    assert codelists.version
    define(DefineRequest("stroke", tmp_path, codelists=folder / "codelists"))
    shown = capsys.readouterr().out
    assert "Rule: Any stroke code ever." in shown
    assert "there is no warehouse of a good run yet" in shown
    assert "only this code" not in shown and "near it" not in shown


def test_define_writes_pages_and_writes_them_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], folder: Path, register: DuckDBWarehouse
) -> None:
    register.execute("checkpoint")
    shutil.copy(register.path, tmp_path / "warehouse.duckdb")
    record = {"icb": "QZZ", "is_synthetic": True, "definition": "paper"}
    (tmp_path / "run.json").write_text(json.dumps(record), encoding="utf-8")
    request = DefineRequest(None, tmp_path, html=tmp_path / "pages", codelists=folder / "codelists")
    define(request)
    assert capsys.readouterr().out.strip() == str(tmp_path / "pages" / "index.html")
    first = {path.name: path.read_bytes() for path in (tmp_path / "pages").rglob("*.html")}
    assert b"Synthetic data: not real people." in first["stroke.html"]
    (tmp_path / "pages" / "conditions" / "gone.html").write_text("of an earlier list", encoding="utf-8")
    define(request)
    assert {path.name: path.read_bytes() for path in (tmp_path / "pages").rglob("*.html")} == first
    assert scan_for_identifiers(tmp_path / "pages", [PREFIX, *map(mltc_id_of, PERSONS)]) == []


def test_all_conditions_want_a_folder_that_is_free(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="--html"):
        define(DefineRequest(None, tmp_path))
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "index.html").write_text("mine", encoding="utf-8")
    with pytest.raises(ConfigError, match="holds something else"):
        check_folder(tmp_path / "mine", tmp_path)
    with pytest.raises(ConfigError, match="part of a release"):
        check_folder(tmp_path / "release" / "2026-10" / "handbook", tmp_path)
    check_folder(tmp_path / "new", tmp_path)


class PageReader(HTMLParser):
    """Tags in order, ids, links, and elements that were left open."""

    VOID = frozenset({"meta", "br", "link", "img", "hr"})

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.names: list[str] = []
        self.open: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.names += [name for name, _ in attrs]
        given = dict(attrs)
        self.ids += [given["id"] or ""] if "id" in given else []
        self.links += [given["href"] or ""] if tag == "a" else []
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open and self.open[-1] == tag, f"</{tag}> closes {self.open[-1:]}"
        self.open.pop()


def test_structure_of_every_page(pages: dict[str, str]) -> None:
    assert {"index.html", "lists.html", "conditions/stroke.html", "conditions/gout.html"} <= set(pages)
    for path, text in pages.items():
        page = PageReader(text)
        assert page.open == [], path
        assert text.startswith('<!doctype html>\n<html lang="en-GB">')
        assert page.tags.count("h1") == page.tags.count("main") == 1
        assert page.tags.count("caption") == page.tags.count("table") > 0
        assert len(page.ids) == len(set(page.ids)), path
        levels = [int(tag[1]) for tag in page.tags if re.fullmatch(r"h[1-6]", tag)]
        assert all(below - above <= 1 for above, below in pairwise(levels))
        assert not {"script", "link", "iframe", "img", "object", "form", "base"} & set(page.tags)
        assert not [name for name in page.names if name.startswith("on") or name in ("src", "style")]
        depth = path.count("/")
        for link in page.links:
            target = link.partition("#")[0]
            place = ("conditions/" + target if depth and not target.startswith("../") else target).removeprefix("../")
            assert place.removeprefix("conditions/../") in pages or not target, f"{path} links to {link}"


def test_same_handbook_gives_the_same_bytes(book: Handbook, pages: dict[str, str]) -> None:
    assert render_handbook(book) == pages


def test_every_definition_stands_side_by_side(pages: dict[str, str]) -> None:
    index = words(pages["index.html"])
    assert "Author A. A paper. Journal 2020;1:1" in index and "Chronic Lyme disease: no list" in index
    rows = re.findall(r"<tr[^>]*>.*?</tr>", pages["index.html"], flags=re.S)
    [stroke] = [row for row in rows if "conditions/stroke.html" in row]
    assert stroke.count(">counts<") == 2
    [gout] = [row for row in rows if "conditions/gout.html" in row]
    assert "not verified" in gout and ">counts<" not in gout and "named" in gout


def test_unverified_facts_are_marked(pages: dict[str, str]) -> None:
    page = pages["conditions/stroke.html"]
    [row] = re.findall(r'<tr class="off"><th scope="row" class="code">I61\*.*?</tr>', page, flags=re.S)
    assert 'class="tag unverified">no: in one published list only' in row
    assert "not verified: listed, counted nowhere" in words(pages["conditions/gout.html"])


def test_pages_say_where_they_may_be_used_and_whose_the_codes_are(
    pages: dict[str, str], folder: Path, codelists: Codelists
) -> None:
    for text in pages.values():
        assert "for use inside the secure setting only" in text
        assert "SNOMED CT is copyright of SNOMED International" in text
        assert "<b>Exampleshire</b>" not in text and "another <b>paper</b>" not in text
    bare = build_handbook(codelists, codelists.parsed, None, no_counts="Left out.", folder=folder / "codelists")
    for path, text in render_handbook(bare).items():
        assert "secure setting" not in text and "Left out." in text, path
        assert "Persons" not in words(text).replace("Persons and", ""), path


def test_registry_facts_stand_on_their_page(pages: dict[str, str], book: Handbook) -> None:
    text = words(pages["lists.html"])
    for facts in book.files:
        assert facts.path in text and facts.sha256 in text
    assert "none needed" in text and "2026-11-22" in text


def test_changed_lists_are_told_from_those_of_the_run(folder: Path, codelists: Codelists, tmp_path: Path) -> None:
    with open_warehouse(tmp_path / "warehouse.duckdb") as warehouse:
        write_register(warehouse, codelists)
        older = codelists.definitions.with_columns(
            version=pl.when(pl.col("definition") == "paper").then(pl.lit("000000000000")).otherwise("version")
        )
        warehouse.write("codelist.definition", older)
        found = build_handbook(codelists, codelists.parsed, warehouse, folder=folder / "codelists")
    assert found.population and found.population.changed == ["paper"]
    assert "These definitions have changed since the last run: paper." in render_handbook(found)["index.html"]


def test_drawn_people_are_the_ones_counted(register: DuckDBWarehouse) -> None:
    held = draw(
        """
        person_id | condition
        held      | asthma
        held      | asthma_treated
        held      | stroke
        child     | asthma
        kidneys   | copd
        passed    | copd
        """
    )
    found = register.read("select person_id, condition from register.person_condition")
    assert set(found.iter_rows()) == {(PREFIX + person, condition) for person, condition in held.iter_rows()}
