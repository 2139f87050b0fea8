"""How fast this machine makes pictures, and what bounds each part: measures the machine, counts
what is asked of it, and times a loaded model. Knows the interface of models and no single one; may
import what `engine` may."""
