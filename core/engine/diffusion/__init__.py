"""The real engine's room: torch, diffusers and transformers stand here only, and never ask the net.

Knows what `core.engine` knows. May import `core.engine.contract` and what that may import.
"""

import os

# Read by huggingface_hub when it is imported, which everything here does later;
# whatever a person's shell says.
os.environ.update(
    HF_HUB_OFFLINE="1", TRANSFORMERS_OFFLINE="1", HF_HUB_DISABLE_TELEMETRY="1", DO_NOT_TRACK="1"
)
