-- One row per person with MLTC and disease that the register holds, under whichever rule and definition.
-- A disease gathers the conditions that are one under several rules (codelist.disease_condition): it says which review,
-- clinic or check a person should have, and does not hang on the definition of the run.
select
    status.person_id,
    disease.disease,
    max(status.last_date) as last_date
from register.person_condition as status
inner join codelist.disease_condition as disease
    on disease.condition = status.condition and disease.verified = 'yes'
inner join needs.person as person on person.person_id = status.person_id
group by status.person_id, disease.disease
