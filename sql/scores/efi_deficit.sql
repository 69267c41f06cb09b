-- One row per index date, person and deficit of the electronic Frailty Index that was known on that date.
-- The 36 deficits of Clegg 2016 (Age Ageing 45:353), from the GP record alone: a hospital diagnosis counts nowhere.
-- A deficit stays once it was recorded: a code of one of its lists (codelist.efi_deficit), or a value past a threshold
-- (codelist.efi_value), whose event and entry lie on or before the date. Two lists of one deficit count once.
-- Polypharmacy is a rule: five or more different medicines in the 12 months up to the date. A medicine is a BNF
-- chemical substance of chapters 1 to 15 (dressings and appliances are none); a dm+d code counts as it stands.
-- Only what is verified counts.
with deficit_list as (
    select
        deficit,
        list
    from codelist.efi_deficit
    where list is not null and verified = 'yes'
),

value_rule as (
    select
        deficit,
        measure,
        cast(below as double) as below,
        cast(above as double) as above,
        cast(up_to as double) as up_to,
        cast(from_value as double) as from_value,
        cast(sex as varchar) as sex
    from codelist.efi_value
    where verified = 'yes'
),

by_code as (
    select
        evidence.person_id,
        deficit_list.deficit,
        min(greatest(evidence.event_date, evidence.known_date)) as first_known_date
    from register.evidence as evidence
    inner join deficit_list on deficit_list.list = evidence.evidence
    where evidence.kind = 'code' and evidence.source = 'gp'
    group by evidence.person_id, deficit_list.deficit
),

by_value as (
    select
        measurement.person_id,
        value_rule.deficit,
        min(greatest(measurement.event_date, measurement.known_date)) as first_known_date
    from register.measurement as measurement
    inner join value_rule
        on
            value_rule.measure = measurement.measure
            and (value_rule.below is null or measurement.value < value_rule.below)
            and (value_rule.above is null or measurement.value > value_rule.above)
            and (value_rule.up_to is null or measurement.value <= value_rule.up_to)
            and (value_rule.from_value is null or measurement.value >= value_rule.from_value)
    inner join staging.person as person
        on
            person.person_id = measurement.person_id
            and (value_rule.sex is null or value_rule.sex = person.sex)
    group by measurement.person_id, value_rule.deficit
),

recorded as (
    select
        person_id,
        deficit,
        min(first_known_date) as first_known_date
    from (
        select
            person_id,
            deficit,
            first_known_date
        from by_code
        union all
        select
            person_id,
            deficit,
            first_known_date
        from by_value
    ) as shown
    group by person_id, deficit
),

polypharmacy as (
    select
        index_date,
        person_id
    from scores.person_medicine
    where not is_bnf_coded or substr(medicine, 1, 2) <= '15'
    group by index_date, person_id
    having count(*) >= 5
)

select
    spine.index_date,
    spine.person_id,
    recorded.deficit
from register.spine as spine
inner join recorded
    on recorded.person_id = spine.person_id and recorded.first_known_date <= spine.index_date
union all
select
    index_date,
    person_id,
    'polypharmacy' as deficit
from polypharmacy
