"""The windows for pictures alone, as the main window opens them and hears of them.

Knows nothing of the main window but what that hands it. May import what `shell` may.
"""
