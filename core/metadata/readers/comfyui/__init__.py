"""ComfyUI's graphs: nodes by what they take, followed from the picture that was saved back to the
noise.

May import what is common to readers and what that may; knows no other program's recipe.
"""
