"""Who must have signed: each signatory with a key of its own, or as many of them as are asked for."""

from __future__ import annotations

from itertools import permutations

import pytest
from authority import NOW, certificate

from firmbom.signing.demand import Demand, Made, Signatory
from firmbom.signing.keys import PrivateKey, generate

A, B, C = (generate() for _ in range(3))
CA = certificate("CA", ca=True)
ONE, TWO = certificate("One", CA), certificate("Two", CA)
BY_CA = Signatory(name="team", anchors=(CA.der,))
BY_ONE = Signatory(name="boss", anchors=(CA.der,), subject="CN=One")


def made(key: PrivateKey, *chain: bytes) -> Made:
    return Made(key=key.public, certificates=chain)


def by(key: PrivateKey) -> Signatory:
    return Signatory(key=key.public)


def weighed(*signatories: Signatory, by_whom: list[Made], least: int = 0) -> tuple[set[str], tuple[str, ...]]:
    met = Demand(signatories=signatories, least=least, at=NOW).weigh(by_whom)
    return {key.id for key in met.by}, met.missing


def test_each_must_have_signed() -> None:
    assert weighed(by(A), by(B), by_whom=[made(B), made(A), made(C)]) == ({A.key_id, B.key_id}, ())
    assert weighed(by(A), by(B), by_whom=[made(A)]) == ({A.key_id}, (f"no signature by {B.public}",))


def test_some_of_them_are_enough() -> None:
    assert weighed(by(A), by(B), by(C), by_whom=[made(A), made(C)], least=2)[1] == ()
    assert weighed(by(A), by(B), by(C), by_whom=[made(C)], least=2)[1] == (
        "1 of the 2 signers asked for",
        f"no signature by {A.public}",
        f"no signature by {B.public}",
    )


def test_a_key_signs_for_one_signatory_only() -> None:
    twice = [made(ONE.key, ONE.der), made(ONE.key, ONE.der)]
    assert weighed(BY_CA, BY_CA, by_whom=twice)[1] == ("no signature by team (a certificate of the CA)",)
    assert weighed(BY_CA, BY_CA, by_whom=[made(ONE.key, ONE.der), made(TWO.key, TWO.der)])[1] == ()


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_whoever_can_be_placed_is(order: tuple[int, ...]) -> None:
    signatories = (by(ONE.key), BY_ONE, BY_CA)
    signatures = [made(ONE.key, ONE.der), made(TWO.key, TWO.der)]
    ids, missing = weighed(*(signatories[place] for place in order), by_whom=signatures, least=2)
    assert (ids, missing) == ({ONE.key.key_id, TWO.key.key_id}, ())


def test_a_certificate_that_does_not_fit_says_why() -> None:
    late = certificate("One", CA, days=(-9, -1))
    _, missing = weighed(BY_ONE, by_whom=[made(late.key, late.der)])
    assert missing == (
        "no signature by boss (a certificate of CN=One): certificate of CN=One: expired on 2026-02-28 12:00:00 UTC",
    )
    _, missing = weighed(BY_ONE, by_whom=[made(TWO.key, TWO.der)])
    assert missing[0].endswith("certificate of CN=Two: the one asked for is of CN=One")
    assert weighed(BY_ONE, by_whom=[made(A)])[1] == ("no signature by boss (a certificate of CN=One)",)


def test_from_the_command_line() -> None:
    demand = Demand.of([A.public, A.public], [CA.der], NOW)
    assert demand.keys == (A.public,)
    assert demand.weigh([made(A), made(ONE.key, ONE.der)]).missing == ()
    assert demand.weigh([made(A)]).missing == ("no signature by a certificate of the CA",)
    assert Demand.of([A.public]).at.tzinfo
