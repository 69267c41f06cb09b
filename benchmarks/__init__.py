"""Benchmarks: repeatable, never asserted."""
