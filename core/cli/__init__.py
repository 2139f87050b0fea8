"""The command line over the very same Runner as the window: results on stdout, all else on stderr.

Knows no Qt. May import all of core.
"""
