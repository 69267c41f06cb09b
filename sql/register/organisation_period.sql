-- One row per practice and period in which nothing about its place in the hierarchy changes; periods never overlap.
-- On any day D the row with effective_from <= D <= effective_to is the hierarchy as it was then; no such row is a gap.
-- A practice that the organisation table has comes from there, every other from the national list (NHS Organisation
-- Data Service, June 2026), whose PCN is dated and whose sub-ICB location is the one of that month.
-- Where two rows hold on a day the later start wins, then the later end, then the first row.
-- The ICB is the one given, else that of the sub-ICB location in the period (it may change on 1 April 2026).
with practice as (
    select practice_code from register.registration
    union
    select succession.successor_code as practice_code
    from register.succession as succession
    where succession.organisation_type = 'practice' and succession.successor_code is not null
),

given as (
    select
        'feed' as hierarchy_source,
        row_id,
        practice_code,
        name as practice_name,
        pcn_code,
        pcn_name,
        neighbourhood,
        place,
        sub_icb,
        icb,
        coalesce(effective_from, date '1900-01-01') as starts,
        coalesce(effective_to, date '9999-12-31') as ends
    from staging.organisation
    union all
    select
        'national' as hierarchy_source,
        row_number() over (order by national.practice_code, national.effective_from, national.pcn_code) as row_id,
        national.practice_code,
        national.practice_name,
        national.pcn_code,
        national.pcn_name,
        cast(null as varchar) as neighbourhood,
        cast(null as varchar) as place,
        national.sub_icb,
        cast(null as varchar) as icb,
        coalesce(national.effective_from, date '1900-01-01') as starts,
        coalesce(national.effective_to, date '9999-12-31') as ends
    from codelist.practice_to_pcn as national
    inner join practice on practice.practice_code = national.practice_code
    where not exists (select 1 from staging.organisation as own where own.practice_code = national.practice_code)
),

sub_icb as (
    select
        sub_icb,
        icb,
        coalesce(effective_from, date '1900-01-01') as starts,
        coalesce(effective_to, date '9999-12-31') as ends
    from codelist.sub_icb
),

boundary as (
    select
        practice_code,
        starts
    from given
    where ends >= starts
    union
    select
        practice_code,
        cast(ends + interval 1 day as date) as starts
    from given
    where ends >= starts and ends < date '9999-12-31'
    union
    select
        given.practice_code,
        sub_icb.starts
    from given
    inner join sub_icb on sub_icb.sub_icb = given.sub_icb and sub_icb.starts between given.starts and given.ends
    union
    select
        given.practice_code,
        cast(sub_icb.ends + interval 1 day as date) as starts
    from given
    inner join sub_icb
        on
            sub_icb.sub_icb = given.sub_icb
            and sub_icb.ends between given.starts and given.ends
            and sub_icb.ends < date '9999-12-31'
),

segment as (
    select
        practice_code,
        starts,
        coalesce(
            cast(lead(starts) over (partition by practice_code order by starts) - interval 1 day as date),
            date '9999-12-31'
        ) as ends
    from boundary
),

holding as (
    select
        segment.practice_code,
        segment.starts,
        segment.ends,
        given.hierarchy_source,
        given.row_id,
        given.practice_name,
        given.pcn_code,
        given.pcn_name,
        given.neighbourhood,
        given.place,
        given.sub_icb,
        given.icb,
        row_number() over (
            partition by segment.practice_code, segment.starts
            order by given.starts desc, given.ends desc, given.row_id
        ) as preference
    from segment
    inner join given
        on
            given.practice_code = segment.practice_code
            and segment.starts between given.starts and given.ends
),

resolved as (
    select
        holding.practice_code,
        holding.practice_name,
        holding.pcn_code,
        holding.pcn_name,
        holding.neighbourhood,
        holding.place,
        holding.sub_icb,
        coalesce(holding.icb, sub_icb.icb) as icb,
        holding.hierarchy_source,
        holding.row_id,
        holding.starts,
        holding.ends
    from holding
    left join sub_icb
        on sub_icb.sub_icb = holding.sub_icb and holding.starts between sub_icb.starts and sub_icb.ends
    where holding.preference = 1
),

marked as (
    select
        resolved.*,
        case
            when
                row_id = lag(row_id) over by_start
                and coalesce(icb, '') = coalesce(lag(icb) over by_start, '')
                and starts = cast(lag(ends) over by_start + interval 1 day as date)
                then 0
            else 1
        end as is_new
    from resolved
    window by_start as (partition by practice_code order by starts)
),

numbered as (
    select
        marked.*,
        sum(is_new) over (partition by practice_code order by starts) as period_number
    from marked
)

select
    practice_code,
    max(practice_name) as practice_name,
    max(pcn_code) as pcn_code,
    max(pcn_name) as pcn_name,
    max(neighbourhood) as neighbourhood,
    max(place) as place,
    max(sub_icb) as sub_icb,
    max(icb) as icb,
    max(hierarchy_source) as hierarchy_source,
    nullif(min(starts), date '1900-01-01') as effective_from,
    nullif(max(ends), date '9999-12-31') as effective_to
from numbered
group by practice_code, period_number
