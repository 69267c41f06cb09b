-- One row per geography (ICB and each PCN), scheme and segment: everyone registered, and what they use.
-- Every person is in one segment of each scheme. Means are of 12 months, for the ICB alone: those of small places would
-- tell of single people. Nobody is put right for age. certain_share: of how many nothing that is not known could have
-- put them into an earlier segment.
with person as (
    select
        segment.scheme,
        segment.segment,
        segment.is_certain,
        mltc.is_mltc,
        register.pcn_code,
        practice.pcn_name,
        use_count.unplanned_admission_count_12m,
        use_count.unplanned_bed_days_12m,
        cost.cost_gbp
    from planning.person_segment as segment
    inner join register.person as register on register.person_id = segment.person_id
    inner join register.practice as practice on practice.practice_code = register.practice_code
    inner join register.mltc as mltc on mltc.person_id = segment.person_id and mltc.definition = $definition
    inner join planning.person_cost as cost on cost.person_id = segment.person_id
    left join features.use_count as use_count
        on use_count.person_id = segment.person_id and use_count.index_date = $index_date
),

placed as (
    select
        person.*,
        'icb' as geography_type,
        $icb_code as geography_code,
        $icb_name as geography_name
    from person
    union all
    select
        person.*,
        'pcn' as geography_type,
        person.pcn_code as geography_code,
        person.pcn_name as geography_name
    from person
),

place as (
    select
        geography_type,
        geography_code,
        max(geography_name) as geography_name
    from placed
    group by geography_type, geography_code
),

counted as (
    select
        geography_type,
        geography_code,
        scheme,
        segment,
        count(*) as persons,
        count(*) filter (where is_mltc) as mltc_persons,
        count(*) filter (where not is_certain) as uncertain_persons,
        avg(unplanned_admission_count_12m) as mean_unplanned_admissions,
        avg(unplanned_bed_days_12m) as mean_unplanned_bed_days,
        avg(cost_gbp) as mean_cost_gbp
    from placed
    group by geography_type, geography_code, scheme, segment
)

select
    place.geography_type,
    place.geography_code,
    place.geography_name,
    segment.scheme,
    segment.scheme_name,
    segment.scheme_limits,
    segment.segment,
    segment.segment_name,
    segment.rule as segment_rule,
    segment.limits as segment_limits,
    segment.sort_key,
    case
        when coalesce(counted.uncertain_persons, 0) = 0 then 'all'
        when counted.uncertain_persons = counted.persons then 'none'
        when counted.persons < 100 then 'not all'
        when counted.uncertain_persons <= 0.05 * counted.persons then '95% or more'
        when counted.uncertain_persons <= 0.20 * counted.persons then '80% to 94%'
        else 'less than 80%'
    end as certain_share,
    coalesce(counted.persons, 0) as persons,
    coalesce(counted.mltc_persons, 0) as mltc_persons,
    case when place.geography_type = 'icb' then counted.mean_unplanned_admissions end as mean_unplanned_admissions,
    case when place.geography_type = 'icb' then counted.mean_unplanned_bed_days end as mean_unplanned_bed_days,
    case when place.geography_type = 'icb' then counted.mean_cost_gbp end as mean_cost_gbp
from place
cross join codelist.segment as segment
left join counted
    on
        counted.geography_type = place.geography_type
        and counted.geography_code = place.geography_code
        and counted.scheme = segment.scheme
        and counted.segment = segment.segment
