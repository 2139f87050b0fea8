"""Two pictures set beside each other: a slider between them, what differs, how far they are apart;
and pictures made again, which are compared with their files.

Above the other modules of `desktop.pictures`; may import what they may.
"""
