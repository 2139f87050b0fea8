"""Arrays of pixels: what hangs together, wider and softer shapes, pictures at several sizes, and
what clear ones are shown on.

Knows no document that is open, and no widget. May import core.
"""
