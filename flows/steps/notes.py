"""What a run could not compute, and why: said in the release instead of a failure or an invented figure."""

import polars as pl

from mltc.config import Config
from mltc.held_over import describe_held_over
from mltc.intake import FEED_DATES
from mltc.quality.leakage import describe_leaks
from mltc.quality.supplied import read_supplied
from mltc.reference import read_unmeasured_needs
from mltc.warehouse import Warehouse

SCHEMA = {"area": pl.String, "note": pl.String}


def replace_notes(warehouse: Warehouse, area: str, notes: list[str]) -> None:
    """Set the notes of one area in `meta.run_note`. Notes hold no figure of people."""
    kept = pl.DataFrame(schema=SCHEMA)
    if warehouse.columns("meta.run_note"):
        kept = warehouse.read("select area, note from meta.run_note").filter(pl.col("area") != area)
    fresh = pl.DataFrame([(area, note) for note in notes], schema=SCHEMA, orient="row")
    warehouse.write("meta.run_note", pl.concat([kept, fresh]).sort("area", "note"))


def note_what_is_missing(warehouse: Warehouse, config: Config) -> None:
    """Say which needs nothing measures, which feeds were not supplied, and what is held over for a failed one."""
    needs = [f"{name} is not measured. {why}" for name, why in read_unmeasured_needs().items()]
    replace_notes(warehouse, "needs", [*needs, *describe_untold_processes(warehouse)])
    supplied = read_supplied(warehouse)
    absent = [table for table in FEED_DATES if table not in supplied]
    told = [f"No extract was supplied for {', '.join(absent)}: what needs them is not known, never zero."]
    replace_notes(warehouse, "data", told if absent else [])
    replace_notes(warehouse, "lawful use", describe_lawful(config))
    replace_notes(warehouse, "prevalence held over", describe_held_over(warehouse))
    replace_notes(warehouse, "leakage", describe_leaks(warehouse))


def describe_untold_processes(warehouse: Warehouse) -> list[str]:
    """Care processes that nobody's record can tell: no verified codes, or no record of any of them in the feed."""
    asked = warehouse.read(
        "select process.name, care_process.is_verified from needs.care_process as care_process "
        "inner join codelist.care_process as process on process.key = care_process.key "
        "where not care_process.is_known "
        "and care_process.key in (select care_process from codelist.indicator_process) order by process.name"
    )
    reasons = {
        False: "No code list for {} has been verified: indicators that need one are not known of anybody.",
        True: "No record of the extract holds {}: whether that was not done or not extracted cannot be told, so the "
        "indicators that need it are not known.",
    }
    named = {is_verified: asked.filter(is_verified=is_verified)["name"].to_list() for is_verified in reasons}
    return [words.format("; ".join(names)) for key, words in reasons.items() if (names := named[key])]


def describe_lawful(config: Config) -> list[str]:
    """Protections that the configuration switches off, with the reasons that it gives, and what always holds."""
    lawful = config.lawful
    told = {
        "Opt-outs were not applied here, since they had been applied before": lawful.opt_outs_applied_upstream,
        "The national data opt-out was not applied, by exemption": lawful.national_opt_out_exempt,
        "People whose opt-outs are not known are included, because": lawful.include_unknown_because,
        "Sensitive codes were kept, because": lawful.keep_sensitive_codes_because,
        "Social care data are used, on the basis": lawful.social_care_basis,
    }
    notes = [f"{words}: {reason}" for words, reason in told.items() if reason]
    if not lawful.keep_sensitive_codes_because:
        notes.append(
            "Codes of gender reassignment, assisted fertilisation, termination of pregnancy and sexually transmitted "
            "disease were taken out before anything was derived, except codes of conditions that the definition counts."
        )
    return notes
