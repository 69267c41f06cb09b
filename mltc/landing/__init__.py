"""What is not a local file becomes one: queries, object storage and archives, pulled before anything is read.

Files land in OUT/landing/<run>/<feed>/ and stay there until the run commits, so that a run that was broken off
pulls only what is missing. Peak memory does not grow with what is pulled.
"""

from mltc.landing.archive import land_archive
from mltc.landing.attempts import MissingSourceError
from mltc.landing.database_url import read_database_url
from mltc.landing.landed import LandedFile, clear_landing, landing_folder
from mltc.landing.objects import land_objects
from mltc.landing.query import QueryRequest, land_query
from mltc.landing.query_text import build_relation_request, read_query_request

__all__ = [
    "LandedFile",
    "MissingSourceError",
    "QueryRequest",
    "build_relation_request",
    "clear_landing",
    "land_archive",
    "land_objects",
    "land_query",
    "landing_folder",
    "read_database_url",
    "read_query_request",
]
