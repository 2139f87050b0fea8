"""The noise that a picture began as, as the screen can show it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from core.engine.contract.recording_file import RecordingFile
from core.values.picture import Pixels

WIDE = 3.0  # standard deviations from middle grey to black or white


def start_noise(recording: Path, width: int, height: int) -> Pixels:
    """The first three channels of the recorded noise as red, green and blue, each number a square,
    in a picture of `width` x `height` pixels. Raises WorldError where the recording cannot be
    read."""
    with RecordingFile(recording) as file:
        latents = file.latents(0)[0]
    planes = latents[[n % len(latents) for n in range(3)]]
    shares = planes / (float(planes.std()) or 1.0) / WIDE
    levels = np.clip(127.5 * (1 + shares), 0, 255).astype(np.uint8)
    small = Image.fromarray(np.ascontiguousarray(levels.transpose(1, 2, 0)), "RGB")
    shown = small.resize((width, height), Image.Resampling.NEAREST)
    return Pixels(width, height, shown.tobytes())
