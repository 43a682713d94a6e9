"""torch for the CPU: what is imported, its libraries, and the one helper that it looks for when it starts.

PyInstaller's own hook takes all modules, and the test programs and compilers that lie in the package, too. Following
the import statements is not enough either, for torch imports some of its modules by name; so a process of its own
imports torch as an image tower does, and tells what came.
"""

from pathlib import Path

from PyInstaller import isolated
from PyInstaller.utils.hooks import collect_dynamic_libs, get_package_paths, logger


@isolated.decorate
def _imported():
    import sys

    import timm  # noqa: F401 - brings torchvision along, and all of torch that a model has a use for

    return [
        name
        for name, module in list(sys.modules.items())
        if name.startswith(("torch.", "torchvision.", "timm."))
        and (spec := getattr(module, "__spec__", None)) is not None
        and str(spec.origin).endswith(".py")
    ]


_base, _package = get_package_paths("torch")
if list(Path(_package, "lib").glob("*torch_cuda*")):
    logger.warning("torch is a build for CUDA here: the folder will be gigabytes larger than with the CPU build")

module_collection_mode = "pyz+py"  # torch reads its own source where it scripts functions
hiddenimports = _imported()
binaries = [
    *collect_dynamic_libs("torch", search_patterns=["*.dll", "*.dylib", "lib*.so", "lib*.so.*"]),
    *((str(helper), "torch/bin") for helper in Path(_package, "bin").glob("torch_shm_manager*")),  # none on Windows
]
# Of its tests, those that list every operation; others are imported by torch itself.
excludedimports = ["torch.testing._internal.common_methods_invocations", "torch.testing._internal.opinfo"]
