"""`torchrun -m ritrova_trainer`: the command in several processes."""

from ritrova_trainer.cli import run

run()
