"""Text as integers of the contracts; what cannot be said exactly is counted."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keeper.arithmetic import LEVERAGES
from scripts.replay.history import Mapped
from scripts.replay.numbers import Numbers

decimals = st.decimals(min_value="0.001", max_value="1000", places=3)


def numbers(*, above: bool = True) -> tuple[Numbers, Mapped]:
    mapped = Mapped()
    return Numbers(mapped, above=above), mapped


@given(decimals, st.sampled_from(LEVERAGES))
def test_leverage__any_number__is_the_next_tier_on_its_side(given_leverage: Decimal, most: int) -> None:
    tiers = [tier for tier in LEVERAGES if tier <= most]
    for above in (True, False):
        reader, mapped = numbers(above=above)
        found = reader.leverage(str(given_leverage), most)
        assert found in tiers
        on_the_side = [t for t in tiers if (t >= given_leverage if above else t <= given_leverage)]
        if on_the_side:
            assert found == (min(on_the_side) if above else max(on_the_side))
        else:
            assert found == (tiers[-1] if above else tiers[0])
        assert mapped.leverages == ({} if found == given_leverage else {(str(given_leverage), found): 1})


def test_leverage__the_same_again__is_counted() -> None:
    reader, mapped = numbers()
    for _ in range(3):
        assert reader.leverage("7", 100) == 10
    assert reader.leverage("125", 50) == 50
    assert mapped.leverages == {("7", 10): 3, ("125", 50): 1}


def test_size__more_decimals_than_the_chain_keeps__is_cut_toward_zero_and_counted() -> None:
    reader, mapped = numbers()
    assert reader.size("-1.0000000000000000019") == -(10**18 + 1)
    assert reader.size("1e-18") == 1
    assert mapped.rounded == 1
    assert reader.money("12.3456789") == 12_345_678
    assert reader.price("0.1000000000000000009") == 10**17
    assert mapped.rounded == 3


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("1700000000", 1_700_000_000),
        ("1700000000.9", 1_700_000_000),
        ("1700000000123", 1_700_000_000),
        ("1700000000123456", 1_700_000_000),
        ("2023-11-14T22:13:20Z", 1_700_000_000),
        ("2023-11-14 22:13:20", 1_700_000_000),
        ("2023-11-15T00:13:20+02:00", 1_700_000_000),
    ],
)
def test_time__every_usual_way_to_write_it__is_the_same_second(text: str, seconds: int) -> None:
    assert numbers()[0].time(text) == seconds


@pytest.mark.parametrize(
    ("what", "text", "said"),
    [
        ("money", "-1", "-1 is negative"),
        ("money", "ten", "'ten' is no number"),
        ("money", "NaN", "NaN is out of range"),
        ("money", "1e31", "1e31 is out of range"),
        ("price", "0", "0 is no price that the contracts take"),
        ("price", "1e9", "1e9 is no price that the contracts take"),
        ("size", "1e-19", "1e-19 is no size: 0, or less than the contracts keep"),
        ("size", "1e11", "1e11 is more than a position holds"),
        ("time", "yesterday", "'yesterday' is no time: Unix seconds or ISO 8601"),
        ("time", "60", "60 is no time"),
        ("time", "0001-01-01", "0001-01-01 is no time"),
    ],
)
def test_numbers__impossible__say_why(what: str, text: str, said: str) -> None:
    with pytest.raises(ValueError, match=r".") as caught:
        getattr(numbers()[0], what)(text)
    assert str(caught.value) == said


def test_leverage__none__is_refused() -> None:
    with pytest.raises(ValueError, match="0 is no leverage"):
        numbers()[0].leverage("0", 100)
