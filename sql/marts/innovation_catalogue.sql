-- One row per innovation of codelists/innovations.toml: what, for whom, what one worker can take, how sure it is.
select
    innovation,
    innovation_name,
    sort_key,
    what,
    needs,
    rule,
    people_per_wte,
    capacity_source,
    capacity_note,
    strength,
    evidence,
    citation,
    does_not
from codelist.innovation
