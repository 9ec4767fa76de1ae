"""The pictures, as they stand on the screen: of what real workers told, or of what was told by hand."""

from __future__ import annotations

from tests.tui.timeline.pictures import recorded, text, told_until, zoomed
from tests.tui.timeline.tales import deserted, forty, forty_ran, overdue, six, waiting


def test_a_picture_is_as_wide_and_as_high_as_it_may_be() -> None:
    for width in (12, 30, 38, 78, 118, 300):
        for height in (2, 3, 5, 30):
            lines = text(told_until(waiting(), 12), width, height).splitlines()
            assert len(lines) <= height and max(len(line) for line in lines) <= width


def test_waiting_the_copies_pile_up_and_those_to_come_are_dotted() -> None:
    assert (
        text(told_until(waiting(), 12), 118, 9)
        == """\
       0 s         5 s         10 s  now    15 s         20 s         25 s          ETA
broker ●━━ hidden ━━⟲ by w2 ━━━━━⟲━━━━│┄┄┄┄┄┄┄┄▽┄┄┄┄┄┄┄┄┄┄┄┄░▽░┄┄┄┄┄┄┄┄┄┄┄┄▽         ┊   hidden 4 s more
w1     ▼───── waits for its ETA ──────│┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄◇   will run
w2                  ▼───── waits ─────│┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄◇   will run again
w2                               ▼────│┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄◇   will run again
?                                     │        ▽┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄◇   to come: will run again
?                                     │                      ▽┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄◇   to come: will run again
?                                     │                                    ▽┄┄┄┄┄┄┄┄┄◇   to come: will run again
● sent  ▼ taken by a worker  ⟲ put back by a sweep  ▽ to be put back  ◇ will run  ┄ forecast  ░ some time here"""
    )


def test_in_eighty_columns_the_words_are_shorter_and_the_staircase_stays() -> None:
    assert (
        text(told_until(waiting(), 12), 78, 8)
        == """\
       0 s    5 s        now 15 s     20 s    25 s     ETA
broker ●━━━━━━━⟲━━━━━━━⟲━━│┄┄┄┄┄▽┄┄┄┄┄┄┄░▽┄┄┄┄┄┄┄░▽     ┊  hidden 4 s more
w1     ▼───── waits ──────│┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄◇  will run
w2             ▼─ waits ──│┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄◇  will run again
w2                     ▼──│┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄◇  will run again
?                         │     ▽┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄◇  will run again
?                         │              ▽┄┄┄┄┄┄┄┄┄┄┄┄┄┄◇  will run again
?                         │                       ▽┄┄┄┄┄◇  will run again"""
    )


def test_in_ascii_nothing_is_missing() -> None:
    assert (
        text(told_until(waiting(), 12), 78, 9, plain=True)
        == """\
       0 s    5 s        now 15 s     20 s    25 s     ETA
broker *=======@=======@==|.....o.......:o.......:o     :  hidden 4 s more
w1     v----- waits ------|.............................O  will run
w2             v- waits --|.............................O  will run again
w2                     v--|.............................O  will run again
?                         |     o.......................O  will run again
?                         |              o..............O  will run again
?                         |                       o.....O  will run again
* sent  v taken by a worker  @ put back by a sweep  o to be put back"""
    )


def test_in_forty_columns_there_is_still_a_picture() -> None:
    assert (
        text(told_until(waiting(), 12), 38, 6)
        == """\
       0 s   now        ETA
broker ●━━⟲━━⟲│┄┄▽┄┄▽┄┄▽  ┊ hidden
w1     ▼──────│┄┄┄┄┄┄┄┄┄┄┄◇ will run
w2        ▼───│┄┄┄┄┄┄┄┄┄┄┄◇ runs again
w2           ▼│┄┄┄┄┄┄┄┄┄┄┄◇ runs again
? ×3          │  ▽┄┄▽┄┄▽┄┄◇ 3 to come"""
    )


def test_while_no_sweep_was_seen_a_redelivery_may_come_at_any_time() -> None:
    assert (
        text(told_until(waiting(sweeps=False), 3), 118, 6)
        == """\
       0 s   now   5 s         10 s         15 s         20 s         25 s          ETA
broker ●━━━━━━│┄┄┄░░░░░░░░░░░░░░░░░░░░░░░░░░ any time here ░░░░░░░░░░░░░░░░░░░░░░░░░░┊   hidden 3 s more
w1     ▼──────│┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄◇   will run
?             │   ░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░◇   will run again
?             │                                                                      ┊   and so on: will run ≥1×
● sent  ▼ taken by a worker  ◇ will run  ┄ forecast  ░ some time here"""
    )


def test_overdue_is_seen_and_said() -> None:
    assert (
        text(told_until(overdue(), 75), 118, 5)
        == """\
       0 s       30 s        60 s   now  90 s        2 min       2:30        3 min
broker ●━━━━━ hidden 60 s ━━━━━▒▒▒▒▒▒│┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄▽                     overdue: put back within 76 s
w1     ◆†                            │                                                   died: it was killed
?                                    │                             ▽┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄ to come: will run again
● sent  ▼ taken by a worker  ▽ to be put back  ◆ runs  † died  ┄ forecast  ░ some time here"""
    )


def test_where_nobody_sweeps_what_comes_is_unknown() -> None:
    assert (
        text(told_until(deserted(), 70), 78, 4)
        == """\
       0 s   15 s     30 s    45 s     60 s   now
broker ●━━━━━━━━━━ hidden 60 s ━━━━━━━━━━▒▒▒▒▒▒│ ?  ?  ?   nobody sweeps
w1     ◆█†                                     │           died: it was killed
● sent  ▼ taken by a worker  ◆ runs  † died  ? unknown"""
    )


def test_real_workers_redelivered_it_twice() -> None:
    assert (
        text(recorded("incidents/eta_beyond_timeout-5.7.0", 13), 118, 8)
        == """\
       0 s   2 s    4 s    6 s    8 s   10 s   12 s now       16 s   18 s   20 s    ETA
broker ●━ hidden 5 s? ━━▒▒▒⟲━━ hidden 5 s? ━━⟲━━━━━━━│┄┄┄┄┄┄┄┄┄░░░░░                 ┊   hidden 3 s more?
a@h    ▼───────────── waits for its ETA ─────────────│┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄◇   will run
a@h                        ▼─── waits for its ETA ───│┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄◇   will run again
b@h                                          ▼───────│┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄◇   will run again
?                                                    │         ░░░░░┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄◇   will run again?
?                                                    │                               ┊   and so on: will run 5×
● sent  ▼ taken by a worker  ⟲ put back by a sweep  ◇ will run  ┄ forecast  ░ some time here"""
    )


def test_real_workers_ran_it_five_times_and_the_duplicates_are_a_wall() -> None:
    assert (
        text(recorded("incidents/eta_beyond_timeout-5.7.0"), 118, 8)
        == """\
       0 s   2 s    4 s    6 s    8 s   10 s   12 s   14 s   16 s    18 s   20 s    ETA
broker ●━━ hidden 5 s ━━▒▒▒⟲━━ hidden 5 s ━━━⟲━━ hidden 5 s ━━━⟲━━ hidden 5 s ━━⟲━━━━┤   put back 4×, acknowledged
a@h    ▼───────────────────────────── waits for its ETA ─────────────────────────────✖   ran again, +1 ms: duplicate
a@h                        ▼─────────────────── waits for its ETA ───────────────────✖   ran again, +3 ms: duplicate
b@h                                          ▼────────── waits for its ETA ──────────◆   ran first
b@h                                                            ▼─ waits for its ETA ─✖   ran again, +4 ms: duplicate
b@h                                                                             ▼────✖   ran again, +4 ms: duplicate
● sent  ▼ taken by a worker  ⟲ put back by a sweep  ◆ runs  ✖ runs again  ┤ acknowledged"""
    )


def test_zoomed_in_the_runs_of_real_workers_come_apart() -> None:
    assert (
        text(zoomed(recorded("incidents/eta_beyond_timeout-5.7.0"), 6), 118, 7)
        == """\
        21.992 s              21.994 s              21.996 s              21.998 s
broker ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━ hidden ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━ put back 4×, acknowledged
a@h    ──── waits ────✖███████████████████████ runs again ████████████████████████✔      ran again, +1 ms: duplicate
a@h    ─────── waits for its ETA ────────✖██████ runs again ███████✔                     ran again, +3 ms: duplicate
b@h    ─────◆███████████████████ runs ████████████████████✔                              ran first
b@h    ──────────────── waits for its ETA ────────────────✖████ runs again █████✔        ran again, +4 ms: duplicate
b@h    ──────────────── waits for its ETA ─────────────────✖███ runs again ████✔         ran again, +4 ms: duplicate"""
    )


def test_six_runs_within_nine_milliseconds() -> None:
    assert (
        text(told_until(six(), 40), 78, 8)
        == """\
       0 s    5 s    10 s    15 s    20 s     25 s     ETA
broker ●━━━━━━━⟲━━━━━━━⟲━━━━━━━⟲━━━━━━━━⟲━━━━━━━⟲━━━━━━━┤  put back 5×
w1     ▼────────────── waits for its ETA ───────────────◆  ran first
w2             ▼────────── waits for its ETA ───────────✖  again +1 ms
w2                     ▼────── waits for its ETA ───────✖  again +2 ms
w1                             ▼── waits for its ETA ───✖  again +3 ms
w2                                      ▼──── waits ────✖  again +4 ms
w1                                              ▼───────✖  again +5 ms"""
    )


def test_six_runs_a_millisecond_apart_come_apart() -> None:
    assert (
        text(zoomed(told_until(six(), 40), 6), 118, 8)
        == """\
           ETA          30.002 s       30.004 s        30.006 s       30.008 s
broker ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━ hidden ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━ put back 5×, acknowledged
w1     ─────◆████████████ runs ████████████✔                                             ran first
w2     ─── waits ───✖█████████ runs again █████████✔                                     ran again, +1 ms: duplicate
w2     ─ waits for its ETA ─✖█████████ runs again █████████✔                             ran again, +2 ms: duplicate
w1     ──── waits for its ETA ─────✖█████████ runs again █████████✔                      ran again, +3 ms: duplicate
w2     ──────── waits for its ETA ─────────✖█████████ runs again █████████✔              ran again, +4 ms: duplicate
w1     ──────────── waits for its ETA ─────────────✖█████████ runs again █████████✔      ran again, +5 ms: duplicate"""
    )


def test_six_runs_a_millisecond_apart_come_apart_in_ascii() -> None:
    assert (
        text(zoomed(told_until(six(), 40), 6), 78, 8, plain=True)
        == """\
         ETA                  30.005 s
broker ===================== hidden ====================== put back 5x
w1     ---R###### runs #######+                            ran first
w2     --------X### runs again ###+                        again +1 ms
w2     --- waits ---X### runs again ###+                   again +2 ms
w1     ----- waits ------X### runs again ###+              again +3 ms
w2     -- waits for its ETA --X### runs again ###+         again +4 ms
w1     ---- waits for its ETA ----X### runs again ####+    again +5 ms"""
    )


def test_a_recovery_is_no_duplicate() -> None:
    assert (
        text(recorded("incidents/worker_killed-5.7.0", task=1), 118, 5)
        == """\
       0 s   1 s    2 s    3 s    4 s    5 s    6 s    7 s    8 s    9 s   10 s   11 s
broker ●━━━━━━━━━━━ hidden 5 s ━━━━━━━━━━━▒▒▒▒▒▒ overdue ▒▒▒▒▒▒⟲ by b@h ━━ hidden ━━━┤   put back 1×, acknowledged
a@h    ◆██†                                                                              died?: it fell silent
b@h                                                            ↻███████ runs ███████✔    recovery?: ran after a crash
● sent  ▼ taken by a worker  ⟲ put back by a sweep  ◆ runs  ↻ runs after a crash  † died  ┤ acknowledged"""
    )


def test_a_loss() -> None:
    assert (
        text(recorded("incidents/worker_killed-5.7.0"), 118, 4)
        == """\
       0.0 s   0.1 s      0.2 s      0.3 s      0.4 s      0.5 s      0.6 s      0.7 s
broker ●                                                                                 nothing left to run it: lost?
a@h    ◆███████████████████████████████████ runs ████████████████████████████████████†   died?: it fell silent
● sent  ▼ taken by a worker  ◆ runs  † died  ┤ acknowledged"""
    )


def test_a_message_that_is_nowhere() -> None:
    assert (
        text(recorded("incidents/killed_in_a_pop-5.7.0"), 78, 3)
        == """\
       0 s   1 s    2 s    3 s    4 s    5 s    6 s    7 s
broker ●  ?  ?  ?  ?  ?  ?  ?  ?  ?  ?  ?  ?  ?  ?  ?  ?†  nothing left: lost
● sent  † lost  ? unknown"""
    )


def test_copies_that_a_lock_stopped_did_not_run() -> None:
    assert (
        text(recorded("incidents/lock-5.7.0"), 118, 7)
        == """\
       0 s      1 s       2 s        3 s       4 s        5 s       6 s        ETA
broker ●━━━ hidden 2 s ━━━━▒▒▒▒▒▒▒▒▒⟲━━━━ hidden 2 s ━━━━⟲━━━━ hidden 2 s ━━━━⟲━━┤       put back 3×, acknowledged
a@h    ▼────────────────────────── waits for its ETA ───────────────────────────◆████✔   ran once
a@h                                 ▼──────────── waits for its ETA ────────────■        stopped by the lock
a@h                                                      ▼─ waits for its ETA ──■        stopped by the lock
a@h                                                                           ▼─■        stopped by the lock
● sent  ▼ taken by a worker  ⟲ put back by a sweep  ◆ runs  ■ did not run  ┤ acknowledged"""
    )


def test_a_retry() -> None:
    assert (
        text(recorded("celery-5.7.0", task=11), 118, 4)
        == """\
       0.0 s       0.1 s         0.2 s         0.3 s          0.4 s         0.5 s
broker ●╌━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━ hidden ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┤   acknowledged
well@h   ▼────────────────────── waits ──────────────────────◆→                          retried, goes on as r1
● sent  ▼ taken by a worker  ◆ runs  → goes on  ┤ acknowledged"""
    )


def test_the_attempt_after_a_retry() -> None:
    assert (
        text(recorded("celery-5.7.0", task=11, attempt=1), 118, 4)
        == """\
       0 s        2 s          4 s          6 s          8 s         10 s          ETA
broker ●━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━ hidden ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┤   acknowledged
well@h ▼──────────────────────────── waits for its ETA ─────────────────────────────◆    ran once
● sent  ▼ taken by a worker  ◆ runs  ┤ acknowledged"""
    )


def test_a_task_longer_than_the_timeout_runs_beside_itself() -> None:
    assert (
        text(recorded("incidents/longer_than_timeout-5.7.0"), 118, 5)
        == """\
       0 s       2 s         4 s         6 s         8 s        10 s        12 s
broker ●━━━━━━━━ hidden 5 s ━━━━━━━━▒⟲ by a@h ━━━━━━━━━┤                                 put back 1×, acknowledged
a@h    ◆████████████████████ runs ████████████████████✔                                  ran first
b@h                                  ✖█████████████████ runs again ██████████████████✔   ran again, +5.2 s: duplicate
● sent  ▼ taken by a worker  ⟲ put back by a sweep  ◆ runs  ✖ runs again  ┤ acknowledged"""
    )


def test_forty_copies_wait_in_a_lane_for_each_worker() -> None:
    assert (
        text(told_until(forty(), 201), 118, 6)
        == """\
        0 s      30 s        60 s       90 s        2 min      2:30        3 min    now
broker  ●⟲━⟲━⟲━⟲━⟲━⟲━⟲━⟲━⟲━⟲━⟲━⟲━⟲━⟲━⟲⟲━⟲━⟲━⟲━⟲━⟲━⟲━⟲━⟲━⟲━⟲━⟲━⟲━⟲━⟲⟲━⟲━⟲━⟲━⟲━⟲━⟲━⟲━⟲━│   hidden 1 s more
w1 ×14  ▼────▼─────▼─────▼─────▼─────▼────▼─────▼─────▼─────▼─────▼────▼─────▼─────▼─◇   all 14 will run
w2 ×26   ▼─▼───▼─▼───▼─▼───▼─▼───▼─▼──▼─▼───▼─▼───▼─▼───▼─▼───▼─▼──▼─▼───▼─▼───▼─▼───◇   all 26 will run
? ×2                                                                                 ◇   2 to come
● sent  ▼ taken by a worker  ⟲ put back by a sweep  ◇ will run  ┄ forecast  ░ some time here"""
    )


def test_forty_copies_ran_and_are_counted() -> None:
    assert (
        text(told_until(forty_ran(), 210), 78, 5)
        == """\
        0 s         60 s          2 min          3 min ETA
broker  ●⟲⟲⟲⟲━⟲⟲⟲⟲⟲━⟲⟲⟲⟲⟲━⟲⟲⟲⟲⟲━⟲⟲⟲⟲⟲━⟲⟲⟲⟲━⟲⟲⟲⟲⟲━⟲⟲⟲⟲⟲━⟲┤  put back 39×
w1 ×14  ▼──▼───▼──▼───▼───▼──▼───▼──▼───▼───▼──▼───▼───▼✖  13 ran again
w2 ×26   ▼▼─▼─▼─▼▼──▼▼─▼▼──▼▼─▼─▼─▼▼──▼▼─▼─▼─▼▼──▼▼─▼▼──✖  all 26 ran again
● sent  ▼ taken by a worker  ⟲ put back by a sweep  ◆ runs  ✖ runs again"""
    )
