"""One recipe with something varied, as a row of cells: through the queue, measured, looked at.

Above the other modules of `desktop.pictures`; may import what they may.
"""
