-- One row per person with MLTC and an emergency readmission within 30 days, in the 12 months up to the index date.
-- Those of utilisation.readmission (NHS Digital I02040), by the day of readmission.
select
    readmission.person_id,
    count(*) as readmission_count,
    max(readmission.readmission_date) as last_date
from utilisation.readmission as readmission
inner join needs.person as person on person.person_id = readmission.person_id
where readmission.readmission_date <= $index_date and readmission.readmission_date > $index_date - interval 12 month
group by readmission.person_id
