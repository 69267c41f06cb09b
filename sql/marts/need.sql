-- One row per geography (ICB and each PCN) and indicator: people with MLTC to whom it applies, by state.
with state as (
    select
        indicator.indicator,
        indicator.state,
        person.pcn_code,
        practice.pcn_name
    from needs.person_indicator as indicator
    inner join register.person as person on person.person_id = indicator.person_id
    inner join register.practice as practice on practice.practice_code = person.practice_code
),

placed as (
    select
        state.*,
        'icb' as geography_type,
        $icb_code as geography_code,
        $icb_name as geography_name
    from state
    union all
    select
        state.*,
        'pcn' as geography_type,
        state.pcn_code as geography_code,
        state.pcn_name as geography_name
    from state
)

select
    placed.geography_type,
    placed.geography_code,
    max(placed.geography_name) as geography_name,
    catalogue.need,
    catalogue.need_name,
    catalogue.indicator,
    catalogue.indicator_name,
    catalogue.indicator_rule,
    count(*) as persons,
    count(*) filter (where placed.state <> 'not_known') as known_persons,
    count(*) filter (where placed.state = 'present') as present_persons,
    count(*) filter (where placed.state = 'not_known') as not_known_persons
from placed
inner join codelist.indicator as catalogue on catalogue.indicator = placed.indicator
group by
    placed.geography_type,
    placed.geography_code,
    catalogue.need,
    catalogue.need_name,
    catalogue.indicator,
    catalogue.indicator_name,
    catalogue.indicator_rule
