-- One row per scheme and segment: everyone registered with the ICB, and what they use.
-- Every person is in one segment of each scheme. Means are of 12 months. Nobody is put right for age. certain_share: of
-- how many nothing that is not known could have put them into an earlier segment. Segments of a PCN can be counted from
-- planning.person_segment, and are not published: four schemes that each add up to every PCN leave nothing behind which
-- a small number could be hidden.
with person as (
    select
        segment.scheme,
        segment.segment,
        segment.is_certain,
        use_count.unplanned_admission_count_12m,
        use_count.unplanned_bed_days_12m,
        cost.cost_gbp
    from planning.person_segment as segment
    inner join planning.person_cost as cost on cost.person_id = segment.person_id
    left join features.use_count as use_count
        on use_count.person_id = segment.person_id and use_count.index_date = $index_date
),

counted as (
    select
        scheme,
        segment,
        count(*) as persons,
        count(*) filter (where not is_certain) as uncertain_persons,
        avg(unplanned_admission_count_12m) as mean_unplanned_admissions,
        avg(unplanned_bed_days_12m) as mean_unplanned_bed_days,
        avg(cast(cost_gbp as decimal(18, 4))) as mean_cost_gbp
    from person
    group by scheme, segment
)

select
    'icb' as geography_type,
    $icb_code as geography_code,
    $icb_name as geography_name,
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
    counted.mean_unplanned_admissions,
    counted.mean_unplanned_bed_days,
    counted.mean_cost_gbp
from codelist.segment as segment
left join counted on counted.scheme = segment.scheme and counted.segment = segment.segment
