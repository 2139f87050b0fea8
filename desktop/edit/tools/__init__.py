"""The tools of the canvas: each changes a document as pointer and keys say.

May import `edit.document`, `state` and `widgets`; nothing of the canvas itself.
"""
