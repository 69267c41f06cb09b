"""Practice lists: what a clinician is handed of the people of one practice, and what comes back."""
