"""The labelled grid of a sweep as a picture for others: where everything stands, and its files.

Knows files of pictures and words, no window. May import `core.metadata`, the typeface and PDFs of
contact sheets.
"""
