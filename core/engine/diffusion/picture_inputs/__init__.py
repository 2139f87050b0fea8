"""The picture that a request starts from, on its way into the network and back out of it: read,
fitted, masked, cut into what is rendered at a time, put back.

Knows pixels, masks and latents of them, no family. May import `parts` and what that may import.
"""
