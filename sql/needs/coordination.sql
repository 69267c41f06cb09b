-- One row per person with MLTC: the ten parts of the coordination composite, each with its state.
-- A part is an indicator of needs.indicator_<part>; null where it does not apply to the person. Whether it applies is
-- itself not known where the feed that tells is not: discharge parts without the hospital feed, waiting parts without a
-- waiting list, frailty without a score. Parts weigh the same: no source says what they weigh.
with part as (
    select
        person.person_id,
        admissions.state as two_unplanned_admissions,
        coalesce(discharge.state, case when not person.is_hospital_known_12m then 'not_known' end)
            as discharge_without_contact,
        transitions.state as five_transitions,
        services.state as five_services,
        coalesce(
            frailty.state,
            case
                when person.age_years >= 65 and score.efi_band is null then 'not_known'
                when person.age_years >= 75 and score.hfrs_band is null then 'not_known'
            end
        ) as frailty_without_assessment,
        waiting.state as waiting_two_specialties,
        coalesce(admitted.state, case when not person.is_waiting_list_known then 'not_known' end)
            as unplanned_admission_while_waiting,
        coalesce(unseen.state, case when not person.is_waiting_list_known then 'not_known' end)
            as waiting_without_contact,
        plan.state as complex_without_care_plan,
        readmission.state as repeated_readmission
    from needs.person as person
    inner join needs.indicator_two_unplanned_admissions as admissions on admissions.person_id = person.person_id
    inner join needs.indicator_five_transitions as transitions on transitions.person_id = person.person_id
    inner join needs.indicator_five_services as services on services.person_id = person.person_id
    inner join needs.indicator_waiting_two_specialties as waiting on waiting.person_id = person.person_id
    inner join needs.indicator_repeated_readmission as readmission on readmission.person_id = person.person_id
    left join needs.indicator_discharge_without_contact as discharge on discharge.person_id = person.person_id
    left join needs.indicator_frailty_without_assessment as frailty on frailty.person_id = person.person_id
    left join needs.indicator_unplanned_admission_while_waiting as admitted on admitted.person_id = person.person_id
    left join needs.indicator_waiting_without_contact as unseen on unseen.person_id = person.person_id
    left join needs.indicator_complex_without_care_plan as plan on plan.person_id = person.person_id
    left join scores.person_score as score on score.person_id = person.person_id and score.index_date = $index_date
)

select
    part.*,
    case when two_unplanned_admissions = 'present' then 1 else 0 end
    + case when discharge_without_contact = 'present' then 1 else 0 end
    + case when five_transitions = 'present' then 1 else 0 end
    + case when five_services = 'present' then 1 else 0 end
    + case when frailty_without_assessment = 'present' then 1 else 0 end
    + case when waiting_two_specialties = 'present' then 1 else 0 end
    + case when unplanned_admission_while_waiting = 'present' then 1 else 0 end
    + case when waiting_without_contact = 'present' then 1 else 0 end
    + case when complex_without_care_plan = 'present' then 1 else 0 end
    + case when repeated_readmission = 'present' then 1 else 0 end as present_count,
    10
    - case when two_unplanned_admissions = 'not_known' then 1 else 0 end
    - case when discharge_without_contact = 'not_known' then 1 else 0 end
    - case when five_transitions = 'not_known' then 1 else 0 end
    - case when five_services = 'not_known' then 1 else 0 end
    - case when frailty_without_assessment = 'not_known' then 1 else 0 end
    - case when waiting_two_specialties = 'not_known' then 1 else 0 end
    - case when unplanned_admission_while_waiting = 'not_known' then 1 else 0 end
    - case when waiting_without_contact = 'not_known' then 1 else 0 end
    - case when complex_without_care_plan = 'not_known' then 1 else 0 end
    - case when repeated_readmission = 'not_known' then 1 else 0 end as known_count
from part
