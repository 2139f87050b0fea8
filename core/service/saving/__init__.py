"""The way of a made picture to the gallery, also while the next one is being made.

Knows stores, the runner and its outcomes, no engine by name, and neither Qt nor a terminal.
"""
