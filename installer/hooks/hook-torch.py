"""torch for the CPU: what its modules import, its libraries, and the one helper that it looks for when it starts.

PyInstaller's own hook takes all modules, and the test programs and compilers that lie in the package, too.
"""

from pathlib import Path

from PyInstaller.utils.hooks import collect_dynamic_libs, get_package_paths, logger

_base, _package = get_package_paths("torch")
if list(Path(_package, "lib").glob("*torch_cuda*")):
    logger.warning("torch is a build for CUDA here: the folder will be gigabytes larger than with the CPU build")

module_collection_mode = "pyz+py"  # torch reads its own source where it scripts functions
binaries = [
    *collect_dynamic_libs("torch", search_patterns=["*.dll", "*.dylib", "lib*.so", "lib*.so.*"]),
    (f"{_package}/bin/torch_shm_manager*", "torch/bin"),
]
excludedimports = ["torch.testing._internal", "torch.utils.benchmark", "torch.utils.bottleneck"]
