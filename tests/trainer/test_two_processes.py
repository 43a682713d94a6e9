"""Two processes with half of a batch each learn what one learns from the whole: losses, caching and averaging."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).with_name("two_processes.py")
LOSSES = ("info_nce", "info_nce in blocks", "sigmoid", "sigmoid in blocks", "soft")
Differences = dict[str, dict[str, dict[str, float]]]


@pytest.fixture(scope="module")
def differences(tmp_path_factory: pytest.TempPathFactory) -> list[Differences]:
    """What each process found, by loss."""
    folder = tmp_path_factory.mktemp("processes")
    started = [
        subprocess.Popen(
            [sys.executable, str(SCRIPT), str(rank), str(folder)], stderr=subprocess.PIPE, text=True, encoding="utf-8"
        )
        for rank in range(2)
    ]
    try:
        for process in started:
            _, errors = process.communicate(timeout=120)
            assert process.returncode == 0, errors
    finally:
        for process in started:
            process.kill()
            process.wait()
    return [json.loads((folder / f"{rank}.json").read_text()) for rank in range(2)]


@pytest.mark.parametrize("loss", LOSSES)
def test_the_loss_and_its_gradients_are_those_of_the_whole_batch(differences: list[Differences], loss: str) -> None:
    for of_process in differences:
        found = of_process[loss]["vectors"]
        assert {"loss", "images", "texts", "scale"} <= set(found)
        assert ("captions" in found) == (loss == "soft")
        assert max(found.values()) < 1e-6


@pytest.mark.parametrize("loss", LOSSES)
def test_cached_gradients_averaged_over_processes_are_those_of_the_whole_batch(
    differences: list[Differences], loss: str
) -> None:
    for of_process in differences:
        found = of_process[loss]["weights"]
        assert set(found) == {"image.weight", "image.bias", "text.weight", "text.bias", "log_scale"}
        assert max(found.values()) < 1e-6
