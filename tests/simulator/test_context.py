"""C_t and Delta C_t over any sequence of sites."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.context import Context
from simulator.kv_caches import KvCache
from simulator.kv_caches.keep_all import KeepAll
from simulator.kv_caches.keep_last import KeepLast
from simulator.kv_caches.none import NoCache
from workloads import Site

CACHES: dict[str, KvCache] = {"keep_all": KeepAll(), "keep_last": KeepLast(), "none": NoCache()}
DIALOGUES = st.lists(st.tuples(st.sampled_from(list(Site)), st.integers(0, 500)), max_size=12)
THOUGHTFUL = st.lists(
    st.tuples(st.sampled_from(list(Site)), st.integers(0, 500), st.integers(0, 500)), max_size=12
)
"""Who answered, the prompt, and what the user saw of an answer that followed thoughts."""


def grown(dialogue: list[tuple[Site, int]]) -> Context:
    context = Context()
    for site, tokens in dialogue:
        context.grow(site, float(tokens))
    return context


@given(DIALOGUES)
def test_context_is_all_that_was_said(dialogue: list[tuple[Site, int]]) -> None:
    context = grown(dialogue)
    assert context.tokens == sum(tokens for _, tokens in dialogue)
    assert context.last_site is (dialogue[-1][0] if dialogue else None)
    for site in Site:
        last = max((place for place, (who, _) in enumerate(dialogue, 1) if who is site), default=0)
        assert context.held_tokens(site) == sum(tokens for _, tokens in dialogue[:last])


@given(DIALOGUES)
def test_what_is_read_again_by_each_rule(dialogue: list[tuple[Site, int]]) -> None:
    context = grown(dialogue)
    for site in Site:
        since = 0
        for who, tokens in reversed(dialogue):
            if who is site:
                break
            since += tokens
        same = bool(dialogue) and dialogue[-1][0] is site
        found = {name: cache.reprefill_tokens(context, site) for name, cache in CACHES.items()}
        assert found == {
            "keep_all": since,
            "keep_last": 0 if same else context.tokens,
            "none": context.tokens,
        }


@given(DIALOGUES)
def test_bounds_and_order_of_the_rules(dialogue: list[tuple[Site, int]]) -> None:
    """0 <= keep_all <= keep_last <= none = C_t; asking does not change the context."""
    context = grown(dialogue)
    for site in Site:
        most, last, everything = (
            CACHES[n].reprefill_tokens(context, site) for n in ("keep_all", "keep_last", "none")
        )
        assert 0 <= most <= last <= everything == context.tokens
        assert CACHES["keep_all"].reprefill_tokens(context, site) == most


@given(THOUGHTFUL)
def test_an_answer_after_thoughts_is_read_again_by_whoever_wrote_it(
    dialogue: list[tuple[Site, int, int]],
) -> None:
    """Each cache ends where the site's last thoughts began: after the prompt."""
    context = Context()
    for site, prompt, visible in dialogue:
        context.grow(site, float(prompt + visible), float(visible))
    assert context.tokens == sum(prompt + visible for _, prompt, visible in dialogue)
    for site in Site:
        since = 0
        for who, prompt, visible in reversed(dialogue):
            since += visible
            if who is site:
                break
            since += prompt
        same = bool(dialogue) and dialogue[-1][0] is site
        found = {name: cache.reprefill_tokens(context, site) for name, cache in CACHES.items()}
        assert context.held_tokens(site) == context.tokens - since
        assert found == {
            "keep_all": since,
            "keep_last": since if same else context.tokens,
            "none": context.tokens,
        }


def test_a_site_without_thoughts_keeps_what_it_wrote() -> None:
    """Turn by turn: the edge thinks, the phone does not."""
    context, keep_all, keep_last = Context(), CACHES["keep_all"], CACHES["keep_last"]
    context.grow(Site.EDGE, 30.0, 20.0)  # 10 asked, 20 seen
    assert [keep_all.reprefill_tokens(context, site) for site in (Site.EDGE, Site.DEVICE)] == [20, 30]
    context.grow(Site.DEVICE, 15.0)
    assert [keep_all.reprefill_tokens(context, site) for site in (Site.EDGE, Site.DEVICE)] == [35, 0]
    assert [keep_last.reprefill_tokens(context, site) for site in (Site.EDGE, Site.DEVICE)] == [45, 0]
    context.grow(Site.EDGE, 12.0, 5.0)
    assert [keep_all.reprefill_tokens(context, site) for site in (Site.EDGE, Site.DEVICE)] == [5, 12]
    assert [keep_last.reprefill_tokens(context, site) for site in (Site.EDGE, Site.DEVICE)] == [5, 57]


@pytest.mark.parametrize("name", CACHES)
@pytest.mark.parametrize("site", Site)
def test_nothing_to_read_again_at_the_start(name: str, site: Site) -> None:
    assert CACHES[name].reprefill_tokens(Context(), site) == 0
