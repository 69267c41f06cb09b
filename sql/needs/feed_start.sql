-- One row per feed that the needs read beside those of the features: the first month from which on it tells something.
-- The rule is that of features.feed_start. They stand apart, since risk may not be made of every feed of the needs.
with monthly as (
    select
        'gp_event' as table_name,
        cast(date_trunc('month', event_date) as date) as month,
        count(*) as row_count
    from staging.gp_event
    group by date_trunc('month', event_date)
    union all
    select
        'gp_prescription' as table_name,
        cast(date_trunc('month', issue_date) as date) as month,
        count(*) as row_count
    from staging.gp_prescription
    group by date_trunc('month', issue_date)
    union all
    select
        'mental_health_contact' as table_name,
        cast(date_trunc('month', contact_date) as date) as month,
        count(*) as row_count
    from staging.mental_health_contact
    group by date_trunc('month', contact_date)
    union all
    select
        'community_contact' as table_name,
        cast(date_trunc('month', contact_date) as date) as month,
        count(*) as row_count
    from staging.community_contact
    group by date_trunc('month', contact_date)
    union all
    select
        'social_care_event' as table_name,
        cast(date_trunc('month', event_date) as date) as month,
        count(*) as row_count
    from staging.social_care_event
    group by date_trunc('month', event_date)
),

compared as (
    select
        table_name,
        month,
        row_count,
        median(row_count) over (partition by table_name) as median_row_count
    from monthly
    where month is not null
)

select
    table_name,
    min(month) as first_month
from compared
where row_count >= median_row_count / 10
group by table_name
