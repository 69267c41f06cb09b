"""Is what arrived shaped like what the last accepted run had?"""
