"""The code of a new Pi: typed by people, and good for one authority alone."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vigie.domain.join_code import LETTERS, JoinCode, NoCode, new_code, parse_code

OURS, OTHERS = b"a certificate", b"a certificate of somebody else"


def a_code(seed: int = 1, authority: bytes = OURS) -> JoinCode:
    return new_code(authority, random.Random(seed).choice)


def test_it_is_seven_groups_of_four():
    groups = str(a_code()).split("-")
    assert [len(group) for group in groups] == [4] * 7
    assert set("".join(groups)) <= set(LETTERS)


@given(st.integers(), st.binary(min_size=1, max_size=50))
def test_what_is_shown_is_what_is_read(seed: int, authority: bytes):
    code = a_code(seed, authority)
    assert parse_code(str(code)) == code
    assert parse_code(f"  {str(code).lower().replace('-', ' ')}\n") == code
    assert parse_code(str(code).replace("0", "o").replace("1", "l")) == code
    assert code.is_of(authority)
    assert not code.is_of(authority + b"!")


def test_the_same_authority_looks_different_under_each_secret():
    assert len({a_code(seed).pin for seed in range(20)}) == 20, "else one could look for a certificate that fits, for years"


@given(st.integers(0, 27), st.sampled_from(LETTERS))
def test_a_wrong_letter_is_noticed(at: int, letter: str):
    plain = str(a_code()).replace("-", "")
    typed = plain[:at] + letter + plain[at + 1 :]
    if typed != plain:
        with pytest.raises(NoCode, match="typing mistake"):
            parse_code(typed)


@given(st.integers(0, 26))
def test_two_letters_in_each_others_place_are_noticed(at: int):
    plain = str(a_code()).replace("-", "")
    typed = plain[:at] + plain[at + 1] + plain[at] + plain[at + 2 :]
    if typed != plain:
        with pytest.raises(NoCode, match="typing mistake"):
            parse_code(typed)


@pytest.mark.parametrize(("typed", "why"), [("", "0 letters"), ("ABC", "3 letters"), ("U" * 28, "U is in no code"), ("é", "É is")])
def test_what_is_no_code_is_said(typed: str, why: str):
    with pytest.raises(NoCode, match=why):
        parse_code(typed)


def test_it_is_not_shown_by_accident():
    assert a_code().secret not in repr(a_code())
