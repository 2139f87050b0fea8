"""How convolutions are reckoned on a processor, and in which order their filters then lie in
memory.

Knows torch and the filters it is handed. May import nothing of the house.
"""
