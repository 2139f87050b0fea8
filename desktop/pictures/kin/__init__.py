"""Pictures that belong together: what looks like one, what was made of it, and duplicates.

May import pictures, `desktop.state`, `desktop.widgets` and the core.
"""
