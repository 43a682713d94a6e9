"""The demonstration runs from nothing and shows what it found."""

import subprocess
import sys
from pathlib import Path

from PIL import Image

from ritrova.paths import resource

DEMO = Path(__file__).parents[1] / "tools" / "demo.py"


def test_it_indexes_the_samples_answers_six_sentences_and_draws_them(tmp_path: Path) -> None:
    picture = tmp_path / "made" / "demo.png"
    command = [
        sys.executable,
        str(DEMO),
        "--model",
        "fake",
        "--library",
        str(tmp_path / "l"),
        "--picture",
        str(picture),
    ]
    for _ in range(2):  # the second time starts from nothing again
        done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False)
        assert done.returncode == 0, done.stderr
        photos = len(list(resource("samples", "photos").iterdir()))
        assert f"{photos} foto indicizzate" in done.stdout
        assert done.stdout.count("«") == 6
        assert done.stdout.count(".jpg ") == 18
    with Image.open(picture) as drawn:
        drawn.load()
        assert drawn.width > 800
        assert drawn.height > 6 * 150
