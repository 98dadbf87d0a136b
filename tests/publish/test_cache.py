"""The cache is bounded, keeps what was used last, and lets one thread render what many want."""

from __future__ import annotations

import threading

from app.publish.block import Block, Fragment, joined
from app.publish.cache import BlockCache


def block(seq: int, text: bytes = b"text") -> Block:
    return joined([Fragment(0, seq, text, ())], seq, b",")


def test_what_was_used_longest_ago_goes_first() -> None:
    cache = BlockCache(3 * block(1).weight)
    for key in "abc":
        cache.put(key, block(1))
    cache.get("a")
    cache.put("d", block(1))
    assert cache.get("b") is None
    assert all(cache.get(key) for key in "acd")
    assert cache.size == 3 * block(1).weight


def test_the_weight_of_a_replaced_block_is_given_back() -> None:
    cache = BlockCache(1 << 20)
    for seq in range(100):
        cache.put("a", block(seq))
    assert cache.size == block(99).weight
    assert len(cache) == 1


def test_an_older_state_does_not_replace_a_later_one() -> None:
    cache = BlockCache(1 << 20)
    cache.put("a", block(2))
    cache.put("a", block(1))
    assert cache.get("a") == block(2)


def test_a_block_above_the_bound_is_kept_alone() -> None:
    cache = BlockCache(10)
    cache.put("a", block(1))
    cache.put("b", block(1))
    assert len(cache) == 1
    assert cache.get("b") is not None


def test_one_thread_renders_what_many_want() -> None:
    cache, rendered, started = BlockCache(1 << 20), list[int](), threading.Barrier(8)

    def want() -> None:
        started.wait()
        with cache.alone("a"):
            if cache.get("a") is None:
                rendered.append(1)
                cache.put("a", block(1))

    threads = [threading.Thread(target=want) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert rendered == [1]
    assert cache._flights == {}
