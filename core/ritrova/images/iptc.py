"""What the older IPTC block (IIM) of a JPEG or TIFF says."""

from datetime import date

from PIL import Image, ImageFile
from PIL.IptcImagePlugin import getiptcinfo

from ritrova.images import moments, texts
from ritrova.photo import Metadata

_TITLE, _KEYWORDS, _DATE, _TIME, _DESCRIPTION = (2, 5), (2, 25), (2, 55), (2, 60), (2, 120)


def says(image: Image.Image, today: date) -> Metadata:
    """Title, description, keywords and date; nothing where there is no block or a broken one."""
    try:
        fields = getiptcinfo(image) if isinstance(image, ImageFile.ImageFile) else None
    except Exception:  # a third party's parser on hostile bytes: nothing it raises is worth a photo
        fields = None
    if not fields:
        return Metadata()

    def every(key: tuple[int, int]) -> list[str]:
        value = fields.get(key) or []
        return [texts.guessed(item) for item in (value if isinstance(value, list) else [value]) if item]

    def one(key: tuple[int, int]) -> str:
        return next(iter(every(key)), "")

    taken = moments.from_iptc(one(_DATE), one(_TIME), today)
    return Metadata(
        taken_at=taken.at if taken else None,
        taken_offset=taken.offset if taken else None,
        taken_source="iptc" if taken else None,
        title=texts.clean(one(_TITLE)),
        description=texts.clean(one(_DESCRIPTION)),
        keywords=texts.keywords(every(_KEYWORDS)),
    )
