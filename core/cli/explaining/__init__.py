"""`calotype explain`: how a picture came to be, where its words were looked at, what it would be
without them, and what went wrong with it.

May import: core.cli.shared, core.service and below.
"""
