-- One row per care process: whether the feed can tell that it was not done.
-- It can where the process has verified codes (codelist.care_process) and a person with MLTC has an entry of it, ever:
-- extracts are often cut to lists of codes, and a process that no record at all holds was not extracted, or is recorded
-- in another way. A process that is not known makes nobody one to whom it was not done; entries that are found count in
-- any case.
with recorded as (
    select
        care_process,
        count(*) as person_count
    from needs.process_record
    group by care_process
)

select
    care_process.key,
    coalesce(recorded.person_count, 0) as person_count,
    care_process.verified as is_verified,
    care_process.verified and recorded.person_count is not null as is_known
from codelist.care_process as care_process
left join recorded on recorded.care_process = care_process.key
