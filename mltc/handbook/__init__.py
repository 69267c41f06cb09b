"""Definitions as pages that a clinician can check, and the evidence of one person in words."""
