"""A sweep as a table of its pictures: seen while it grows, arranged, compared, gone on with.

Knows pictures and the queue, no room. May import what `desktop.pictures` may.
"""
