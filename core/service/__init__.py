"""What the window and the command line share: the runner, incidents, predictions, reports.

Knows every store and engine, and neither Qt nor a terminal. May import all of core but `core.cli`.
"""
