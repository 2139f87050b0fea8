"""How the starter model is drawn, trained and judged, from nothing: CONTRIBUTING.md has the recipe.
Its commands run from the folder `packaging`: `python -m starter.training.dataset`, and so on.

Judging may import training and drawing, training may import drawing, and drawing neither.
"""
