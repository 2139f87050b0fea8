"""A contact sheet: many pictures small beside each other, with captions, on pages.

Knows no gallery. May import the rest of exporting, metadata, store, values and system.
"""
