"""The limit that is found before simulated servers: kept busy, not crowded, followed, given way to, within bounds."""

from __future__ import annotations

import bisect
import heapq
import itertools
import random
from collections.abc import Callable
from dataclasses import dataclass
from statistics import mean

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.verboice.concurrency import CAUTION, MOST, ConcurrencySearch

Clock = Callable[[float], tuple[int, float]]  # seconds -> how many requests are served at once, seconds each

SERIAL = (1, 0.009)
EIGHT = (8, 0.020)


@dataclass(frozen=True)
class Trace:
    """Requests that ended, as (moment, latency, limit then), and the moments of those that failed."""

    ended: list[tuple[float, float, int]]
    failed: list[float]

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
    distance: float = 0.0,
    bears: int = 64,
    uneven: tuple[float, ...] = (1.0,),
    fails: Callable[[float], bool] | None = None,
) -> Trace:
    """Eager clients before a server with a queue, without clocks or threads. `gap`: seconds from one request's end to
    the next one's beginning, which a second request in flight fills. `distance`: seconds on the way, there and back.
    `bears`: requests that find as many others in flight fail. `uneven`: by how much requests differ in work."""
    chance = random.Random(7)
    search = ConcurrencySearch()
    free_at = [0.0] * 64
    under_way: list[tuple[float, float, bool]] = []  # end, start, whether it goes through
    trace = Trace([], [])
    now = 0.0
    while now < seconds:
        while len(under_way) < (fixed or search.limit):
            start = now + gap
            workers, service = server(start)
            worker = min(range(workers), key=free_at.__getitem__)
            work = service * chance.choice(uneven) * (1 + abs(chance.gauss(0, noise)))
            free_at[worker] = max(start + distance / 2, free_at[worker]) + work
            heapq.heappush(under_way, (free_at[worker] + distance / 2, start, len(under_way) < bears))
        now, began, ok = heapq.heappop(under_way)
        search.observe(now, now - began, ok=ok and not (fails and fails(now)))
        trace.ended.append((now, now - began, fixed or search.limit))
        trace.failed.extend([] if ok else [now])
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


def test_a_server_that_works_one_by_one_is_not_crowded_by_chance_however_uneven_the_requests():
    alone, found = (
        simulated(lambda _: SERIAL, 200, fixed=fixed, noise=0.1, uneven=(0.4, 0.4, 1, 1, 1, 4)) for fixed in (1, None)
    )
    assert mean(limit for _, _, limit in found.ended) < 2
    assert found.p95(0, 200) < 2 * alone.p95(0, 200)


def test_workers_are_kept_busy_however_uneven_the_requests():
    best, found = (
        simulated(lambda _: EIGHT, 200, fixed=fixed, noise=0.1, uneven=(0.4, 0.4, 1, 1, 1, 4)) for fixed in (10, None)
    )
    assert found.throughput(0, 200) >= 0.8 * best.throughput(0, 200)


def test_trials_of_more_stay_unnoticed_by_95_of_100_requests_and_those_of_fewer_cost_little():
    found = simulated(lambda _: (2, 0.02), 60)
    assert found.p95(1, 60) < 1.1 * 0.02
    assert found.throughput(1, 60) >= 0.95 * 2 / 0.02


def test_trials_stay_rare_on_a_slow_server():
    found = simulated(lambda _: (1, 0.065), 120)
    assert found.p95(0, 120) < 2 * 0.065


@pytest.mark.parametrize("workers", [2, 5, 8, 12, 20])
@pytest.mark.parametrize("noise", [0.0, 0.1])
def test_a_server_with_workers_is_kept_busy(workers: int, noise: float):
    best = max(simulated(lambda _: (workers, 0.02), 10, fixed=n, noise=noise).throughput(1, 10) for n in (workers, 32))
    assert simulated(lambda _: (workers, 0.02), 20, noise=noise).throughput(0, 20) >= 0.9 * best


@pytest.mark.parametrize("workers", [1, 4])
def test_a_server_far_away_is_kept_busy(workers: int):
    limits = (workers, 5 * workers, 6 * workers)
    best = max(simulated(lambda _: (workers, 0.009), 10, fixed=n, distance=0.04).throughput(1, 10) for n in limits)
    found = simulated(lambda _: (workers, 0.009), 20, distance=0.04, noise=0.02)
    assert found.throughput(5, 20) >= 0.9 * best
    assert found.p95(5, 20) < 2 * 0.049


def test_a_long_push_does_not_creep_up_to_more_than_helps():
    found = simulated(lambda _: EIGHT, 300, noise=0.2)
    assert found.throughput(0, 300) >= 0.9 * simulated(lambda _: EIGHT, 20, fixed=12, noise=0.2).throughput(1, 20)
    assert mean(limit for moment, _, limit in found.ended if moment > 200) < 12


@pytest.mark.parametrize(("before", "after"), [(SERIAL, EIGHT), (EIGHT, SERIAL)])
@pytest.mark.parametrize("moment", [10.0, 10.3, 12.1, 13.9])
def test_a_change_of_the_server_is_followed_within_five_seconds(before, after, moment: float):
    found = simulated(lambda now: before if now < moment else after, moment + 8, noise=0.05)
    settled = simulated(lambda _: after, 8, fixed=after[0], noise=0.05)
    assert found.throughput(moment + 5, moment + 8) >= 0.9 * settled.throughput(1, 8)
    assert found.p95(moment + 5, moment + 8) < 2.2 * settled.p95(1, 8)


@pytest.mark.parametrize("moment", [10.0, 10.3, 12.1, 13.9])
@pytest.mark.parametrize("noise", [0.0, 0.05])
def test_a_server_that_shrinks_is_given_way_to_within_two_seconds(moment: float, noise: float):
    found = simulated(lambda now: EIGHT if now < moment else SERIAL, moment + 5, noise=noise)
    settled = simulated(lambda _: SERIAL, 8, fixed=1, noise=noise)
    assert found.p95(moment + 2, moment + 5) < 2.2 * settled.p95(1, 8)


@pytest.mark.parametrize("moment", [9.2, 9.4, 9.6, 11.0, 13.8, 14.0])
@pytest.mark.parametrize("noise", [0.0, 0.05])
@pytest.mark.parametrize("gap", [0.0005, 0.002])
def test_a_server_that_grows_is_followed_where_two_in_flight_were_best_and_its_latency_stays(moment, noise, gap):
    found = simulated(lambda now: SERIAL if now < moment else EIGHT, moment + 8, noise=noise, gap=gap)
    settled = simulated(lambda _: EIGHT, 8, fixed=8, noise=noise, gap=gap)
    assert found.throughput(moment + 5, moment + 8) >= 0.9 * settled.throughput(1, 8)


def test_a_gap_that_a_second_request_would_hardly_fill_is_not_worth_twice_the_wait():
    def hiccup(now: float) -> tuple[int, float]:
        return (1, 0.0115) if now < 0.25 else SERIAL

    found, alone = (simulated(hiccup, 20, fixed=fixed, gap=0.0004) for fixed in (None, 1))
    assert found.p95(5, 20) < 1.2 * alone.p95(5, 20)


@pytest.mark.parametrize("seconds", [5.0, 5.5, 6.0, 6.5])
def test_failures_halve_the_limit_at_once_and_only_once_for_those_in_flight_together(seconds: float):
    search = ConcurrencySearch()
    settled = simulated(lambda _: EIGHT, seconds)
    for moment, latency, _ in settled.ended:
        search.observe(moment, latency, ok=True)
    before, now = search.limit, settled.ended[-1][0]
    assert before == 8  # no trial at that moment
    for late in range(before):
        search.observe(now + 0.02 + late / 10_000, 0.02, ok=False)
    assert search.limit == 4


def test_after_a_failure_nothing_is_tried_for_a_while():
    found = simulated(lambda _: EIGHT, 10, fails=lambda now: 6 <= now < 6.02)
    before, after = found.limit(5.9), found.limit(6.1)
    assert after < before
    assert {limit for moment, _, limit in found.ended if 6.1 < moment < 6 + CAUTION} == {after}
    assert found.limit(9.5) >= before


def test_a_request_that_got_no_answer_for_long_is_a_failure_although_many_others_ended_meanwhile():
    search = ConcurrencySearch()
    for moment, latency, _ in simulated(lambda _: EIGHT, 6).ended:
        search.observe(moment, latency, ok=True)
    search.observe(6.1, 4.0, ok=False)
    assert search.limit == 4


def test_a_step_too_far_is_taken_back_alone():
    found = simulated(lambda _: (16, 0.02), 2, bears=4)
    assert {limit for moment, _, limit in found.ended if moment > found.failed[0]} == {4}


@pytest.mark.parametrize("bears", [1, 2, 4, 8])
def test_a_server_that_bears_no_more_is_not_asked_to_over_and_over(bears: int):
    found = simulated(lambda _: (16, 0.02), 300, bears=bears, noise=0.1)
    rounds = [later - earlier for earlier, later in itertools.pairwise(found.failed) if later - earlier > 1]
    assert len(rounds) <= 8
    assert rounds == sorted(rounds)
    assert found.throughput(0, 300) >= 0.9 * simulated(lambda _: (16, 0.02), 20, fixed=bears).throughput(1, 20) / 1.08


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
    assert max(limit for _, _, limit in found.ended) == MOST


def test_answers_within_one_tick_of_the_clock_are_quick_ones():
    search = ConcurrencySearch()
    for _ in range(100):
        search.observe(1.0, 0.0, ok=True)
    assert 1 <= search.limit <= MOST


@given(st.lists(st.tuples(st.floats(0, 2), st.floats(0, 100), st.booleans()), max_size=400))
def test_whatever_happens_the_limit_stays_within_its_bounds_and_no_failure_raises_it(happened):
    search, now = ConcurrencySearch(), 0.0
    for since, latency, ok in happened:
        now, before = now + since, search.limit
        search.observe(now, latency, ok=ok)
        assert 1 <= search.limit <= (MOST if ok else before)


def test_a_hiccup_of_the_machine_is_not_taken_for_another_server():
    def stalls(now: float) -> tuple[int, float]:
        return (8, 0.12) if 6.0 <= now < 6.02 else EIGHT

    found, undisturbed = simulated(stalls, 10), simulated(lambda _: EIGHT, 10)
    assert found.throughput(6.5, 10) >= 0.95 * undisturbed.throughput(6.5, 10)


def hiccups(server: tuple[int, float], seed: int) -> Clock:
    """A server or a machine in between that takes five times as long for a tenth of a second, about once a second."""
    chance = random.Random(seed)
    begin = list(itertools.accumulate(chance.expovariate(0.9) + 0.1 for _ in range(80)))
    workers, service = server

    def clock(now: float) -> tuple[int, float]:
        latest = bisect.bisect(begin, now) - 1
        return workers, 5 * service if latest >= 0 and now < begin[latest] + 0.1 else service

    return clock


@pytest.mark.parametrize(("server", "best"), [(SERIAL, 1), (EIGHT, 10)])
def test_hiccups_all_the_time_neither_idle_the_workers_nor_crowd_a_server(server, best: int):
    shares, waits = [], []
    for seed in range(6):
        found, alone = (simulated(hiccups(server, seed), 40, fixed=fixed, noise=0.1) for fixed in (None, best))
        shares.append(found.throughput(0, 40) / alone.throughput(0, 40))
        waits.append(found.p95(0, 40) / alone.p95(0, 40))
    assert mean(shares) >= 0.9
    assert max(waits) < 2


def test_a_search_that_was_misled_at_its_beginning_soon_looks_again():
    def begins_slowly(now: float) -> tuple[int, float]:
        return (8, 0.08) if 0.6 <= now < 0.75 else EIGHT

    found, undisturbed = simulated(begins_slowly, 10), simulated(lambda _: EIGHT, 10)
    assert found.throughput(4, 10) >= 0.9 * undisturbed.throughput(4, 10)
