"""Making pictures larger: what is asked of a person, what becomes of it in the queue, and how the
result is set beside what it was made from. May import pictures, `desktop.state`, `desktop.widgets`
and the core.
"""
