"""Model folders and encoders: the only home of torch, torchvision, timm, transformers and safetensors."""

import os

# Set before anything here imports torch, whose OpenMP reads it once. Its threads otherwise wait for each other by
# spinning: as soon as decoders or other programs take part of a core, that costs five times the work itself (measured:
# 260 instead of 48 core-milliseconds a photo, on two busy cores).
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
