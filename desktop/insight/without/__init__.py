"""What words do to a picture: it is made without them at three seeds, in the column of Words.

Knows the trials of the picture that is open and how they are shown. May import what
`desktop.insight` may, of its folders `opened` and `words`.
"""
