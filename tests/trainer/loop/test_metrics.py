"""A run tells of every step: in lines for programs, in TensorBoard's files, and in a picture."""

import math
from pathlib import Path

import pytest
from PIL import Image
from tensorboardX.proto.event_pb2 import Event

from ritrova.errors import EnvironmentFault
from ritrova.text import Catalogue
from ritrova_trainer.curves import draw_curves
from ritrova_trainer.metrics import (
    EVENTS_FOLDER,
    STEPS_FILE,
    MetricLog,
    StepLine,
    ValidationLine,
    read_steps,
    read_validation,
)

FIGURES = {"recall_1": 0.25, "recall_5": 0.5, "recall_10": 0.75, "mrr_10": 0.4}


def step(number: int, loss: float = 1.0) -> StepLine:
    return StepLine(
        step=number,
        epoch=1 + number // 4,
        loss=loss,
        learning_rate=1e-3,
        samples_per_second=100.0,
        seconds=0.1 * number,
        seconds_left=0.1,
    )


def validation(number: int) -> ValidationLine:
    return ValidationLine(step=number, epoch=number // 4, figures={"sentence": FIGURES, "short query": FIGURES})


def scalars(folder: Path) -> list[tuple[int, str, float]]:
    """What the event files hold, by the format's own frame: length, its checksum, the event, its checksum."""
    found = []
    for path in sorted((folder / EVENTS_FOLDER).iterdir()):
        content = path.read_bytes()
        while content:
            length = int.from_bytes(content[:8], "little")
            event = Event.FromString(content[12 : 12 + length])
            content = content[16 + length :]
            found += [(event.step, value.tag, value.simple_value) for value in event.summary.value]
    return found


def test_every_line_is_there_at_once_and_keeps_all_digits(tmp_path: Path) -> None:
    with MetricLog(tmp_path, after=0) as log:
        log.step(step(1, loss=1 / 3))
        assert read_steps(tmp_path) == [step(1, loss=1 / 3)]
        log.validation(validation(4))
        assert read_validation(tmp_path) == [validation(4)]


def test_tensorboard_gets_loss_rate_speed_and_figures(tmp_path: Path) -> None:
    with MetricLog(tmp_path, after=0) as log:
        log.step(step(1, loss=0.5))
        log.validation(validation(1))
    found = scalars(tmp_path)
    assert (1, "loss", 0.5) in found
    assert {tag for _, tag, _ in found} == {
        *("loss", "learning_rate", "speed"),
        *(f"validation/{kind}/{name}" for kind in ("sentence", "short_query") for name in FIGURES),
    }


def test_a_resumed_run_drops_the_lines_that_come_again(tmp_path: Path) -> None:
    with MetricLog(tmp_path, after=0) as log:
        for number in range(1, 8):
            log.step(step(number))
        log.validation(validation(4))
        log.validation(validation(7))
    with (tmp_path / STEPS_FILE).open("a") as file:
        file.write('{"step": 8, "lo')  # cut in half by a kill
    with MetricLog(tmp_path, after=5) as log:
        log.step(step(6, loss=2.0))
    assert [(line.step, line.loss) for line in read_steps(tmp_path)] == [*((n, 1.0) for n in range(1, 6)), (6, 2.0)]
    assert [line.step for line in read_validation(tmp_path)] == [4]


def test_lines_that_make_no_sense_are_told(tmp_path: Path) -> None:
    (tmp_path / STEPS_FILE).write_text('{"step": 1}\n')
    with pytest.raises(EnvironmentFault, match=r"steps\.jsonl"):
        read_steps(tmp_path)


@pytest.mark.parametrize("validations", [[], [validation(0), validation(4), validation(8)]])
def test_the_curves_are_a_picture_in_a_persons_language(validations: list[ValidationLine], tmp_path: Path) -> None:
    lines = [step(number, loss=3 * math.exp(-number / 9)) for number in range(1, 12)]
    draw_curves(lines, validations, tmp_path / "curves.png", text=Catalogue("it").render)
    with Image.open(tmp_path / "curves.png") as picture:
        assert picture.size == (1200, 400)
        assert len(picture.convert("RGB").getcolors(1 << 20) or []) > 50
    assert [path.name for path in tmp_path.iterdir()] == ["curves.png"]
