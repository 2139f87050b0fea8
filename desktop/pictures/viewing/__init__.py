"""Pictures in a window of their own: full screen or on a second screen, one after another.

Above the other modules of `desktop.pictures`; may import what they may.
"""
