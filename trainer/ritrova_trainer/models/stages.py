"""Which parts of a pretrained tower are trained."""

from collections.abc import Iterable, Sequence
from typing import Any

from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm

from ritrova.errors import UsageError
from ritrova.text import msg

Stages = list[list[nn.Parameter]]
"""The parameters of a tower from its input to its output. The first stage embeds; the last holds the pooling too."""

WHOLE = -1
_EFFICIENTNET = ("conv_stem", "bn1", "blocks", "conv_head", "bn2", "global_pool", "classifier")
_BEFORE_LAYERS = ("embeddings", "pre_layrnorm")  # transformers' names; the misspelt one is CLIP's


def train_last(stages: Stages, last: int, *, field: str) -> None:
    """Train the `last` stages, or all where it is `WHOLE`, and freeze the others. Raises UsageError for too many."""
    count = len(stages) if last == WHOLE else last
    if count > len(stages):
        raise UsageError(
            msg("{field} is {count}, but the tower has {most}.", field=field, count=count, most=len(stages)),
            msg("Choose a smaller number, or -1 for the whole tower."),
        )
    for place, stage in enumerate(stages):
        for parameter in stage:
            parameter.requires_grad_(place >= len(stages) - count)


def transformer_stages(tower: nn.Module) -> Stages:
    """A tower of transformers: its embeddings, then its layers."""
    prefix, layers = next(
        (name, module)
        for name, module in tower.named_modules()
        if isinstance(module, nn.ModuleList) and name.endswith(("encoder.layer", "encoder.layers"))
    )
    around = [(name, value) for name, value in tower.named_parameters() if not name.startswith(f"{prefix}.")]
    before = [value for name, value in around if any(part in name for part in _BEFORE_LAYERS)]
    after = [value for name, value in around if not any(part in name for part in _BEFORE_LAYERS)]
    return _joined(before, [list(layer.parameters()) for layer in layers], after)


def timm_stages(tower: Any) -> Stages:
    """A tower of timm, by its own description: stem, then its blocks."""
    from timm.models import group_parameters

    places = group_parameters(tower, tower.group_matcher(coarse=True), reverse=True)
    stages: dict[int, list[nn.Parameter]] = {}
    for name, parameter in tower.named_parameters():
        stages.setdefault(places[name], []).append(parameter)
    return [stages[place] for place in sorted(stages)]


def timm_parts(tower: Any) -> list[nn.Module]:
    """The modules of timm's EfficientNet that do one after the other what it does, for each stage of `timm_stages`.

    Raises UsageError for another tower.
    """
    if not all(hasattr(tower, name) for name in _EFFICIENTNET):
        raise UsageError(
            msg("The image tower of this model cannot be parted."), msg("Set it off: `--set cached_images=false`.")
        )
    *lower, last = tower.blocks
    top = (tower.conv_head, tower.bn2, tower.global_pool, tower.classifier)
    return [nn.Sequential(tower.conv_stem, tower.bn1), *lower, nn.Sequential(last, *top)]


def sentence_stages(tower: Any) -> Stages:
    """Core's `BertTower`: its embeddings, then its layers."""
    before = [tower.words.weight, tower.positions.weight, tower.segment, *tower.norm.parameters()]
    return _joined(before, [list(layer.parameters()) for layer in tower.layers.layers], [])


def settle(module: nn.Module) -> None:
    """Leave in training mode only what learns: what is frozen gives what it gives in use, and keeps its statistics.

    Batch norms that learn keep their statistics too: those of a few augmented photos are worse than the pretrained
    ones, and would make a photo's vector depend on its neighbours, which gradient caching must exclude.
    """
    for part in module.modules():
        parameters = list(part.parameters())
        if isinstance(part, _BatchNorm) or (parameters and not any(one.requires_grad for one in parameters)):
            part.eval()


def _joined(before: Iterable[nn.Parameter], layers: Sequence[list[nn.Parameter]], after: list[nn.Parameter]) -> Stages:
    return [list(before), *layers[:-1], [*layers[-1], *after]]
