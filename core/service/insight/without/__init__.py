"""What a word of a prompt does to a picture: the same seeds once more without it, beside what a
change does that means nothing.

Above the other modules of `core.service.insight` but `explaining`; may import what they may.
"""
