"""The likeliest whole texts."""

from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from service.text.combinations import best_combinations
from tests.laws import examples

rows = st.lists(st.lists(st.integers(-50, 0).map(float), min_size=1, max_size=4), max_size=4)


@examples(100)
@given(rows, st.integers(1, 12))
def test_the_best_are_those_of_trying_all(log_probs: list[list[float]], num_best: int) -> None:
    def total(choice: tuple[int, ...]) -> float:
        return sum(row[index] for row, index in zip(log_probs, choice, strict=True))

    every = sorted((total(choice) for choice in product(*(range(len(row)) for row in log_probs))), reverse=True)
    found = best_combinations(log_probs, num_best)
    assert [total(choice) for choice in found] == every[:num_best]
    assert len(set(found)) == len(found)
