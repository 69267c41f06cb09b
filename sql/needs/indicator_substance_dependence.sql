-- One row per person with MLTC: dependent on alcohol or drugs.
-- The register holds alcohol dependence or misuse of psychoactive substances (a code ever); contact with a service
-- for dependence that was coded in 24 months counts too, where its codes are verified. Inclusion health, one of the
-- plus groups of Core20PLUS5 (NHS England). Value: conditions and service held, 0 to 3. The code list of substances
-- holds misuse beside dependence. One that is found is enough to know; none says something only where the practice's
-- entries of 24 months are known.
with found as (
    select
        person_id,
        evidence_code,
        last_date
    from register.person_condition
    where condition in ('alcohol_dependence', 'substance_misuse')
    union all
    select
        person_id,
        last_code as evidence_code,
        last_date
    from needs.process_record
    where care_process = 'substance_dependence_service' and count_24m > 0
),

dependent as (
    select
        person_id,
        count(*) as found_count,
        arg_max(evidence_code, struct_pack(last_date := last_date, evidence_code := evidence_code)) as evidence_code,
        max(last_date) as last_date
    from found
    group by person_id
)

select
    person.person_id,
    'substance_dependence' as indicator,
    case
        when dependent.person_id is not null then 'present'
        when person.is_gp_event_known_24m then 'absent'
        else 'not_known'
    end as state,
    cast(
        case
            when dependent.person_id is not null then dependent.found_count
            when person.is_gp_event_known_24m then 0
        end as double
    ) as value,
    'staging.gp_event' as evidence_source,
    dependent.evidence_code,
    dependent.last_date as evidence_date
from needs.person as person
left join dependent on dependent.person_id = person.person_id
