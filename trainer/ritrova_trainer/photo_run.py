"""From a configuration for photos to a learner."""

from dataclasses import dataclass
from pathlib import Path

import torch

from ritrova.errors import UsageError
from ritrova.text import msg
from ritrova_trainer.augment import Augmentation
from ritrova_trainer.batches import CachedPhotos, PhotoFeatures, Photos, TextInputs
from ritrova_trainer.caching import ImageCaching, Notice, cached_texts
from ritrova_trainer.config import PhotosConfig
from ritrova_trainer.corpus import PhotoCorpus
from ritrova_trainer.data import all_captions
from ritrova_trainer.engine import Engine
from ritrova_trainer.features import ImageFeatures
from ritrova_trainer.hidden import Likeness
from ritrova_trainer.models.dual import DualEncoder
from ritrova_trainer.models.hub import join_towers
from ritrova_trainer.models.opening import open_model
from ritrova_trainer.photo_learner import CachedGallery, PhotoLearner, ReadGallery
from ritrova_trainer.pictures import PictureReader
from ritrova_trainer.views import ViewsConfig


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


def _tower(backbones: Path, name: str) -> Path:
    if not (backbones / name).is_dir():
        raise UsageError(
            msg("There is no pretrained tower {name} here.", name=name),
            msg("Copy its folder here, or download it: ritrova-train fetch {name} --backbones FOLDER", name=name),
            str(backbones),
        )
    return backbones / name


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
        folders = [_tower(sources.backbones, name) for name in (start.image, start.text)]
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
    engine: Engine,
    *,
    notice: Notice,
) -> tuple[PhotoLearner, PhotoCorpus]:
    """A learner, and the part of the corpus that it uses. What frozen parts give is computed here, if so configured."""
    device = engine.device
    if config.cached_images:
        corpus, views, whole = _shown_once(config, model, corpus, sources, engine, notice)
        searched = corpus.validation[: config.validation_limit]
        captions = [pair.captions for pair in corpus.train]
        photos: CachedPhotos | Photos = CachedPhotos(views, captions, seed=config.seed)
        gallery: CachedGallery | ReadGallery = CachedGallery(searched, whole)
        workers = 0  # nothing is decoded, and what is mapped need not be copied from process to process
    else:
        corpus = corpus.present()
        searched = corpus.validation[: config.validation_limit]
        workers, reader = config.loop.workers, PictureReader(model.pixels)
        augment = Augmentation(config.augment, model.pixels.side) if config.augment.steps else None
        images, captions = [pair.image for pair in corpus.train], [pair.captions for pair in corpus.train]
        photos = Photos(images, captions, reader, augment, seed=config.seed)
        frozen = config.trained.image_stages == 0
        gallery = ReadGallery(searched, reader, frozen=frozen, workers=workers, device=device)
    texts: TextInputs = model.tokeniser
    likeness = None
    if config.cached_texts:
        texts = states = cached_texts(config, model, corpus.train + searched, sources.cache, notice)
        likeness = Likeness(states, all_captions(corpus.train)) if config.loss.soft_share else None
    learner = PhotoLearner(
        model, corpus.train, photos, gallery, texts, workers=workers, device=device, likeness=likeness
    )
    return learner, corpus


def _shown_once(
    config: PhotosConfig, model: DualEncoder, corpus: PhotoCorpus, sources: Sources, engine: Engine, notice: Notice
) -> tuple[PhotoCorpus, PhotoFeatures, PhotoFeatures]:
    """The photos that the frozen part of the image tower saw; what it gives for the training photos, and for those that
    are searched. Given features are those of the whole tower."""
    if sources.features is not None and config.trained.image_stages:
        raise UsageError(
            msg("Ready features are those of the whole image tower, of which the last stages train here."),
            msg("Run without `--features`."),
        )
    limit = config.validation_limit
    if sources.features is not None:
        ready = ImageFeatures.read(sources.features)
        corpus = corpus.only((pair for pair in corpus.train + corpus.validation if pair.name in ready), "not cached")
        views, whole = (
            torch.from_numpy(ready.views_of([pair.name for pair in side]))
            for side in (corpus.train, corpus.validation[:limit])
        )
        return corpus, views, whole
    caching = ImageCaching(model, config.trained.image_stages, config.loop, engine, sources.cache, notice)
    train, validation = caching(corpus.train, config.views), caching(corpus.validation, ViewsConfig())
    kept = [pair for pair in corpus.train if pair.image.key in train]
    kept += [pair for pair in corpus.validation if pair.image.key in validation]
    corpus = corpus.only(kept, "not cached")
    searched = [pair.image.key for pair in corpus.validation[:limit]]
    return corpus, train.of([pair.image.key for pair in corpus.train]), validation.of(searched)
