"""Addresses as a build states them, without what is nobody else's business."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

_USER = re.compile(r"//[^/@]*@")


def without_user(address: str) -> str:
    """The address without the user's name and password; ``git``, which everybody is, stays.

    >>> without_user("https://me:token@example.org/a"), without_user("ssh://git@example.org/a")
    ('https://example.org/a', 'ssh://git@example.org/a')
    """
    try:
        split = urlsplit(address)
    except ValueError:  # brackets that hold no IPv6 address
        return _USER.sub("//", address)
    user, at, place = split.netloc.rpartition("@")
    return split._replace(netloc=place).geturl() if at and user != "git" else address
