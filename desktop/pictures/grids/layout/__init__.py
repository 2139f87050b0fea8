"""Where the cells of a grid lie, from counts and shapes alone; rows and groups as ranges.

May import core.values and core.system."""
