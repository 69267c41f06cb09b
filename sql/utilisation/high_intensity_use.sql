-- One row per index date and person: frequent use of emergency departments and of the practice in 12 months.
-- Emergency attendances: unplanned ones (category 4 is planned) at departments other than same day emergency care
-- (type 05); a category or type that is not given counts. High intensity: 5 or more (British Red Cross, Nowhere else
-- to turn, 2021); frequent: 3 or more, very frequent: 6 or more (Greenfield G et al. EMJ 2020;37:597).
-- Frequent attender of the practice: among the top tenth of all registered people of the age band and sex by attended
-- contacts (Smits FT et al. BMC Fam Pract 2008;9:21: enlisted patients, at least three age groups per sex; the bands
-- are those of the release). Ties at the border stay out, so that the group is never more than a tenth.
-- Null where the feed was not supplied.
with index_date as (
    select distinct index_date
    from meta.index_date
),

attendance as (
    select
        index_date.index_date,
        emergency.person_id,
        count(*) as attendance_count
    from index_date
    inner join staging.emergency as emergency
        on
            cast(emergency.arrival_at as date) <= index_date.index_date
            and cast(emergency.arrival_at as date) > index_date.index_date - interval 12 month
    where coalesce(emergency.attendance_category, '') <> '4' and coalesce(emergency.department_type, '') <> '05'
    group by index_date.index_date, emergency.person_id
),

contact as (
    select
        index_date.index_date,
        consultation.person_id,
        count(*) as contact_count
    from index_date
    inner join staging.gp_consultation as consultation
        on
            consultation.consultation_date <= index_date.index_date
            and consultation.consultation_date > index_date.index_date - interval 12 month
    where consultation.status = 'attended'
    group by index_date.index_date, consultation.person_id
),

counted as (
    select
        spine.index_date,
        spine.person_id,
        age_band.age_band,
        person.sex,
        case when feed.has_emergency then coalesce(attendance.attendance_count, 0) end as attendance_count,
        case when feed.has_gp_consultation then coalesce(contact.contact_count, 0) end as contact_count
    from register.spine as spine
    cross join meta.feed as feed
    inner join staging.person as person on person.person_id = spine.person_id
    left join codelist.age_band as age_band
        on spine.age_years between age_band.lower_age_years and age_band.upper_age_years
    left join attendance
        on attendance.person_id = spine.person_id and attendance.index_date = spine.index_date
    left join contact on contact.person_id = spine.person_id and contact.index_date = spine.index_date
),

ranked as (
    select
        counted.*,
        cume_dist() over (partition by index_date, age_band, sex order by contact_count desc nulls last)
            as share_at_least_as_often
    from counted
)

select
    index_date,
    person_id,
    attendance_count as unplanned_attendance_count_12m,
    contact_count as practice_contact_count_12m,
    attendance_count >= 5 as is_high_intensity_user,
    attendance_count >= 3 as is_frequent_attender,
    attendance_count >= 6 as is_very_frequent_attender,
    case when contact_count is not null then contact_count > 0 and share_at_least_as_often <= 0.1 end
        as is_practice_frequent_attender
from ranked
