"""Runs in each program before its own code: gives programs that it starts their own libraries back.

PyInstaller's starter puts our folder into LD_LIBRARY_PATH, which has served when we get here. A file manager or a
viewer started from the window would load our libraries instead of its own.
"""

import os

for _name in ("LD_LIBRARY_PATH", "LIBPATH"):
    _original = os.environ.pop(f"{_name}_ORIG", None)
    os.environ.pop(_name, None)
    if _original is not None:
        os.environ[_name] = _original
