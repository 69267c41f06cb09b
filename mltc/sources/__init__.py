"""Extracts in, as they arrived: files to `raw` tables with a row number for everything."""

from mltc.sources.extract import Located, load_extract, load_located, locate_extract
from mltc.sources.record import ExtractFile

__all__ = ["ExtractFile", "Located", "load_extract", "load_located", "locate_extract"]
