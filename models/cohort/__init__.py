"""What is published of cohorts and places: standardised prevalence, inequality, activity, months, outlook.

Counted tables in, published measures out; frames only, nothing read or written. The statistics themselves are
`models.public_health`.
"""
