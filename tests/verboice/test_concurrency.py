from __future__ import annotations

import heapq
import itertools
import random
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from connectors.verboice.concurrency import ConcurrencySearch, SearchRules

Clock = Callable[[float], tuple[int, float]]  # seconds -> how many requests are served at once, seconds each

SERIAL = (1, 0.009)
EIGHT = (8, 0.020)


@dataclass(frozen=True)
class Trace:
    """Requests that ended, as (moment, latency, limit then)."""

    ended: list[tuple[float, float, int]]

    def throughput(self, start: float, end: float) -> float:
        return len([1 for moment, _, _ in self.ended if start <= moment < end]) / (end - start)

    def p95(self, start: float, end: float) -> float:
        latencies = sorted(latency for moment, latency, _ in self.ended if start <= moment < end)
        return latencies[int(0.95 * len(latencies))]

    def limit(self, moment: float) -> int:
        return next(limit for ended, _, limit in self.ended if ended >= moment)


def simulated(
    server: Clock,
    seconds: float,
    *,
    fixed: int | None = None,
    noise: float = 0.0,
    gap: float = 0.0,
    fails: Callable[[float], bool] | None = None,
) -> Trace:
    """Eager clients before a server with a queue, without clocks or threads. `gap`: seconds from one request's end to
    the next one's beginning, which a second request in flight fills."""
    chance = random.Random(7)
    search = ConcurrencySearch()
    free_at = [0.0] * 64
    under_way: list[tuple[float, float]] = []  # end, start
    trace = Trace([])
    now = 0.0
    while now < seconds:
        while len(under_way) < (fixed or search.limit):
            start = now + gap
            workers, service = server(start)
            worker = min(range(workers), key=free_at.__getitem__)
            free_at[worker] = max(start, free_at[worker]) + service * (1 + abs(chance.gauss(0, noise)))
            heapq.heappush(under_way, (free_at[worker], start))
        now, began = heapq.heappop(under_way)
        search.observe(now, now - began, ok=not (fails and fails(now)))
        trace.ended.append((now, now - began, fixed or search.limit))
    return trace


@pytest.mark.parametrize("noise", [0.0, 0.05, 0.2])
def test_a_server_that_works_one_by_one_is_asked_one_by_one(noise: float):
    alone = simulated(lambda _: SERIAL, 20, fixed=1, noise=noise)
    found = simulated(lambda _: SERIAL, 20, noise=noise)
    assert found.throughput(0, 20) >= 0.95 * alone.throughput(0, 20)
    assert found.p95(0, 20) < 2 * alone.p95(0, 20)
    assert found.limit(19) == 1


@pytest.mark.parametrize("gap", [0.0, 0.0004, 0.0008])
@pytest.mark.parametrize("seconds", [5, 10])
def test_a_short_push_does_not_wait_twice_as_long_for_the_sake_of_trials(seconds: int, gap: float):
    alone = simulated(lambda _: SERIAL, seconds, fixed=1, noise=0.02, gap=gap)
    found = simulated(lambda _: SERIAL, seconds, noise=0.02, gap=gap)
    assert found.throughput(0, seconds) >= 0.95 * alone.throughput(0, seconds)
    assert found.p95(0, seconds) < 2 * alone.p95(0, seconds)


def test_trials_stay_rare_on_a_slow_server():
    found = simulated(lambda _: (1, 0.065), 120)
    assert found.p95(0, 120) < 2 * 0.065


@pytest.mark.parametrize("workers", [2, 5, 8, 12, 20])
@pytest.mark.parametrize("noise", [0.0, 0.1])
def test_a_server_with_workers_is_kept_busy(workers: int, noise: float):
    best = max(simulated(lambda _: (workers, 0.02), 10, fixed=n, noise=noise).throughput(1, 10) for n in (workers, 32))
    assert simulated(lambda _: (workers, 0.02), 20, noise=noise).throughput(0, 20) >= 0.9 * best


@pytest.mark.parametrize(("before", "after"), [(SERIAL, EIGHT), (EIGHT, SERIAL)])
@pytest.mark.parametrize("moment", [10.0, 10.3, 12.1, 13.9])
def test_a_change_of_the_server_is_followed_within_five_seconds(before, after, moment: float):
    found = simulated(lambda now: before if now < moment else after, moment + 8, noise=0.05)
    settled = simulated(lambda _: after, 8, fixed=after[0], noise=0.05)
    assert found.throughput(moment + 5, moment + 8) >= 0.9 * settled.throughput(1, 8)
    assert found.p95(moment + 5, moment + 8) < 2.2 * settled.p95(1, 8)


@pytest.mark.parametrize("moment", [9.2, 9.4, 9.6, 11.0, 13.8, 14.0])
@pytest.mark.parametrize("noise", [0.0, 0.05])
def test_a_server_that_grows_is_followed_where_two_in_flight_were_best_and_its_latency_stays(moment, noise):
    found = simulated(lambda now: SERIAL if now < moment else EIGHT, moment + 8, noise=noise, gap=0.0005)
    settled = simulated(lambda _: EIGHT, 8, fixed=8, noise=noise, gap=0.0005)
    assert found.throughput(moment + 5, moment + 8) >= 0.9 * settled.throughput(1, 8)


def test_a_gap_that_a_second_request_would_hardly_fill_is_not_worth_twice_the_wait():
    def hiccup(now: float) -> tuple[int, float]:
        return (1, 0.0115) if now < 0.25 else SERIAL

    found, alone = (simulated(hiccup, 20, fixed=fixed, gap=0.0004) for fixed in (None, 1))
    assert found.p95(5, 20) < 1.2 * alone.p95(5, 20)


def test_failures_halve_the_limit_at_once_and_only_once_for_those_in_flight_together():
    search = ConcurrencySearch()
    settled = simulated(lambda _: EIGHT, 6)
    for moment, latency, _ in settled.ended:
        search.observe(moment, latency, ok=True)
    before, now = search.limit, settled.ended[-1][0]
    for late in range(before):
        search.observe(now + 0.02 + late / 10_000, 0.02, ok=False)
    assert search.limit == max(1, before // 2)


def test_a_server_that_fails_whenever_two_are_in_flight_is_tried_less_and_less():
    search, trials, now = ConcurrencySearch(), [], 0.0
    while now < 120:
        now += 0.02
        if search.limit > 1:
            trials.append(now)
        search.observe(now, 0.01, ok=search.limit == 1)
    rests = [later - earlier for earlier, later in itertools.pairwise(trials)]
    assert len(trials) <= 6
    assert all(later > 1.5 * earlier for earlier, later in itertools.pairwise(rests))


def test_repeated_failures_end_at_one_request_at_a_time():
    found = simulated(lambda _: EIGHT, 6, fails=lambda now: now > 4)
    assert found.limit(4.5) == 1


def test_the_limit_never_passes_its_bound():
    found = simulated(lambda _: (64, 0.02), 10)
    assert max(limit for _, _, limit in found.ended) == SearchRules().most


def test_a_pause_between_requests_is_not_taken_for_a_slow_server():
    search = ConcurrencySearch()
    now = 0.0
    for burst in range(6):
        now += 30.0
        for _ in range(60 + burst):
            now += 0.009
            search.observe(now, 0.009, ok=True)
            assert search.limit <= 2


def test_a_hiccup_of_the_machine_is_not_taken_for_another_server():
    def stalls(now: float) -> tuple[int, float]:
        return (8, 0.12) if 6.0 <= now < 6.02 else EIGHT

    found, undisturbed = simulated(stalls, 10), simulated(lambda _: EIGHT, 10)
    assert found.throughput(6.5, 10) >= 0.95 * undisturbed.throughput(6.5, 10)


def test_a_search_that_was_misled_at_its_beginning_soon_looks_again():
    def begins_slowly(now: float) -> tuple[int, float]:
        return (8, 0.08) if 0.6 <= now < 0.75 else EIGHT

    found, undisturbed = simulated(begins_slowly, 10), simulated(lambda _: EIGHT, 10)
    assert found.throughput(4, 10) >= 0.9 * undisturbed.throughput(4, 10)
