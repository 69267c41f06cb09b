"""Extracts in, as they arrived: files to `raw` tables with a row number for everything."""

from mltc.sources.extract import load_extract
from mltc.sources.record import ExtractFile

__all__ = ["ExtractFile", "load_extract"]
