"""Checklists: every item is declared once, answered from a card, or left to the ICB in so many words."""

import json
import runpy
from pathlib import Path
from types import SimpleNamespace

import pytest

from mltc.checklists import load_checklists
from mltc.errors import CodelistError
from models.card import build_card
from models.checklists import collect_facts, fill_checklist
from models.intended_purpose import FOR_THE_ICB

card_drawn = SimpleNamespace(**runpy.run_path(str(Path(__file__).with_name("test_models_card.py"))))
MANIFEST = card_drawn.MANIFEST | {"held_out_practices": ["A1", "A2"], "sample": {"maximum_persons": 200_000}}


@pytest.fixture(scope="module")
def card():
    performance, subgroups = card_drawn.draw_tables()
    return build_card(
        MANIFEST, performance, subgroups, decision="Chosen because.", leakage_check="None found.", population="Us"
    )


@pytest.fixture(scope="module")
def filled(card):
    facts = collect_facts(card, MANIFEST)
    return {each.key: fill_checklist(each, facts) for each in load_checklists()}


def answer(filled, key, number):
    return next(each for each in filled[key]["items"] if each["number"] == number)


def test_the_lists_have_the_numbers_that_were_published():
    tripod = next(each for each in load_checklists() if each.key == "tripod_ai")
    probast = next(each for each in load_checklists() if each.key == "probast_ai")
    # 27 items, with their parts 52
    assert len(tripod.item) == 52
    assert list(dict.fromkeys(each.number.rstrip("abcdefg") for each in tripod.item)) == [str(n) for n in range(1, 28)]
    # 16 questions on development and 18 on evaluation, and two verdicts
    starts = [each.number[0] for each in probast.item]
    assert (starts.count("D"), starts.count("E"), starts.count("V")) == (16, 18, 2)


def test_answers_come_from_the_card(filled):
    found = answer(filled, "tripod_ai", "21")
    # 12,347 and 1,002 to the nearest five
    assert found["answer"].startswith("Training 12,345 and 1,000, test 4,005 and ")
    assert found["answered_by"] == "run"
    assert "12,347" not in json.dumps(filled) and "1,002" not in json.dumps(filled)
    assert answer(filled, "probast_ai", "E1.2")["answer"].startswith("A cohort of 2025-10-01 in 2 practices")
    assert "None found." in answer(filled, "tripod_ai", "9b")["answer"]
    assert "imd_quintile 1: risks are too low" in answer(filled, "tripod_ai", "14")["answer"]


def test_what_no_run_can_answer_is_left_to_the_icb_and_counted(filled):
    for checklist in filled.values():
        left = [each for each in checklist["items"] if each["answer"] == FOR_THE_ICB]
        assert checklist["left_to_icb"] == len(left) > 0
        assert {each["answered_by"] for each in left} == {"ICB"}
    assert answer(filled, "tripod_ai", "17")["answer"] == FOR_THE_ICB
    assert answer(filled, "probast_ai", "V.E")["answered_by"] == "ICB"


def test_a_fact_that_a_run_lacks_leaves_its_items_to_the_icb(card):
    bare = card | {"data": card["data"] | {"population": FOR_THE_ICB}}
    tripod = next(each for each in load_checklists() if each.key == "tripod_ai")
    before, after = (fill_checklist(tripod, collect_facts(each, MANIFEST)) for each in (card, bare))
    assert after["left_to_icb"] > before["left_to_icb"]
    assert after["items"][0]["answer"] == FOR_THE_ICB


def test_no_answer_is_left_with_a_gap(filled):
    text = json.dumps(filled)
    assert "{" not in "".join(each["answer"] for checklist in filled.values() for each in checklist["items"])
    assert "None," not in text and "nan" not in text


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('by = "icb"\nanswer = "yes"', "an answer is asked for unless"),
        ('by = "method"', "an answer is asked for unless"),
        ('by = "method"\nanswer = "{model_name}"', "by = 'run' needs"),
        ('by = "run"\nanswer = "plain"', "by = 'run' needs"),
    ],
)
def test_an_item_that_contradicts_itself_is_refused(tmp_path, line, said):
    text = 'key = "a"\ntitle = "A"\nsource = "B"\nchecked = "C"\n[[item]]\nnumber = "1"\nsection = "S"\nitem = "I"\n'
    (tmp_path / "a.toml").write_text(text + line + "\n", encoding="utf-8")
    with pytest.raises(CodelistError, match=said):
        load_checklists(tmp_path)


def test_an_item_stands_once(tmp_path):
    item = '[[item]]\nnumber = "1"\nsection = "S"\nitem = "I"\nby = "icb"\n'
    (tmp_path / "a.toml").write_text(
        'key = "a"\ntitle = "A"\nsource = "B"\nchecked = "C"\n' + 2 * item, encoding="utf-8"
    )
    with pytest.raises(CodelistError, match="item 1 stands there more than once"):
        load_checklists(tmp_path)


def test_the_card_states_its_purpose(card):
    purpose = card["intended_use"]
    assert purpose["output"].startswith("A probability")
    assert "MHRA" in purpose["medical_device_note"] and "DCB0160" in purpose["clinical_safety_note"]
    for left in ("medical_device_status", "clinical_safety_case", "quality_assurance_log", "responsible_clinician"):
        assert purpose[left] == FOR_THE_ICB
