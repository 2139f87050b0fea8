"""Lessons: the guided tour, lesson files of anybody, how far a person came in them, their pictures.

Knows no window. May import `core.engine`'s contract, `core.metadata`, `core.values` and
`core.system`.
"""
