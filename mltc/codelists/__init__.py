"""Conditions, care processes and the codes that identify them: definitions as data."""

from mltc.codelists.load import Codelists, load_codelists
from mltc.codelists.published import load_qof_published
from mltc.codelists.registry import write_registry

__all__ = ["Codelists", "load_codelists", "load_qof_published", "write_registry"]
