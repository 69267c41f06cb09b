"""Whom a list holds, read in one query: only what it shows, and never a key of a person other than the mltc_id."""

from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches

import polars as pl

from mltc.errors import ConfigError
from mltc.lists.last_run import LastRun
from mltc.lists.layout import SHOWN
from mltc.warehouse import Warehouse, require_tables

TABLES = (
    "codelist.indicator",
    "codelist.innovation",
    "meta.practice_abstention",
    "needs.contact",
    "needs.person",
    "needs.person_indicator",
    "needs.person_need",
    "needs.process_record",
    "planning.innovation_eligibility",
    "register.person_pseudonym",
    "risk.outcome",
    "risk.person_reason",
    "risk.person_risk",
)
REASONS_SHOWN = 3
_REASONS = ",\n        ".join(
    f"max(case when reason.rank = {rank} then reason.words end) as reason_{rank},\n"
    f"        max(case when reason.rank = {rank} then strftime(reason.evidence_date, '%Y-%m-%d') end)"
    f" as reason_{rank}_evidence_date"
    for rank in range(1, REASONS_SHOWN + 1)
)
# A state that is not known stays so: a blank would be read as "none".
PEOPLE = f"""
with main as (
    select outcome from risk.outcome where is_main
),

held as (
    select
        status.person_id,
        string_agg(condition.name, '; ' order by membership.position) as conditions
    from register.person_condition as status
    inner join codelist.condition as condition on condition.key = status.condition
    inner join codelist.membership as membership
        on membership.condition = status.condition and membership.definition = $definition
    group by status.person_id
),

reason as (
    select
        reason.person_id,
        {_REASONS}
    from risk.person_reason as reason
    inner join main on main.outcome = reason.outcome
    where reason.direction = 'up' and reason.rank <= {REASONS_SHOWN}
    group by reason.person_id
),

evidence as (
    select
        indicator.person_id,
        string_agg(
            catalogue.indicator_name
            || case
                when indicator.evidence_date is null then ''
                else ' (' || strftime(indicator.evidence_date, '%Y-%m-%d') || ')'
            end,
            '; '
            order by catalogue.need_name, catalogue.indicator_name
        ) as needs_evidence
    from needs.person_indicator as indicator
    inner join codelist.indicator as catalogue on catalogue.indicator = indicator.indicator
    where indicator.state = 'present' and catalogue.is_need
    group by indicator.person_id
),

need_name as (
    select distinct need, need_name from codelist.indicator
),

need as (
    select
        state.person_id,
        count(*) filter (where state.state = 'present') as needs_present_count,
        string_agg(need_name.need_name, '; ' order by need_name.need_name)
            filter (where state.state = 'present') as needs_present,
        string_agg(need_name.need_name, '; ' order by need_name.need_name)
            filter (where state.state = 'not_known') as needs_not_known
    from needs.person_need as state
    inner join need_name on need_name.need = state.need
    group by state.person_id
),

innovation as (
    select
        eligibility.person_id,
        string_agg(eligibility.innovation, '; ' order by catalogue.sort_key) as eligible_innovations,
        count(*) filter (where eligibility.innovation = $innovation) as wanted_count
    from planning.innovation_eligibility as eligibility
    inner join codelist.innovation as catalogue on catalogue.innovation = eligibility.innovation
    where eligibility.state = 'eligible'
    group by eligibility.person_id
),

review as (
    select person_id, max(last_date) as last_date
    from needs.process_record
    where care_process in ('medication_review', 'structured_medication_review')
    group by person_id
),

contact as (
    select person_id, max(contact_date) as last_date
    from needs.contact
    group by person_id
),

review_known as (
    select count(*) > 0 as is_known
    from codelist.care_process
    where verified and key in ('medication_review', 'structured_medication_review')
),

band as (
    select risk_band, sort_key from codelist.risk_band
),

chosen as (
    select
        person.practice_code,
        pseudonym.mltc_id,
        -- a spreadsheet takes 5-9 for a date
        replace(registered.age_band, '-', ' to ') as age_band,
        case registered.sex when '1' then 'male' when '2' then 'female' else 'not known' end as sex,
        held.conditions,
        person.condition_count,
        case when person.is_complex_mltc then 'yes' else 'no' end as complex_mltc,
        risk.risk_band,
        band.sort_key,
        round(risk.risk_percentile, 1) as risk_percentile,
        coalesce(risk.status, 'no model') as risk_status,
        reason.*,
        coalesce(need.needs_present_count, 0) as needs_present_count,
        need.needs_present,
        evidence.needs_evidence,
        need.needs_not_known,
        innovation.eligible_innovations,
        coalesce(
            strftime(review.last_date, '%Y-%m-%d'),
            case
                when review_known.is_known and person.is_gp_event_known_12m then 'none on record' else 'not known'
            end
        ) as last_medication_review,
        coalesce(
            strftime(contact.last_date, '%Y-%m-%d'),
            case when person.is_gp_consultation_known_12m then 'none on record in 12 months' else 'not known' end
        ) as last_contact
    from needs.person as person
    inner join register.person as registered on registered.person_id = person.person_id
    inner join register.person_pseudonym as pseudonym on pseudonym.person_id = person.person_id
    cross join review_known
    left join main on true
    left join risk.person_risk as risk on risk.person_id = person.person_id and risk.outcome = main.outcome
    left join band on band.risk_band = risk.risk_band
    left join held on held.person_id = person.person_id
    left join reason on reason.person_id = person.person_id
    left join evidence on evidence.person_id = person.person_id
    left join need on need.person_id = person.person_id
    left join innovation on innovation.person_id = person.person_id
    left join review on review.person_id = person.person_id
    left join contact on contact.person_id = person.person_id
    where
        list_contains($practices, person.practice_code)
        and ($band = '' or risk.risk_band = $band)
        and ($innovation = '' or innovation.wanted_count > 0)
        and (not $is_complex or person.is_complex_mltc)
),

ordered as (
    select
        chosen.*,
        row_number() over (
            partition by chosen.practice_code
            order by
                chosen.needs_present_count desc,
                chosen.sort_key nulls last,
                chosen.condition_count desc,
                chosen.mltc_id
        ) as position
    from chosen
)

select
    -- in words, since a spreadsheet takes 2026-10 for a date and changes it
    'run ' || $run as run,
    'needs present: ' || needs_present_count || '; risk: ' || coalesce(risk_band, risk_status) as rank_basis,
    * exclude (person_id, sort_key)
from ordered
where position <= $top
order by practice_code, position
"""
EVERYBODY = 1_000_000_000


@dataclass(frozen=True)
class Selection:
    """Which people: of one practice or all (None), the first `top` of each, of one band, eligible for one innovation,
    with complex MLTC alone. All that is given must hold."""

    practice: str | None = None
    top: int | None = None
    band: str | None = None
    innovation: str | None = None
    is_complex: bool = False

    def words(self) -> str:
        """The selection in a sentence for whoever reads the list."""
        parts = ["with complex MLTC" if self.is_complex else "with MLTC"]
        if self.band:
            parts.append(f"in the risk band {self.band}")
        if self.innovation:
            parts.append(f"eligible for the innovation {self.innovation}")
        first = f"The first {self.top:,} people" if self.top else "Everyone"
        return f"{first} {', '.join(parts)}."


@dataclass(frozen=True)
class ListedPeople:
    """people: one row per person and the columns of `SHOWN`. refused: practice code and why it gets no list."""

    people: pl.DataFrame
    practices: tuple[str, ...]
    refused: dict[str, str]


def read_people(warehouse: Warehouse, run: LastRun, selection: Selection) -> ListedPeople:
    """People of a selection, by practice and position. Raises ConfigError for an unknown practice, band, innovation."""
    require_tables(warehouse, TABLES)
    check_selection(warehouse, selection)
    known = warehouse.read("select distinct practice_code from needs.person order by practice_code")
    codes = known["practice_code"].to_list()
    if selection.practice is not None:
        if selection.practice not in codes:
            raise ConfigError(_say_unknown("practice with people with MLTC", selection.practice, codes))
        codes = [selection.practice]
    reasons = read_refused(warehouse, run)
    refused = {code: reasons[code] for code in codes if code in reasons}
    passed = [code for code in codes if code not in refused]
    people = warehouse.read(
        PEOPLE,
        {
            "definition": run.definition,
            "run": run.name,
            "practices": passed,
            "band": selection.band or "",
            "innovation": selection.innovation or "",
            "is_complex": selection.is_complex,
            "top": selection.top or EVERYBODY,
        },
    )
    return ListedPeople(people.select(SHOWN), tuple(passed), refused)


def read_refused(warehouse: Warehouse, run: LastRun) -> dict[str, str]:
    """Practices without a list, and why: a feed of theirs, or of one that they took over, failed by the index date."""
    everyone = warehouse.read("select distinct practice_code from needs.person")["practice_code"].to_list()
    strange = {code: "its code cannot name a file" for code in everyone if not is_file_name(code)}
    return strange | read_failed(warehouse, run.index_date)


def read_failed(warehouse: Warehouse, index_date: date) -> dict[str, str]:
    """By practice code, in words, which feeds of it failed by the index date, and since when."""
    found = warehouse.read(
        """
        with people as (
            select distinct practice_code, coalesce(succeeded_from, practice_code) as sender from register.person
        )
        select
            people.practice_code,
            string_agg(
                failed.table_name || ' since ' || strftime(failed.from_month, '%Y-%m'), ', ' order by failed.table_name
            ) as feeds
        from people
        inner join meta.practice_abstention as failed on failed.practice_code = people.sender
        where failed.from_month <= $index_date
        group by people.practice_code
        """,
        {"index_date": index_date},
    )
    return {code: f"its records are missing or too few ({feeds})" for code, feeds in found.iter_rows()}


def is_file_name(code: str) -> bool:
    """Whether a practice code may stand as the name of a file: letters and digits, as codes of the ODS are."""
    return code.isascii() and code.replace("-", "").replace("_", "").isalnum()


def check_selection(warehouse: Warehouse, selection: Selection) -> None:
    """Raise ConfigError for a band or innovation that the run does not have, with those that it has."""
    bands = warehouse.read("select risk_band from codelist.risk_band order by sort_key")["risk_band"].to_list()
    if selection.band is not None and selection.band not in bands:
        raise ConfigError(_say_unknown("risk band", selection.band, bands))
    keys = warehouse.read("select innovation from codelist.innovation order by sort_key")["innovation"].to_list()
    if selection.innovation is not None and selection.innovation not in keys:
        raise ConfigError(_say_unknown("innovation", selection.innovation, keys))


def _say_unknown(what: str, typed: str, known: list[str]) -> str:
    near = get_close_matches(typed, known, n=3, cutoff=0.4)
    shown = near or known[:20]
    return f"There is no {what} {typed!r}. {'Nearest' if near else 'There are'}: {', '.join(shown)}."
