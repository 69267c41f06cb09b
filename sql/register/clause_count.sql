-- One row per index date, person and clause on medicines, or on repeated codes, that holds on that date.
-- at_least records in the months up to the date (no months: ever). Issues count, not days: two on one day are two.
-- first_known_date is the first day on which the rule was met: the record that made the number up.
-- Where the practice's feed has failed the months are counted back from then (register.failed_feed): records of before
-- the calendar's months are counted beside those in them.
with wanted as (
    select
        clause.clause,
        clause.kind,
        clause.at_least,
        clause.months,
        clause.since,
        listed.code_number,
        case listed.source when 'gp' then 1 when 'hospital' then 2 else 4 end as source_bit
    from codelist.clause as clause
    inner join codelist.clause_evidence as clause_evidence on clause_evidence.clause = clause.clause
    inner join register.listed_code as listed
        on listed.kind = clause_evidence.kind and listed.evidence = clause_evidence.evidence
    where clause.kind = 'drug' or (clause.kind = 'code' and clause.at_least > 1 and listed.kind = 'code')
),

period as (
    select
        wanted.*,
        described.index_date,
        cast(described.index_date - to_months(wanted.months) as date) as after_date
    from wanted
    cross join (select distinct index_date from meta.index_date) as described
),

record as (
    select
        record.person_id,
        period.clause,
        period.index_date,
        period.at_least,
        period.code_number,
        period.source_bit,
        record.event_date,
        1 as in_calendar
    from register.listed_record as record
    inner join period
        on
            period.code_number = record.code_number
            and record.event_date <= period.index_date
            and record.known_date <= period.index_date
            and (period.after_date is null or record.event_date > period.after_date)
            and (period.since is null or record.event_date >= period.since)
    union all
    select
        record.person_id,
        period.clause,
        period.index_date,
        period.at_least,
        period.code_number,
        period.source_bit,
        record.event_date,
        0 as in_calendar
    from register.listed_record as record
    inner join register.failed_feed as failed on failed.person_id = record.person_id
    inner join period
        on
            period.code_number = record.code_number
            and period.index_date = failed.index_date
            and record.known_date <= period.index_date
            and record.event_date <= period.after_date
            and record.event_date
            > case when period.kind = 'drug' then failed.gp_prescription_until else failed.gp_event_until end
            - to_months(period.months)
            and (period.since is null or record.event_date >= period.since)
),

counted as (
    select
        index_date,
        person_id,
        clause,
        at_least,
        min(code_number) as code_number,
        count(*) as evidence_count,
        bit_or(source_bit) as sources,
        sum(in_calendar) as calendar_count,
        min(event_date) as first_date,
        max(event_date) as last_date
    from record
    group by index_date, person_id, clause, at_least
    having count(*) >= at_least
),

-- all that a person ever has of a clause, in order of dates
dated as (
    select
        record.person_id,
        wanted.clause,
        wanted.at_least,
        wanted.months,
        list_sort(list(record.event_date)) as event_dates
    from register.listed_record as record
    inner join wanted
        on wanted.code_number = record.code_number and (wanted.since is null or record.event_date >= wanted.since)
    group by record.person_id, wanted.clause, wanted.at_least, wanted.months
),

-- the first date that has at_least - 1 records in the months before it
met as (
    select
        person_id,
        clause,
        case
            when at_least = 1 then event_dates[1]
            else list_min(
                list_transform(
                    range(at_least, len(event_dates) + 1),
                    lambda place: case
                        when
                            months is null
                            or event_dates[place - at_least + 1] > event_dates[place] - to_months(months)
                            then event_dates[place]
                    end
                )
            )
        end as first_known_date
    from dated
)

select
    counted.index_date,
    counted.person_id,
    counted.clause,
    counted.code_number,
    counted.evidence_count,
    counted.sources,
    counted.calendar_count < counted.at_least as is_held_over,
    counted.first_date,
    counted.last_date,
    met.first_known_date
from counted
inner join register.observation as observation
    on observation.index_date = counted.index_date and observation.person_id = counted.person_id
inner join met on met.person_id = counted.person_id and met.clause = counted.clause
