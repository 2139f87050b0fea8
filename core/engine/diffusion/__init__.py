"""The engine's room: torch, diffusers and transformers are imported below here only,
and never ask the network."""

import os

# Read by huggingface_hub when it is imported, which everything here does later;
# whatever a person's shell says.
os.environ.update(
    HF_HUB_OFFLINE="1", TRANSFORMERS_OFFLINE="1", HF_HUB_DISABLE_TELEMETRY="1", DO_NOT_TRACK="1"
)
