"""Documents of the Edit room as values: layers, masks, and what stands around them.

May import what is below values, and values.
"""
