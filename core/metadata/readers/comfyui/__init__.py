"""ComfyUI's graphs: nodes by what they take, followed from the picture that was saved back to the
noise. May import the readers' `gathered.py` and what that may; knows no other program's recipe.
"""
