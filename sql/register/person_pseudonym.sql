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

number as (
    select
        person_id,
        -- bits 1 to 60, 61 to 120, and 121 to 125 of the digest
        cast('0x' || substr(hex, 1, 15) as bigint) as high,
        cast('0x' || substr(hex, 16, 15) as bigint) as middle,
        cast('0x' || substr(hex, 31, 2) as bigint) // 8 as low
    from digest
)

select
    person_id,
    translate(
        to_base(high, 32, 12) || to_base(middle, 32, 12) || to_base(low, 32, 1),
        '0123456789ABCDEFGHIJKLMNOPQRSTUV',
        '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
    )
    -- 2^65 mod 37 = 24 and 2^5 mod 37 = 32, so that no number of 125 bits is ever needed
    || substr(
        '0123456789ABCDEFGHJKMNPQRSTVWXYZ*~$=U', cast((high % 37 * 24 + middle % 37 * 32 + low) % 37 as integer) + 1, 1
    ) as mltc_id
from number
