"""Export: what a person is asked before pictures are written elsewhere, and what becomes of it.

May import `desktop.state`, `desktop.widgets` and the core.
"""
