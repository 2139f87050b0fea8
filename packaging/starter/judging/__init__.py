"""What the finished model reaches: classifiers that judge its pictures, and tables for its card.

May import `drawing`, what `training` shares, and of the program what makes a picture.
"""
