"""The scripted search is the eager one."""

from typing import cast

import torch

from model.search import Translator
from tests.model.factories import admit_rows, make_network, make_sources, open_search


def test_eager_and_scripted_agree_bit_for_bit_in_float64() -> None:
    network = make_network(2)
    ids, lengths = make_sources([6, 4, 3])
    eager = Translator(network)
    scripted = cast(Translator, torch.jit.script(eager))
    results = []
    for translator in (eager, scripted):
        state = open_search(translator, 3, 4, 0.8, 0.1)
        state = admit_rows(translator, state, ids, lengths, 12, 2)
        state = translator.step(state, 12)
        results.append(translator.best(state, torch.arange(3), 2))
    for left, right in zip(*results, strict=True):
        assert torch.equal(left, right)
