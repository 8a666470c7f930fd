"""What is done beside the rest returns, or raises, where its result is asked for."""

from __future__ import annotations

from threading import Event, get_ident

import pytest

from firmbom.aside import Aside
from firmbom.errors import InputError


def test_it_is_done_meanwhile() -> None:
    asked, done = Event(), Event()

    def work() -> int:
        asked.wait(30)
        done.set()
        return get_ident()

    aside = Aside(work)
    assert not done.is_set()
    asked.set()
    assert aside.result() not in (0, get_ident())
    assert done.is_set()
    assert aside.result() == aside.result()


@pytest.mark.parametrize("error", [InputError("gone", path="x"), KeyboardInterrupt()])
def test_what_it_raises_is_raised_to_who_asks(error: BaseException) -> None:
    def work() -> None:
        raise error

    aside = Aside(work)
    with pytest.raises(type(error)) as caught:
        aside.result()
    assert caught.value is error
