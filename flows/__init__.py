"""The Prefect shell: flows, schedules and the command line around the domain logic of mltc and models."""
