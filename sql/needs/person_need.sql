-- One row per person with MLTC and need: present if any of its indicators is, not known if none is present and one is
-- not known, else absent. Indicators of support given (is_need false) do not count. Nor do indicators of a care process
-- that has no verified codes: nobody's record could tell them, whatever the feeds hold, and the release names them.
with untold as (
    select distinct indicator_process.indicator
    from codelist.indicator_process as indicator_process
    inner join needs.care_process as care_process on care_process.key = indicator_process.care_process
    where not care_process.is_verified
)

select
    indicator.person_id,
    catalogue.need,
    case
        when max(case when indicator.state = 'present' then 1 else 0 end) = 1 then 'present'
        when max(case when indicator.state = 'not_known' then 1 else 0 end) = 1 then 'not_known'
        else 'absent'
    end as state,
    count(*) filter (where indicator.state = 'present') as present_count,
    count(*) as indicator_count
from needs.person_indicator as indicator
inner join codelist.indicator as catalogue on catalogue.indicator = indicator.indicator
left join untold on untold.indicator = indicator.indicator
where catalogue.is_need and (untold.indicator is null or indicator.state = 'present')
group by indicator.person_id, catalogue.need
