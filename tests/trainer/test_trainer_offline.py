"""The offline promise of the trainer: a run and the export of its model try no network."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from offline_runs import Offline, why_no_namespace

SHORT = (
    *("batch=44", "epochs=1", "heads.hidden=32", "heads.dimension=16"),
    *("towers.levels=0", "towers.side=0", "towers.fit=crop", "towers.views.crops=0"),  # on ready features
)


def test_training_tries_no_network(data: Path, backbones: Path, tmp_path: Path) -> None:
    offline = Offline(tmp_path, namespace=why_no_namespace() is None)
    towers = ["--data", str(data), "--backbones", str(backbones), "--threads", "1"]
    changes = [part for change in SHORT for part in ("--set", change)]

    done = offline.program("ritrova_trainer.cli", "run", "compact_stage1", "--out", tmp_path / "run", *towers, *changes)

    assert done.returncode == 0, done.stderr
    assert (tmp_path / "run" / "heads.safetensors").exists()
    assert offline.attempts == []
