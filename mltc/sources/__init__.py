"""Extracts in, as they arrived: files to `raw` tables with a row number for everything."""

from mltc.sources.extract import ExtractFile, load_extract

__all__ = ["ExtractFile", "load_extract"]
