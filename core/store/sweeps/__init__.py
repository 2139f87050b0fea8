"""Sweeps as they are kept: a file each, and what the queue and the gallery have of them.

Knows the database's tables and the folder of sweeps. May import what `core.store` may.
"""
