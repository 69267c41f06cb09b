"""The gate: rules with a reason, rows set aside and never lost, every row accounted for."""

from mltc.quality.account import build_row_account, check_row_account
from mltc.quality.exclusion import exclude_rows, keep_failed
from mltc.quality.gate import check_rules
from mltc.quality.linkage import link_persons
from mltc.quality.replay import drop_superseded
from mltc.quality.report import describe_failures, read_gate_results
from mltc.quality.rules import Rule, build_contract_rules, load_rules
from mltc.quality.sensitive import drop_sensitive

__all__ = [
    "Rule",
    "build_contract_rules",
    "build_row_account",
    "check_row_account",
    "check_rules",
    "describe_failures",
    "drop_sensitive",
    "drop_superseded",
    "exclude_rows",
    "keep_failed",
    "link_persons",
    "load_rules",
    "read_gate_results",
]
