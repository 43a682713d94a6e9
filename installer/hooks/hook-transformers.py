"""transformers: the model families that can be imported into Ritrova.

It finds its modules by listing its own folder, so their sources must lie there; what it asks versions of is checked
when it is imported.
"""

import sys
from pathlib import Path

from PyInstaller.utils.hooks import copy_metadata, get_package_paths

sys.path.insert(0, str(Path(__file__).parents[1]))

from contents import model_modules

module_collection_mode = "pyz+py"
hiddenimports = model_modules(Path(get_package_paths("transformers")[1]), kept=True)
datas = []
_CHECKED = ("tqdm", "regex", "packaging", "filelock", "numpy", "tokenizers", "huggingface_hub", "safetensors", "pyyaml")
for _name in _CHECKED:
    datas += [(f"{source}/METADATA", place) for source, place in copy_metadata(_name)]
