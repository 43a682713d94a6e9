"""From a configuration for photos to a learner."""

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from ritrova.encoding.preprocess import prepare
from ritrova.errors import UsageError
from ritrova.text import Message, msg
from ritrova_trainer.augment import Augmentation
from ritrova_trainer.batches import CachedPhotos, Photos, TextInputs
from ritrova_trainer.config import PhotosConfig
from ritrova_trainer.corpus import PhotoCorpus
from ritrova_trainer.data import Pair, all_captions
from ritrova_trainer.features import ImageFeatures
from ritrova_trainer.hidden import cached_hidden_states
from ritrova_trainer.models.compact import CompactDual
from ritrova_trainer.models.dual import DualEncoder
from ritrova_trainer.models.hub import join_towers
from ritrova_trainer.models.opening import open_model
from ritrova_trainer.photo_learner import CachedGallery, PhotoLearner, ReadGallery
from ritrova_trainer.pictures import PictureReader
from ritrova_trainer.views import Views, add_views

Notice = Callable[[Message], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """Where a run on photos finds what it needs."""

    model: Path
    """Folder of the model that it starts from, where it starts from one."""
    backbones: Path | None = None
    """Folder of pretrained towers, where it starts from those."""
    features: Path | None = None
    """Ready image features; what is cached goes into the run's own folder otherwise."""
    cache: Path
    """Folder for what is computed before the first step."""


def starting_model(config: PhotosConfig, sources: Sources) -> DualEncoder:
    """The model before the first step, with what trains made trainable. New weights come from torch's generator.

    Raises ModelError, and UsageError for what the model does not have.
    """
    start, trained = config.start, config.trained
    if start.kind == "model":
        model = open_model(sources.model)
    elif sources.backbones is None:
        raise UsageError(msg("The recipe starts from pretrained towers."), msg("Say where they are: `--backbones`."))
    else:
        folders = sources.backbones / start.image, sources.backbones / start.text
        model = join_towers(*folders, text_prefix=start.text_prefix)
    model.set_trainable(image_stages=trained.image_stages, text_layers=trained.text_layers)
    if not trained.image_head:
        for head in tuple(model.heads())[:1]:  # the image side's comes first; SigLIP has none
            head.requires_grad_(False)
    model.set_scale(config.loss.scale, learned=config.loss.learned_scale)
    model.set_bias(config.loss.bias, learned=config.loss.kind == "sigmoid")
    return model.eval()


def photo_learner(
    config: PhotosConfig,
    model: DualEncoder,
    corpus: PhotoCorpus,
    sources: Sources,
    *,
    device: torch.device,
    notice: Notice,
) -> tuple[PhotoLearner, PhotoCorpus]:
    """A learner, and the part of the corpus that it uses. What frozen parts give is computed here, if so configured."""
    workers, reader = config.loop.workers, PictureReader(model.pixels)
    limit = config.validation_limit
    if config.cached_images:
        ready = _features(config, model, corpus, sources, device, notice)
        name = _given_name if sources.features is not None else _own_name
        corpus = corpus.only((pair for pair in corpus.train + corpus.validation if name(pair) in ready), "not cached")
        searched = corpus.validation[:limit]
        views = torch.from_numpy(ready.views_of([name(pair) for pair in corpus.train]))
        captions = [pair.captions for pair in corpus.train]
        photos: CachedPhotos | Photos = CachedPhotos(views, captions, seed=config.seed)
        gallery: CachedGallery | ReadGallery = CachedGallery(
            searched, torch.from_numpy(ready.of([name(pair) for pair in searched]))
        )
    else:
        corpus = corpus.present()
        searched = corpus.validation[:limit]
        augment = Augmentation(config.augment, model.pixels.side) if config.augment.steps else None
        images, captions = [pair.image for pair in corpus.train], [pair.captions for pair in corpus.train]
        photos = Photos(images, captions, reader, augment, seed=config.seed)
        frozen = config.trained.image_stages == 0
        gallery = ReadGallery(searched, reader, frozen=frozen, workers=workers, device=device)
    texts = _texts(config, model, corpus.train + searched, sources, notice)
    learner = PhotoLearner(model, corpus.train, photos, gallery, texts, workers=workers, device=device)
    return learner, corpus


def _features(
    config: PhotosConfig,
    model: DualEncoder,
    corpus: PhotoCorpus,
    sources: Sources,
    device: torch.device,
    notice: Notice,
) -> ImageFeatures:
    """Of the frozen image tower: those that are given, or computed into the cache as far as they are not there."""
    if sources.features is not None:
        return ImageFeatures(sources.features)
    tower_name = weights_digest(parameter for stage in model.image_stages() for parameter in stage)
    kept = hashlib.sha256(f"{tower_name} {config.views}".encode()).hexdigest()[:8]
    path = sources.cache / f"image-features-{kept}.safetensors"
    images = {_own_name(pair): pair.image for pair in corpus.train + corpus.validation}

    def tower(pictures: NDArray[np.uint8]) -> NDArray[np.float32]:
        with torch.inference_mode():
            pixels = prepare(pictures, model.normalisation, device)
            features: NDArray[np.float32] = model.image_features(pixels).float().cpu().numpy()
        return features

    unread = add_views(
        path,
        images,
        tower,
        Views(config.views, model.pixels),
        made_by=tower_name,
        workers=config.loop.workers,
        watch=lambda done, total: notice(msg("{done} of {total} photos seen", done=done, total=total)),
    )
    if unread:
        notice(msg("{n} photos cannot be read, {first} the first.", n=len(unread), first=unread[0].key))
    return ImageFeatures(path)


def _texts(config: PhotosConfig, model: DualEncoder, pairs: list[Pair], sources: Sources, notice: Notice) -> TextInputs:
    if not config.cached_texts:
        return model.tokeniser
    if not isinstance(model, CompactDual):
        raise UsageError(
            msg("Only the text side of compact models can be cached."), msg("Set it off: `--set cached_texts=false`.")
        )
    tower_name = weights_digest(parameter for stage in model.text_stages() for parameter in stage)
    return cached_hidden_states(
        sources.cache / f"text-states-{tower_name[:8]}-{config.trained.text_layers}",
        all_captions(pairs),
        model,
        made_by=tower_name,
        watch=lambda done, total: notice(msg("{done} of {total} captions read", done=done, total=total)),
    )


def _given_name(pair: Pair) -> str:
    return pair.name


def _own_name(pair: Pair) -> str:
    return pair.image.key


def weights_digest(parameters: Iterable[nn.Parameter]) -> str:
    """Names weights by what they are: 16 hexadecimal digits."""
    digest = hashlib.sha256()
    for parameter in parameters:
        digest.update(parameter.detach().cpu().numpy().tobytes())
    return digest.hexdigest()[:16]
