"""The dry run of a release of code lists: what changes in the lists, and for whom, before anyone accepts it."""

from mltc.codelist_diff.content import compare_content
from mltc.codelist_diff.trial import Difference, RunValues, try_release

__all__ = ["Difference", "RunValues", "compare_content", "try_release"]
