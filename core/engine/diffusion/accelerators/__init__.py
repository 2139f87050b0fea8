"""What graphics cards want that a processor does not: weights in another order, recorded graphs of
the network's call, weights that wait in pinned memory, looks at a step without stopping for it.

Every path has a switch (`switches`) and gives way to the plain one, with a line in the log, where a
device refuses. On a processor nothing here acts. Knows no family and no request; may import torch
and `networks`.
"""
