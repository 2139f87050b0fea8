"""The pictures that requests start from, and their masks: brought in from any file, kept once each,
swept when nothing names them.

Knows files and pixels, no engine. May import `core.metadata` and what is below it.
"""
