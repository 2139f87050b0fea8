"""What a process keeps of memory, and gives back.

Knows nothing of ours. May import nothing of ours.
"""
