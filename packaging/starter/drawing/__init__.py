"""The starter's world: which scenes there are, how they are worded, and how they are painted.

May import nothing of the starter's but itself; no torch.
"""
