"""Whether several markers together leave nothing out."""

from __future__ import annotations

import pytest

from firmbom_pip.alternatives import always


@pytest.mark.parametrize(
    ("markers", "holds"),
    [
        ({"python_version < '3.10'", "python_version >= '3.10'"}, True),
        ({"sys_platform == 'win32'", "sys_platform != 'win32'"}, True),
        ({"python_version >= '3.10'"}, False),
        ({"( )", "python_version >= '3'"}, False),
        ({" "}, False),
        ({"python_version >="}, False),
    ],
)
def test_together_they_hold_everywhere_or_it_is_not_decided(markers: set[str], holds: bool) -> None:
    assert always(frozenset(markers)) is holds
