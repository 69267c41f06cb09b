-- One row per practice that anyone is registered with, or whose people it took over.
-- Its place in the hierarchy of one day, $hierarchy_date: the index date, or a later day on which an older run is told
-- in the newer codes (back-casting). A practice that had ended by that day is placed where its successor is.
-- PCN, neighbourhood and place are those of the period that holds on the day; in a gap they are not known. Name and
-- sub-ICB location are the latest known, since leaving a PCN does not change who commissions a practice.
-- An ICB or sub-ICB location that had ended by the day gives way to its successor; where it was split and the sub-ICB
-- location does not decide, it is not known.
with registered as (
    select practice_code from register.registration
    union
    select succession.successor_code as practice_code
    from register.registration as registration
    inner join register.succession as succession
        on succession.code = registration.practice_code and succession.organisation_type = 'practice'
    where succession.successor_code is not null
),

-- An organisation that ended by the day: its successor, or null where several took over
ended as (
    select
        organisation_type,
        code,
        successor_code
    from register.succession
    where $hierarchy_date between effective_from and coalesce(effective_to, date '9999-12-31')
),

practice as (
    select
        registered.practice_code,
        coalesce(ended.successor_code, registered.practice_code) as hierarchy_practice_code
    from registered
    left join ended on ended.code = registered.practice_code and ended.organisation_type = 'practice'
),

period as (
    select
        organisation_period.*,
        $hierarchy_date between coalesce(effective_from, date '1900-01-01')
        and coalesce(effective_to, date '9999-12-31') as holds,
        row_number() over (
            partition by practice_code
            order by
                case when coalesce(effective_from, date '1900-01-01') <= $hierarchy_date then 0 else 1 end,
                case when coalesce(effective_from, date '1900-01-01') <= $hierarchy_date then effective_from end
                desc nulls last,
                effective_from
        ) as recency
    from register.organisation_period as organisation_period
),

sub_icb as (
    select
        sub_icb,
        sub_icb_name,
        icb
    from codelist.sub_icb
    where
        $hierarchy_date between coalesce(effective_from, date '1900-01-01')
        and coalesce(effective_to, date '9999-12-31')
),

icb as (
    select
        icb,
        max(icb_name) as icb_name
    from codelist.sub_icb
    group by icb
),

placed as (
    select
        practice.practice_code,
        practice.hierarchy_practice_code,
        coalesce(own.practice_name, period.practice_name) as practice_name,
        case when period.holds then period.pcn_code end as pcn_code,
        case when period.holds then period.pcn_name end as pcn_name,
        case when period.holds then period.neighbourhood end as neighbourhood,
        case when period.holds then period.place end as place,
        case
            when ended_sub_icb.code is null then period.sub_icb
            else ended_sub_icb.successor_code
        end as sub_icb,
        period.icb as given_icb,
        case when period.holds then period.hierarchy_source end as hierarchy_source
    from practice
    left join period on period.practice_code = practice.hierarchy_practice_code and period.recency = 1
    left join period as own on own.practice_code = practice.practice_code and own.recency = 1
    left join ended as ended_sub_icb
        on ended_sub_icb.code = period.sub_icb and ended_sub_icb.organisation_type = 'sub_icb'
),

commissioned as (
    select
        placed.*,
        sub_icb.sub_icb_name,
        coalesce(
            case when ended_icb.code is null then placed.given_icb end,
            sub_icb.icb,
            ended_icb.successor_code,
            'not known'
        ) as icb
    from placed
    left join sub_icb on sub_icb.sub_icb = placed.sub_icb
    left join ended as ended_icb on ended_icb.code = placed.given_icb and ended_icb.organisation_type = 'icb'
)

select
    commissioned.practice_code,
    coalesce(commissioned.practice_name, commissioned.practice_code) as practice_name,
    commissioned.hierarchy_practice_code,
    coalesce(commissioned.pcn_code, 'not known') as pcn_code,
    coalesce(commissioned.pcn_name, commissioned.pcn_code, 'PCN not known') as pcn_name,
    coalesce(commissioned.neighbourhood, 'not known') as neighbourhood,
    coalesce(commissioned.place, 'not known') as place,
    coalesce(commissioned.sub_icb, 'not known') as sub_icb,
    coalesce(commissioned.sub_icb_name, commissioned.sub_icb, 'not known') as sub_icb_name,
    commissioned.icb,
    case when commissioned.icb = $icb_code then $icb_name else coalesce(icb.icb_name, commissioned.icb) end as icb_name,
    coalesce(commissioned.hierarchy_source, 'not known') as hierarchy_source
from commissioned
left join icb on icb.icb = commissioned.icb
