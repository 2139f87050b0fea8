"""The life of the program: composition root, single instance, safe mode, sleep, news of updates.

Builds everything else by hand. May import all of desktop.
"""
