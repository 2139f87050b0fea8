"""Which calls of a UNet go on from features of an earlier one (DeepCache, Ma et al. 2024)."""

from __future__ import annotations

from core.engine.diffusion.networks.transformer import TextKeys
from core.engine.diffusion.networks.unet import DeepFeatures

# Layers before the network's end at which features are kept. With one, a call from kept features
# takes a twelfth of a whole one of Stable Diffusion 1.5; with two it would take a fifth.
DEPTH = 1


class FeatureReuse:
    """Of one picture: every `interval`-th evaluation of the network is whole, those between go on
    from its features. Interval 1 is none at all.

    An evaluation is what a sampler asks for at once: one call, or one for each branch of guidance.
    Each text has features of its own, since those of one branch, or of both in a batch, are of no
    use to another: where guidance begins or ends inside the picture, the first call is whole.
    """

    def __init__(self, interval: int, depth: int = DEPTH) -> None:
        self._interval = interval
        self._depth = depth
        self._evaluation = -1
        self._sigma = -1.0
        self._told: list[TextKeys] = []  # in this evaluation
        self._kept: dict[TextKeys, DeepFeatures] = {}

    def features(self, text: TextKeys, sigma: float) -> DeepFeatures | None:
        """What a call for this text at this noise level is given; None where every call is
        whole."""
        if self._interval == 1:
            return None
        if sigma != self._sigma or text in self._told:
            self._begin(sigma)
        self._told.append(text)
        return self._kept.setdefault(text, DeepFeatures(self._depth))

    def _begin(self, sigma: float) -> None:
        """The next evaluation, whole or not."""
        self._evaluation += 1
        self._sigma = sigma
        self._told.clear()
        if self._evaluation % self._interval == 0:
            self._kept.clear()
