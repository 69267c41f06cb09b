"""The Prefect shell: flows, schedules and the command line around the domain logic of mltc and models."""

from flows.secret_block import read_secret_block
from mltc.encryption import set_block_reader

set_block_reader(read_secret_block)
