"""A prompt as its editor shows it: what each of its places is, by the very rules it is drawn by.

Knows texts and places in them. May import `core.values` and what is below it.
"""
