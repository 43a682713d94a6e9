"""`full_disk.py FOLDER`: writes a checkpoint where no file may grow beyond 100 kB, and prints what it was told."""

import resource
import sys
from pathlib import Path

import torch

from ritrova.errors import EnvironmentFault
from ritrova_trainer.checkpoint import Checkpoints

resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
try:
    Checkpoints(Path(sys.argv[1]), keep=1).save({"model": {"w": torch.zeros(100_000)}}, step=1, score=None, values={})
except EnvironmentFault as fault:
    print(type(fault).__name__)
    print(fault.title.params["reason"])
