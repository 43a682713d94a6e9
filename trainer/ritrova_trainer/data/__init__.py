"""Captioned images: read from the formats that there are, cleaned, split, and looked over.

`open_pairs` reads any format to pairs, `clean` filters them, `Split` parts them. `read_pairs` reads the published
JSON lines strictly, for training on ready features.
"""

from ritrova_trainer.data.cleaning import CleaningRules, Filter, Tally, clean
from ritrova_trainer.data.faults import DataError, Fault, FaultKind, Faults
from ritrova_trainer.data.formats import Format, detected, open_pairs
from ritrova_trainer.data.json_lines import read_pairs
from ritrova_trainer.data.pair import FileImage, ImageRef, Pair, ShardImage, all_captions, is_present
from ritrova_trainer.data.proper_nouns import Tagger, best_tagger
from ritrova_trainer.data.split import Split, SplitRule

__all__ = [
    "CleaningRules",
    "DataError",
    "Fault",
    "FaultKind",
    "Faults",
    "FileImage",
    "Filter",
    "Format",
    "ImageRef",
    "Pair",
    "ShardImage",
    "Split",
    "SplitRule",
    "Tagger",
    "Tally",
    "all_captions",
    "best_tagger",
    "clean",
    "detected",
    "is_present",
    "open_pairs",
    "read_pairs",
]
