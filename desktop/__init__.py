"""The window: rooms behind a rail, and what they share.

May import core but for its command line and the inside of its engine; core never imports it.
"""
