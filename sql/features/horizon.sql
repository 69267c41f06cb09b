-- One row per index date whose horizon of $horizon_months months lies inside the data.
-- The horizon must end on or before the index date of the run, up to which the feeds are known. described_date is the
-- index date at which people are described again: the first on or after the end of the horizon.
with index_date as (
    select distinct
        index_date,
        cast(index_date + to_months($horizon_months) as date) as horizon_end
    from meta.index_date
    where role <> 'last_run'
)

select
    index_date.index_date,
    index_date.horizon_end,
    min(later.index_date) as described_date
from index_date
left join index_date as later on later.index_date >= index_date.horizon_end
where index_date.horizon_end <= $index_date
group by index_date.index_date, index_date.horizon_end
