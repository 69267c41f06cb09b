-- One row per geography (ICB and each PCN) and indicator: people for whom it is known, and in whom it is present.
-- How many are not known is told in bands of known_share: an exact number beside the known ones would leave
-- small differences. Below 100 people the bands would be exact numbers too, and only all, none or not all is said.
-- An indicator that applies to nobody, since the feed that says to whom it applies is absent, has its row of the whole
-- area, known of nobody. It reads the same where nobody is found in a feed that is there: a zero would tell that.
-- Evidence that is found counts for the person even where the feed has failed since. Of such a practice nobody is of
-- the other state, so that its share would be 100 % or 0 %: where a fifth of a practice is not known and everybody
-- else is of one state, nobody of the practice counts as known.
with practice_state as (
    select
        indicator.indicator,
        person.practice_code,
        count(*) filter (where indicator.state = 'not_known') >= 0.2 * count(*)
        and count(distinct case when indicator.state <> 'not_known' then indicator.state end) < 2 as is_one_sided
    from needs.person_indicator as indicator
    inner join register.person as person on person.person_id = indicator.person_id
    group by indicator.indicator, person.practice_code
),

state as (
    select
        indicator.indicator,
        case when practice_state.is_one_sided then 'not_known' else indicator.state end as state,
        person.pcn_code,
        practice.pcn_name
    from needs.person_indicator as indicator
    inner join register.person as person on person.person_id = indicator.person_id
    inner join register.practice as practice on practice.practice_code = person.practice_code
    inner join practice_state
        on practice_state.indicator = indicator.indicator and practice_state.practice_code = person.practice_code
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
),

counted as (
    select
        placed.geography_type,
        placed.geography_code,
        max(placed.geography_name) as geography_name,
        placed.indicator,
        count(*) as persons,
        count(*) filter (where placed.state <> 'not_known') as known_persons,
        count(*) filter (where placed.state = 'present') as present_persons
    from placed
    group by placed.geography_type, placed.geography_code, placed.indicator
),

anybody as (
    select count(*) > 0 as is_found
    from counted
)

select
    coalesce(counted.geography_type, 'icb') as geography_type,
    coalesce(counted.geography_code, $icb_code) as geography_code,
    coalesce(counted.geography_name, $icb_name) as geography_name,
    catalogue.need,
    catalogue.need_name,
    catalogue.indicator,
    catalogue.indicator_name,
    catalogue.indicator_rule,
    catalogue.applies_to,
    case when catalogue.is_need then 'yes' else 'no' end as is_need,
    case
        when counted.persons is null then 'none'
        when counted.known_persons = counted.persons then 'all'
        when counted.known_persons = 0 then 'none'
        when counted.persons < 100 then 'not all'
        when counted.known_persons >= 0.95 * counted.persons then '95% or more'
        when counted.known_persons >= 0.80 * counted.persons then '80% to 94%'
        else 'less than 80%'
    end as known_share,
    coalesce(counted.known_persons, 0) as known_persons,
    coalesce(counted.present_persons, 0) as present_persons
from codelist.indicator as catalogue
cross join anybody
left join counted on counted.indicator = catalogue.indicator
where anybody.is_found
