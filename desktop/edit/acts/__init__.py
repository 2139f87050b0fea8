"""What commands and the panel of layers do to the document that is shown.

May import `edit.document`, `edit.canvas`, `edit.panels`, `state` and `widgets`.
"""
