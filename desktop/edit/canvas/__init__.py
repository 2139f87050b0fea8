"""The canvas: a document as it is looked at, and the tools that change it by pointer and keys.

May import `edit.tools`, `edit.document`, `state` and `widgets`.
"""
