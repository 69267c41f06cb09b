"""Lawful basis and permitted use: what is refused, in which words, and that no output can forget a feed."""

import re
from pathlib import Path

import polars as pl
import pytest

from flows.steps.notes import describe_lawful
from mltc.config import load_config
from mltc.errors import ConfigError, GateFailure
from mltc.lawful import check_permitted, check_stated, expand_uses, load_lawful_use, read_tables_of
from mltc.paths import CONFIG, ROOT
from mltc.warehouse import load_models
from mltc.warehouse.sql_model import RANKS

CONFIGURED = """
[icb]
name = "A"
code = "QAA"
synthetic = {synthetic}
[run]
index_date = 2026-10-01
[lawful]
opt_outs_applied_upstream = "by the sender, DSA-0000"
{lawful}
[source.person]
path = "person.csv"
{agreement}
[source.organisation]
path = "organisation.csv"
[source.hospital_episode]
path = "apc.csv"
{agreement}
{more}
"""
AGREEMENT = 'lawful_basis = "DSA-0000"\npermitted_use = ["commissioning", "risk_stratification", "direct_care"]'


def configure(folder: Path, synthetic="false", lawful="", agreement=AGREEMENT, more=""):
    path = folder / "c.toml"
    text = CONFIGURED.format(synthetic=synthetic, lawful=lawful, agreement=agreement, more=more)
    path.write_text(text, encoding="utf-8")
    return load_config(path)


def refusal(function, *arguments, kind: type[Exception]) -> str:
    with pytest.raises(kind) as caught:
        function(*arguments)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_real_data_need_a_stated_basis_and_use(tmp_path):
    check_stated(configure(tmp_path))
    told = refusal(check_stated, configure(tmp_path, agreement=""), kind=ConfigError)
    assert told.startswith("[source.person], [source.hospital_episode]: lawful_basis or permitted_use is missing.")
    assert "known uses: needs_assessment, commissioning, secondary_use, risk_stratification, direct_care" in told
    told = refusal(check_stated, configure(tmp_path, agreement='permitted_use = ["commissioning"]'), kind=ConfigError)
    assert "lawful_basis or permitted_use is missing" in told


def test_synthetic_data_need_none(tmp_path):
    check_stated(configure(tmp_path, synthetic="true", agreement=""))


def test_an_unknown_use_is_refused_by_name(tmp_path):
    wrong = 'lawful_basis = "DSA-0000"\npermitted_use = ["comissioning"]'
    for synthetic in ("true", "false"):
        told = refusal(check_stated, configure(tmp_path, synthetic, agreement=wrong), kind=ConfigError)
        assert "[source.person] 'comissioning'" in told
        assert "known: needs_assessment, commissioning" in told


SOCIAL_CARE = f'[source.social_care_event]\npath = "cld.csv"\n{AGREEMENT}'


@pytest.mark.parametrize("synthetic", ["true", "false"])
def test_social_care_is_off_until_someone_says_why_not(tmp_path, synthetic):
    told = refusal(check_stated, configure(tmp_path, synthetic, more=SOCIAL_CARE), kind=ConfigError)
    assert "approvals for risk stratification have not covered them" in told
    assert "[lawful] social_care_basis" in told
    basis = 'social_care_basis = "consent of each person, DSA-0001"'
    check_stated(configure(tmp_path, synthetic, lawful=basis, more=SOCIAL_CARE))


def test_a_reason_of_a_word_is_none(tmp_path):
    told = refusal(lambda: configure(tmp_path, lawful='include_unknown_because = "yes"'), kind=ConfigError)
    assert "lawful.include_unknown_because" in told


def write_agreements(warehouse, **permitted):
    rows = [(table, "extracts", "canonical", "DSA-0000", list(use)) for table, use in permitted.items()]
    schema = dict.fromkeys(("table_name", "feed", "dialect", "lawful_basis"), pl.String)
    schema |= {"permitted_use": pl.List(pl.String)}
    warehouse.write("meta.source_table", pl.DataFrame(rows, schema=schema, orient="row"))


ALL = ("commissioning", "risk_stratification", "direct_care")


def test_every_output_is_checked_against_every_feed_that_it_draws_on(tmp_path, warehouse):
    config = configure(tmp_path)
    write_agreements(warehouse, person=ALL, hospital_episode=ALL)
    check_permitted(warehouse, config)
    write_agreements(warehouse, person=ALL, hospital_episode=("commissioning",))
    told = refusal(check_permitted, warehouse, config, kind=GateFailure)
    assert (
        "The output risk_scores (risk scores) would use hospital_episode of the feed extracts for risk "
        "stratification, and the feed permits only commissioning" in told
    )
    assert "register" not in told
    assert "person of the feed" not in told
    assert told.endswith(
        "Take the feed out of the configuration, or have its agreement changed and then its permitted_use."
    )


def test_a_release_shows_risk_and_so_needs_every_feed_to_permit_commissioning(tmp_path, warehouse):
    write_agreements(warehouse, person=ALL, gp_prescription=("risk_stratification", "needs_assessment"))
    told = refusal(check_permitted, warehouse, configure(tmp_path), kind=GateFailure)
    assert "The output release (the tables and pages of the release) would use gp_prescription" in told
    assert "for commissioning, and the feed permits only risk_stratification, needs_assessment" in told


def test_a_table_that_no_output_reads_needs_no_permission(tmp_path, warehouse):
    write_agreements(warehouse, person=ALL, hospital_episode=ALL, opt_out=(), organisation=())
    check_permitted(warehouse, configure(tmp_path))


def test_synthetic_data_that_state_a_use_are_held_to_it(tmp_path, warehouse):
    config = configure(tmp_path, synthetic="true", agreement="")
    write_agreements(warehouse, person=(), hospital_episode=())
    check_permitted(warehouse, config)
    write_agreements(warehouse, person=(), hospital_episode=("direct_care",))
    assert "the feed permits only direct_care" in refusal(check_permitted, warehouse, config, kind=GateFailure)


def test_uses_include_what_their_entry_says():
    assert expand_uses(["secondary_use"]) == {"secondary_use", "commissioning", "needs_assessment"}
    assert expand_uses(["risk_stratification"]) == {"risk_stratification"}


def test_every_use_that_an_entry_names_is_defined():
    lawful = load_lawful_use()
    named = {output.use for output in lawful.output} | {word for use in lawful.use for word in use.includes}
    assert named <= set(lawful.uses)
    assert [use.key for use in lawful.use if not (use.description and use.source)] == []


def test_every_layer_after_staging_belongs_to_an_output():
    """A new layer must say what it is for, or its feeds would go unchecked."""
    derived = [layer for layer, rank in RANKS.items() if rank > RANKS["staging"]]
    stated = {pattern for output in load_lawful_use().output for pattern in output.tables}
    assert [layer for layer in derived if f"{layer}.*" not in stated] == []


def test_what_models_read_is_what_is_stated():
    """Tables that Python computes are not seen by the SQL parser: its sources must be written down."""
    stated = {name for entry in load_lawful_use().computed for name in entry.reads}
    code = "\n".join(path.read_text(encoding="utf-8") for path in sorted((ROOT / "flows" / "steps").glob("*.py")))
    read = set(re.findall(r"\b(?:from|join) ((?:staging|register|features|needs)\.[a-z_]+)", code))
    assert read
    assert read - stated == set()


def test_risk_scores_draw_on_what_their_features_are_made_of():
    output = next(output for output in load_lawful_use().output if output.key == "risk_scores")
    drawn = read_tables_of(output, load_models())
    assert {"person", "hospital_episode", "emergency", "gp_event", "gp_consultation", "gp_prescription"} <= drawn
    assert "organisation" not in drawn  # no persons in it
    assert "social_care_event" not in drawn


def test_the_example_for_an_icb_states_what_a_run_needs(warehouse):
    config = load_config(CONFIG / "icb_example.toml")
    check_stated(config)
    permitted = {table: source.permitted_use for table, source in config.source.items()}
    write_agreements(warehouse, **permitted)
    check_permitted(warehouse, config)


def test_the_release_says_which_protections_are_off_and_why(tmp_path):
    lawful = 'national_opt_out_exempt = "CAG reference 26/CAG/0000"\nkeep_sensitive_codes_because = "agreed, DSA-0002"'
    assert describe_lawful(configure(tmp_path, lawful=lawful)) == [
        "Opt-outs were not applied here, since they had been applied before: by the sender, DSA-0000",
        "The national data opt-out was not applied, by exemption: CAG reference 26/CAG/0000",
        "Sensitive codes were kept, because: agreed, DSA-0002",
    ]
    assert "were taken out before anything was derived" in describe_lawful(configure(tmp_path))[-1]
