"""Files that no camera took: damaged, hostile and absurd ones of every format, from a seed."""

from collections.abc import Callable, Iterator
from random import Random

from soak.corpus.bombs import BOMBS
from soak.corpus.damage import damaged
from soak.corpus.headers import HEADERS
from soak.corpus.metadata import METADATA
from soak.corpus.pictures import EXTENSIONS, pictures
from soak.corpus.strangers import STRANGERS
from soak.corpus.tiffs import TIFFS

Make = Callable[[Random], tuple[str, bytes]]


def corpus(seed: int, count: int) -> Iterator[tuple[str, str, bytes]]:
    """So many files: family, name and bytes. The same seed gives the same files."""
    dice = Random(seed)
    wholes = pictures()

    def damage(dice: Random) -> tuple[str, bytes]:
        name = dice.choice(sorted(wholes))
        return EXTENSIONS[name], damaged(wholes[name], dice)

    families: dict[str, tuple[int, tuple[Make, ...]]] = {
        "damaged": (50, (damage,)),
        "hostile headers": (12, HEADERS),
        "directories": (12, TIFFS),
        "metadata": (14, METADATA),
        "strangers": (8, STRANGERS),
        "bombs": (2, BOMBS),
    }
    names = list(families)
    for number in range(count):
        # At first each recipe once, so that small corpora have all of it.
        every = [(name, make) for name, (_, makes) in families.items() for make in makes]
        if number < len(every):
            family, make = every[number]
        else:
            family = dice.choices(names, [families[name][0] for name in names])[0]
            make = dice.choice(families[family][1])
        extension, data = make(dice)
        yield family, f"{number:05}.{extension}", data
