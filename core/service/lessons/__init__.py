"""Lessons: the guided tour, lesson files of anybody, and how far a person came in them.

Knows no window and no engine. May import `core.store`, `core.metadata`, `core.values` and
`core.system`.
"""
