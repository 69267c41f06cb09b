"""May the data be used for lists? Every feed that a list draws on must permit direct care."""

from mltc.errors import ConfigError
from mltc.lawful import Output, expand_uses, load_lawful_use, read_tables_of
from mltc.warehouse import Warehouse
from mltc.warehouse.sql_model import load_models

# What a list is made of; the feeds behind them are found from the SQL.
READS = (
    "register.person",
    "register.person_pseudonym",
    "register.person_condition",
    "needs.person_indicator",
    "needs.person_need",
    "needs.process_record",
    "needs.contact",
    "planning.innovation_eligibility",
    "risk.person_risk",
    "risk.person_reason",
)
OUTPUT = "case_finding"


def check_list_permitted(warehouse: Warehouse, *, is_synthetic: bool) -> None:
    """Raise ConfigError that names the feeds that do not permit a list; invented people need no permission.

    The use is the one that codelists/lawful_use.toml asks for the output `case_finding`: direct care.
    """
    stated = next(output for output in load_lawful_use().output if output.key == OUTPUT)
    output = Output(key=stated.key, name=stated.name, use=stated.use, tables=READS)
    drawn = read_tables_of(output, load_models())
    agreements = warehouse.read("select table_name, feed, permitted_use from meta.source_table order by all").rows()
    at_odds = [
        f"{table} of the feed {feed}"
        for table, feed, permitted in agreements
        if table in drawn and not (is_synthetic and not permitted) and output.use not in expand_uses(permitted or [])
    ]
    if at_odds:
        use = load_lawful_use().uses[output.use].name
        raise ConfigError(
            f"A list for a practice is {use}, which the agreements do not permit for: {', '.join(at_odds)}. Have the "
            "agreement changed, then permitted_use in the configuration, and run `mltc run` again. See "
            "docs/lawful-use.md."
        )
