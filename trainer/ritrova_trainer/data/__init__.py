"""Captioned images: read from the formats that there are, cleaned, split, and looked over.

`open_pairs` reads any format to pairs, `clean` filters them, `Split` parts them. `read_pairs` reads the published
JSON lines strictly, for training on ready features.
"""

from ritrova_trainer.data.faults import DataError, Fault, FaultKind, Faults
from ritrova_trainer.data.formats import Format, detected, open_pairs
from ritrova_trainer.data.json_lines import read_pairs
from ritrova_trainer.data.pair import FileImage, ImageRef, Pair, ShardImage, all_captions, is_present

__all__ = [
    "DataError",
    "Fault",
    "FaultKind",
    "Faults",
    "FileImage",
    "Format",
    "ImageRef",
    "Pair",
    "ShardImage",
    "all_captions",
    "detected",
    "is_present",
    "open_pairs",
    "read_pairs",
]
