"""What the window says when a picture fails or the engine falls silent, and the report page.

Knows no room. May import `desktop.state` and `desktop.widgets`.
"""
