"""Making one picture with a model in memory: from words or from a picture, in one pass of sampling
or several.

Knows the models in memory, the loop and pictures that come in; no ladder, no files of models. May
import `loop`, `model_cache` and what is below them.
"""
