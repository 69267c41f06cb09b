-- One row per person with MLTC: five or more unplanned emergency attendances in 12 months.
-- Attendances as in utilisation.high_intensity_use. Value: how many. Source: British Red Cross, Nowhere else to turn
-- (2021), and NHS England's guidance on high intensity use services: five or more. Five that are found are enough;
-- fewer say something only where the window is known.
select
    person.person_id,
    'high_intensity_emergency' as indicator,
    case
        when emergency_use.unplanned_attendance_count_12m >= 5 then 'present'
        when person.is_emergency_known_12m and emergency_use.unplanned_attendance_count_12m is not null then 'absent'
        else 'not_known'
    end as state,
    cast(
        case
            when emergency_use.unplanned_attendance_count_12m >= 5 or person.is_emergency_known_12m
                then emergency_use.unplanned_attendance_count_12m
        end as double
    ) as value,
    'staging.emergency' as evidence_source,
    cast(null as varchar) as evidence_code,
    attended.last_attended_date as evidence_date
from needs.person as person
left join utilisation.high_intensity_use as emergency_use
    on emergency_use.person_id = person.person_id and emergency_use.index_date = $index_date
left join needs.setting_use as attended
    on attended.person_id = person.person_id and attended.setting = 'emergency'
