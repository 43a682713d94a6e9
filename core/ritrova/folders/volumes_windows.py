"""Volumes of Windows, asked of its own API. Written after its manual; not run in our tests, which have no Windows."""

import ctypes
import os

_LENGTH = 261


def serial_and_label(mount_point: str) -> tuple[int, str]:
    """The serial number that formatting gave to the volume, and its label; what `stat` says where it gives none."""
    name = ctypes.create_unicode_buffer(_LENGTH)
    serial = ctypes.c_uint32()
    windll = getattr(ctypes, "windll")  # noqa: B009 - other systems' type checkers do not know it
    done = windll.kernel32.GetVolumeInformationW(
        ctypes.c_wchar_p(os.path.join(mount_point, "")), name, _LENGTH, ctypes.byref(serial), None, None, None, 0
    )
    return (serial.value, name.value) if done else (os.stat(mount_point).st_dev, "")
