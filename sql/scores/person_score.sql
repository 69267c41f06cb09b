-- One row per index date and person: every score side by side.
-- Each comes from the table of its name, which says its rule, its source and when it is null.
select
    spine.index_date,
    spine.person_id,
    charlson.charlson_1987,
    charlson.charlson_1987_age_adjusted,
    charlson.charlson_quan_2011,
    charlson.charlson_shmi,
    elixhauser.elixhauser_van_walraven,
    elixhauser.elixhauser_ahrq,
    elixhauser.elixhauser_count,
    hfrs.hfrs,
    hfrs.hfrs_band,
    efi.efi_deficit_count,
    efi.efi,
    efi.efi_band,
    cambridge.cambridge_37_consultations,
    cambridge.cambridge_37_mortality,
    cambridge.cambridge_37_unplanned_admission,
    cambridge.cambridge_37_general,
    cambridge.cambridge_20_general,
    cambridge.cambridge_20_mortality,
    polypharmacy.medicine_count_3m,
    polypharmacy.medicine_count_12m,
    polypharmacy.bnf_paragraph_count_3m,
    polypharmacy.repeat_medicine_count_3m,
    polypharmacy.product_count_3m,
    anticholinergic.anticholinergic_burden_3m,
    anticholinergic.anticholinergic_medicine_count_3m,
    hfrs.hfrs_is_75_or_over,
    efi.efi_is_65_or_over,
    polypharmacy.has_8_medicines,
    polypharmacy.has_10_medicines,
    polypharmacy.has_15_medicines,
    polypharmacy.has_20_medicines,
    polypharmacy.has_5_repeat_medicines,
    polypharmacy.has_10_repeat_medicines,
    anticholinergic.has_anticholinergic_burden_3,
    anticholinergic.has_anticholinergic_burden_6
from register.spine as spine
left join scores.charlson as charlson
    on charlson.person_id = spine.person_id and charlson.index_date = spine.index_date
left join scores.elixhauser as elixhauser
    on elixhauser.person_id = spine.person_id and elixhauser.index_date = spine.index_date
left join scores.hfrs as hfrs
    on hfrs.person_id = spine.person_id and hfrs.index_date = spine.index_date
left join scores.efi as efi
    on efi.person_id = spine.person_id and efi.index_date = spine.index_date
left join scores.cambridge as cambridge
    on cambridge.person_id = spine.person_id and cambridge.index_date = spine.index_date
left join scores.polypharmacy as polypharmacy
    on polypharmacy.person_id = spine.person_id and polypharmacy.index_date = spine.index_date
left join scores.anticholinergic as anticholinergic
    on anticholinergic.person_id = spine.person_id and anticholinergic.index_date = spine.index_date
