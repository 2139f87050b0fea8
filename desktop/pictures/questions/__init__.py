"""What questions about pictures are made of: a dialog of named rows, and the controls in them.

May import `desktop.widgets`.
"""
