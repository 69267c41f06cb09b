"""Statistics of a needs assessment: rates, standardisation, inequality, funnels, charts over time, projections.

One module per thing; frames in, frames out, many places at once, nothing read or written. Formulas, sources, limits
and a worked value of each: docs/statistics.md.
"""
