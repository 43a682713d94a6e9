"""What went wrong is told in the person's words; what is technical stays for logs and lists."""

import pytest

from ritrova.errors import DecodeFailure, FailureKind
from ritrova.text import Catalogue


@pytest.mark.parametrize("kind", FailureKind)
def test_why_a_photo_cannot_be_read_is_told_in_the_persons_language(kind: FailureKind) -> None:
    failure = DecodeFailure(kind, "OSError: Truncated File Read", b"/foto/rotta.jpg")
    told = Catalogue("it").render(failure.title)
    assert told.startswith("La foto non si può leggere: ")
    assert "OSError" not in told
    assert failure.reason == "OSError: Truncated File Read"
