-- One row per ICD-10 code of the hospital diagnoses, code set and category that it counts towards.
-- A code counts where a listed prefix of three to five characters starts it: M3519 under M351. Code sets: charlson and
-- elixhauser (Quan 2005, Med Care 43:1130) and shmi (NHS England, SHMI specification).
-- Made of the few thousand distinct codes, so that the millions of diagnoses are joined once.
with code as (
    select distinct code
    from staging.hospital_diagnosis
),

start as (
    select
        code,
        substr(code, 1, 3) as prefix
    from code
    union
    select
        code,
        substr(code, 1, 4) as prefix
    from code
    union
    select
        code,
        substr(code, 1, 5) as prefix
    from code
),

listed as (
    select
        code_set,
        category,
        code as prefix
    from codelist.charlson_code
    where verified = 'yes'
    union all
    select
        code_set,
        category,
        code as prefix
    from codelist.elixhauser_code
    where verified = 'yes'
)

select distinct
    start.code,
    listed.code_set,
    listed.category
from start
inner join listed on listed.prefix = start.prefix
