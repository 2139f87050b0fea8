"""Jobs of the queue become pictures: made by an engine, saved while the next one is made.

Knows the stores, whatever engine it is given, and how a job may end; neither Qt nor a terminal.
May import all of core but `core.cli`.
"""
