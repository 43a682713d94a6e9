"""`torchrun -m ritrova_trainer`: the command in several processes."""

from ritrova_trainer.cli import run

if __name__ == "__main__":
    run()
