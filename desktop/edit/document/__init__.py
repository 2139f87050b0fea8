"""A document that is being edited: its steps of undo, its tiles in memory, and what is done to it.

Knows no widget, and no disk: tiles and steps are kept by those who open it. May import
`edit.pixels`, `state` and `widgets`.
"""
