-- One row per person in the register: the keyed pseudonym `mltc_id`.
-- HMAC-SHA-256 (RFC 2104) of the person key under the secret of the ICB, which reaches this query as the
-- two padded keys and is stored nowhere. The first 125 bits in 25 characters of Crockford base 32, then
-- Crockford's check symbol (value mod 37).
with digest as (
    select
        person_id,
        lower(sha256($outer_pad || unhex(sha256($inner_pad || encode(person_id))))) as hex
    from register.person
),

chunk as (
    select
        digest.person_id,
        step.i,
        cast(
            floor(
                cast('0x' || rpad(substr(digest.hex, step.i * 5 + 1, 5), 5, '0') as bigint)
                / case when step.i = 6 then 32768 else 1 end
            ) as bigint
        ) as bits,
        case when step.i = 6 then 1 else 4 end as symbols
    from digest
    cross join (select unnest(range(0, 7)) as i) as step
),

symbol as (
    select
        chunk.person_id,
        chunk.i * 4 + place.j as position,
        cast(floor(chunk.bits / power(32, chunk.symbols - 1 - place.j)) as bigint) % 32 as value
    from chunk
    inner join (select unnest(range(0, 4)) as j) as place on place.j < chunk.symbols
),

checked as (
    select
        symbol.person_id,
        string_agg(
            substr('0123456789ABCDEFGHJKMNPQRSTVWXYZ', cast(symbol.value + 1 as integer), 1), ''
            order by symbol.position
        ) as body,
        -- 32^n mod 37 by position, so that no number of 125 bits is ever needed
        cast(sum(symbol.value * power_of_32.remainder) % 37 as integer) as check_value
    from symbol
    inner join codelist.power_of_32 as power_of_32 on power_of_32.exponent = 24 - symbol.position
    group by symbol.person_id
)

select
    person_id,
    body || substr('0123456789ABCDEFGHJKMNPQRSTVWXYZ*~$=U', check_value + 1, 1) as mltc_id
from checked
