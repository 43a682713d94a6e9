"""What a training run is told. Every field has a meaning, a unit and a range; unknown fields are refused.

The dataclasses are plain; pydantic reads them from mappings (a TOML file, a saved run, `--set`), checking names and
types, and `__post_init__` checks ranges, so that a wrong configuration ends before the first step. There are two
kinds of run, told apart by `mode`; what they share is in `RunConfig`.
"""

from dataclasses import dataclass, field
from typing import Literal

from pydantic import ConfigDict

from ritrova_trainer.augment import AugmentConfig
from ritrova_trainer.views import ViewsConfig

_STRICT = ConfigDict(extra="forbid", allow_inf_nan=False)


def _require(holds: bool, field: str, rule: str) -> None:
    if not holds:
        raise ValueError(f"{field} must be {rule}")


@dataclass(frozen=True, slots=True, kw_only=True)
class TowersConfig:
    """The two pretrained towers, frozen: folders below the one given as `--backbones`."""

    __pydantic_config__ = _STRICT

    image: str
    """Folder of a timm tower; the data holds its features as `features-<image>.safetensors`."""
    text: str
    """Folder of a BERT with its fast tokenizer, pooled by the mean over the tokens; or of a compact model, whose text
    tower is taken."""
    text_prefix: str
    """What the text tower was trained to see before a sentence."""
    levels: int = 0
    """Last maps of the image tower whose means, maxima and deviations are its features (an EfficientNet alone); 0: the
    tower's own features, the mean of the last map."""
    side: int = 0
    """Pixels a side of the square that the image tower sees; 0: what it was trained on."""
    fit: Literal["crop", "squash"] = "crop"
    """How a photo becomes a square: `crop` cuts the middle out of it, `squash` scales width and height on their own."""
    views: ViewsConfig = field(default_factory=ViewsConfig)
    """Which views of a photo are learned from. Any but the whole, and any change to what the tower sees or gives, need
    the photos themselves."""

    def __post_init__(self) -> None:
        _require(bool(self.image), "image", "a folder's name")
        _require(bool(self.text), "text", "a folder's name")
        _require(self.levels >= 0, "levels", "0 or more")
        _require(self.side >= 0, "side", "0 or more")

    @property
    def ready(self) -> bool:
        """Whether ready features of the image tower will do."""
        return (self.levels, self.side, self.fit, self.views) == (0, 0, "crop", ViewsConfig())


@dataclass(frozen=True, slots=True, kw_only=True)
class HeadsConfig:
    """The two trained heads, from the towers' features to the common space."""

    __pydantic_config__ = _STRICT

    dimension: int
    """Width of the common space."""
    hidden: int
    """Width of the image head's hidden layer."""
    image_dropout: float
    """Share of image features, and of hidden units, dropped in a training step."""
    text_dropout: float
    """Share of text features dropped in a training step."""
    queries: int = 0
    """Groups of the training captions with which photos are compared: those that fit any (hubs) would stand before
    others whatever is asked, and are lowered. It makes vectors one number longer. 0 lowers none."""
    lowering: float = 0.65
    """Share of what a photo fits anyway that is taken off its scores, where there are such groups."""

    def __post_init__(self) -> None:
        _require(self.dimension > 0, "dimension", "positive")
        _require(self.hidden > 0, "hidden", "positive")
        _require(0 <= self.image_dropout < 1, "image_dropout", "in [0, 1)")
        _require(0 <= self.text_dropout < 1, "text_dropout", "in [0, 1)")
        _require(self.queries >= 0, "queries", "0 or more")
        _require(0 < self.lowering <= 1, "lowering", "in (0, 1]")


@dataclass(frozen=True, slots=True, kw_only=True)
class StartConfig:
    """The model that a run on photos starts from."""

    __pydantic_config__ = _STRICT

    kind: Literal["model", "towers"]
    """`model`: a whole model, the folder given as `--model`, else the bundled one; `towers`: two pretrained towers
    below `--backbones`, joined by projections of which the text's is new."""
    image: str = ""
    """Folder of the image tower, where the kind is `towers`."""
    text: str = ""
    """Folder of the text tower, where the kind is `towers`."""
    text_prefix: str = ""
    """What is put before a caption, where the kind is `towers`; a whole model brings its own."""

    def __post_init__(self) -> None:
        named = bool(self.image) and bool(self.text)
        _require(named == (self.kind == "towers"), "image and text", "given where the kind is `towers`, and only there")


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainedConfig:
    """What of a model trains. The text side's head or projection always does."""

    __pydantic_config__ = _STRICT

    image_stages: int
    """Last stages or layers of the image tower that train; 0 none, -1 the whole tower."""
    text_layers: int
    """Upper layers of the text tower that train; 0 none, -1 the whole tower."""
    image_head: bool = True
    """Whether the image side's head trains. Where nothing of that side does, photos keep their vectors."""

    def __post_init__(self) -> None:
        _require(self.image_stages >= -1, "image_stages", "-1 or more")
        _require(self.text_layers >= -1, "text_layers", "-1 or more")


@dataclass(frozen=True, slots=True, kw_only=True)
class LossConfig:
    """What is minimised over the cosines of a batch, in which every other pair is a negative."""

    __pydantic_config__ = _STRICT

    scale: float
    """What cosines are multiplied by to become logits; where it is learned, its first value."""
    soft_share: float
    """Share of the target that follows the captions' likeness; the rest is on the photo's own caption. On photos,
    likeness is that of the starting model's text features, and needs `cached_texts`."""
    soft_sharpness: float
    """What the captions' cosines are multiplied by before the softmax that makes the soft targets."""
    kind: Literal["softmax", "sigmoid"] = "softmax"
    """`softmax`: symmetric cross-entropy, as CLIP; `sigmoid`: each pair judged alone, as SigLIP."""
    learned_scale: bool = False
    """Whether the scale trains too, kept between 1 and 100."""
    bias: float = -10.0
    """First value of what is added to the logits; it trains (`sigmoid` alone)."""

    def __post_init__(self) -> None:
        _require(1 <= self.scale <= 100 or not self.learned_scale, "scale", "in [1, 100] where it is learned")
        _require(self.scale > 0, "scale", "positive")
        _require(0 <= self.soft_share < 1, "soft_share", "in [0, 1)")
        _require(self.soft_sharpness >= 0, "soft_sharpness", "0 or more")
        _require(self.soft_share == 0 or self.kind == "softmax", "soft_share", "0 with the sigmoid loss")


@dataclass(frozen=True, slots=True, kw_only=True)
class OptimiserConfig:
    """The steps: linear warm-up, then a cosine to zero."""

    __pydantic_config__ = _STRICT

    learning_rate: float
    """At the end of the warm-up."""
    weight_decay: float
    """Of matrices; biases and norms have none."""
    warm_up: float
    """Share of the steps in which the learning rate grows."""
    kind: Literal["adamw", "adabelief"] = "adamw"
    """`adabelief` is the published one, in the variant of the optax of 2021."""
    tower_rate: float = 1.0
    """Learning rate of pretrained towers that train, as a share of that of the heads."""
    clipping: float = 0.0
    """Longest gradient of a unit, as a share of the unit's weights (adaptive gradient clipping); 0 clips nothing."""

    def __post_init__(self) -> None:
        _require(self.learning_rate > 0, "learning_rate", "positive")
        _require(self.weight_decay >= 0, "weight_decay", "0 or more")
        _require(0 <= self.warm_up < 1, "warm_up", "in [0, 1)")
        _require(0 < self.tower_rate <= 1, "tower_rate", "in (0, 1]")
        _require(self.clipping >= 0, "clipping", "0 or more")


@dataclass(frozen=True, slots=True, kw_only=True)
class LoopConfig:
    """How the steps are run. Nothing here changes what is minimised, and the defaults suit a laptop."""

    __pydantic_config__ = _STRICT

    precision: Literal["float32", "bf16", "fp16"] = "float32"
    """Of the towers' forward pass; weights and loss stay float32. `fp16` scales the loss and needs a graphics card."""
    accumulate: int = 1
    """Batches whose gradients are averaged for one optimiser step; each has its own negatives."""
    chunk: int = 0
    """Photos of this process encoded at a time, to fit a large batch into little memory at the price of a second
    forward pass (gradient caching); 0 encodes the batch at once."""
    loss_block: int = 0
    """Rows of the batch compared at a time in the loss, for batches of many thousands; 0 compares all at once."""
    average: float = 0.0
    """Share that the running average of the weights keeps of itself each step (EMA), less in the first steps; 0 keeps
    no average. Where there is one, it is what is measured and kept in the end."""
    compile: bool = False
    """Whether torch.compile makes the model faster, after a slow first step."""
    deterministic: bool = True
    """Whether only algorithms that give the same bits each time are used: exact resume needs them."""
    workers: int = 0
    """Processes that read and augment photos; 0 reads them in the training process."""
    checkpoint_steps: int = 0
    """Steps between checkpoints within an epoch; 0 writes them at the ends of epochs alone."""
    keep: int = 2
    """Last checkpoints kept, beside the best."""
    result: Literal["last", "best"] = "last"
    """What the run ends with: the weights of the last step, or of the epoch after which validation found most."""

    def __post_init__(self) -> None:
        _require(self.accumulate >= 1, "accumulate", "1 or more")
        for name in ("chunk", "loss_block", "workers", "checkpoint_steps"):
            _require(getattr(self, name) >= 0, name, "0 or more")
        _require(0 <= self.average < 1, "average", "in [0, 1)")
        _require(self.keep >= 1, "keep", "1 or more")


@dataclass(frozen=True, slots=True, kw_only=True)
class RunConfig:
    """One run. With the same configuration, data, thread count and library versions it gives the same weights."""

    __pydantic_config__ = _STRICT

    loss: LossConfig
    """What is minimised."""
    optimiser: OptimiserConfig
    """How."""
    caption_weights: tuple[float, ...]
    """How often each caption of a photo is drawn, by its place; photos with fewer captions share among those. The
    last weight stands for all further places."""
    batch: int
    """Photos that meet in the loss, over all processes; the last, smaller batch of an epoch is left out (each epoch
    is shuffled anew)."""
    epochs: int
    """Passes over the training photos."""
    seed: int
    """Of the first weights, the order, the captions drawn, the augmentation and the dropout."""
    loop: LoopConfig = field(default_factory=LoopConfig)
    """How the steps are run."""

    def __post_init__(self) -> None:
        _require(bool(self.caption_weights), "caption_weights", "given")
        _require(all(weight > 0 for weight in self.caption_weights), "caption_weights", "positive")
        _require(self.batch >= 2, "batch", "2 or more")
        _require(self.epochs >= 1, "epochs", "1 or more")
        _require(0 <= self.seed < 2**63, "seed", "in [0, 2^63)")


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainConfig(RunConfig):
    """New heads on the cached features of two frozen towers."""

    __pydantic_config__ = _STRICT

    mode: Literal["features"] = "features"
    """New heads on cached features of frozen towers."""
    towers: TowersConfig
    """What is used as it is."""
    heads: HeadsConfig
    """What is trained."""
    captions: int = 1
    """Captions of a photo in each step, different ones where it has so many; the loss is the mean of theirs."""

    def __post_init__(self) -> None:
        super(TrainConfig, self).__post_init__()
        _require(
            1 <= self.captions <= len(self.caption_weights), "captions", "at least 1, and no more than are weighed"
        )
        _require(self.loss.kind == "softmax" and not self.loss.learned_scale, "loss", "softmax of a fixed scale here")


@dataclass(frozen=True, slots=True, kw_only=True)
class PhotosConfig(RunConfig):
    """A whole model, or parts of it, on photos."""

    __pydantic_config__ = _STRICT

    mode: Literal["photos"] = "photos"
    """A whole model, or parts of it, on photos."""
    start: StartConfig
    """The model that the run starts from."""
    trained: TrainedConfig
    """What of the model trains."""
    augment: AugmentConfig
    """How photos are changed each time they are shown to the model, where they are not cached."""
    cached_images: bool = False
    """Whether the frozen image tower, or the frozen lower stages of a compact model's, see each photo once, before the
    first step; then `views` are drawn from."""
    cached_texts: bool = False
    """Whether the frozen lower text layers see each caption once, before the first step (compact models alone)."""
    views: ViewsConfig = field(default_factory=ViewsConfig)
    """Which views of a training photo are cached."""
    validation_limit: int = 5000
    """Most validation photos that are searched after each epoch."""
    validation: float = 0.05
    """Share of the photos of each source that is kept back to measure, where the data do not say which."""
    split_seed: int = 0
    """Parts the photos in another way; the same for all runs that are compared, and for the stages of one model."""

    def __post_init__(self) -> None:
        super(PhotosConfig, self).__post_init__()
        _require(self.loss.soft_share == 0 or self.cached_texts, "loss.soft_share", "0 where texts are not cached")
        _require(self.validation_limit >= 1, "validation_limit", "1 or more")
        frozen, whole = self.trained.image_stages == 0, self.trained.image_stages == -1
        _require(not (whole and self.cached_images), "cached_images", "false where the whole image tower trains")
        _require(self.trained.text_layers >= 0 or not self.cached_texts, "cached_texts", "false where all text trains")
        _require(frozen or self.trained.image_head, "trained.image_head", "true where the image tower trains")
        _require(0 < self.validation < 1, "validation", "in (0, 1)")


AnyConfig = TrainConfig | PhotosConfig
"""Any run's configuration."""
