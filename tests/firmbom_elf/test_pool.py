"""Worker processes: whatever a file does to one, it costs that file and no other."""

from __future__ import annotations

import os
import random
import signal
import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import msgspec
import pytest

from firmbom.model import Problem
from firmbom.tree.base import File
from firmbom.tree.folder import FolderTree
from firmbom_elf.facts import Examined
from firmbom_elf.task import Question, Task
from firmbom_elf.workers import frames, worker
from firmbom_elf.workers.frames import MOST_HANDLES
from firmbom_elf.workers.pool import COMMAND, MOST_OPEN, MOST_PENDING, Pool, cores
from firmbom_elf.workers.process import Nursery, WorkersBrokenError

RAISES = """
import os, signal, time
from firmbom_elf import examine
from firmbom_elf.workers import worker
from firmbom_elf.facts import Examined
def act(task, data):
    if data == b"crash": os.kill(os.getpid(), signal.SIGSEGV)
    if data == b"exit": os._exit(3)
    if data == b"hang": time.sleep(300)
    if data == b"deaf":
        signal.signal(signal.SIGALRM, signal.SIG_IGN)
        time.sleep(300)
    if data == b"large": return Examined(path="x" * 3_000_000, place="")
    if data == b"odd": return {"no": "answer"}
    return Examined(path=task.path, place=str(len(data)))
examine.examine, examine.prepare = act, lambda: None
worker.main()
"""
"""Workers that do what a file says."""


def drained(pool: Pool) -> tuple[Examined, ...]:
    """What was said of all files; no process is left."""
    with closing(pool):
        return pool.answers()


def asked(*contents: bytes, seconds: float = 30.0, workers: int = 2) -> tuple[Examined, ...]:
    pool = Pool((sys.executable, "-P", "-c", RAISES), workers=workers, seconds=seconds)
    for number, data in enumerate(contents):
        pool.submit(Task(path=str(number), place=f"at {number}"), data)
    return drained(pool)


def test_answers_come_in_the_order_of_the_questions() -> None:
    answers = asked(*(bytes(size) for size in range(40)), workers=3)
    assert [(one.path, one.place) for one in answers] == [(str(number), str(number)) for number in range(40)]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"crash", "ended with SIGSEGV"),
        (b"exit", "ended with status 3"),
        (b"odd", "does not say what it should"),
    ],
)
@pytest.mark.parametrize("workers", [1, 2])
def test_a_file_that_ends_its_worker_is_the_only_one_lost(content: bytes, told: str, workers: int) -> None:
    answers = asked(b"a", content, b"bc", content, b"def", workers=workers)
    assert [one.place for one in answers] == ["1", "at 1", "2", "at 3", "3"]
    [problem] = answers[1].problems
    assert told in problem.message
    assert (problem.severity, problem.path) == ("error", "at 1")


def test_a_question_that_cannot_be_put_is_told_and_nobody_waits() -> None:
    pool = Pool((sys.executable, "-P", "-c", RAISES), workers=2)
    for path in ("one", "\udce9", "three"):
        pool.submit(Task(path=path, place=path[-1]), b"data")
    answers: list[Examined] = []
    waiting = threading.Thread(target=lambda: answers.extend(drained(pool)), daemon=True)
    waiting.start()
    waiting.join(30)
    assert [one.place for one in answers] == ["4", "\udce9", "4"]
    assert "UnicodeEncodeError" in answers[1].problems[0].message


def test_a_file_that_takes_too_long() -> None:
    answers = asked(b"a", b"hang", b"bc", seconds=0.3, workers=1)
    assert [one.place for one in answers] == ["1", "at 1", "2"]
    assert "took too long" in answers[1].problems[0].message


def test_a_worker_that_does_not_hear_the_alarm(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("firmbom_elf.workers.process._GRACE", 0.2)
    answers = asked(b"a", b"deaf", b"bc", seconds=0.2, workers=1)
    assert [one.place for one in answers] == ["1", "at 1", "2"]
    assert "says nothing for 0.4 s" in answers[1].problems[0].message


def test_large_files_and_large_answers() -> None:
    answers = asked(bytes(MOST_PENDING + 1), b"large", bytes(MOST_PENDING - 1), bytes(MOST_PENDING))
    assert [len(one.path) for one in answers] == [1, 3_000_000, 1, 1]
    assert answers[0].place == str(MOST_PENDING + 1)


def test_files_in_memory_and_on_disk_in_turn(tmp_path: Path) -> None:
    files = folder_files(tmp_path, *(bytes(size) for size in range(60)))
    pool = Pool((sys.executable, "-P", "-c", RAISES), workers=2)
    for number, file in enumerate(files):
        opening = file.on_disk()
        assert opening is not None
        size = int(file.path)
        content = b"crash" if number % 7 == 3 else bytes(size) if number % 5 < 2 else opening
        pool.submit(Task(path=file.path, place="lost"), content, file.size)
    answers = drained(pool)
    assert [one.path for one in answers] == [file.path for file in files]
    assert [one.place for one in answers] == [
        "lost" if number % 7 == 3 else file.path for number, file in enumerate(files)
    ]


@pytest.mark.parametrize(
    ("command", "told"),
    [
        ((sys.executable, "-c", "raise ImportError('no lief here')"), "ImportError: no lief here"),
        ((sys.executable, "-c", "pass"), "it says nothing"),
        (("/nowhere/python",), "cannot be started: No such file"),
    ],
)
def test_workers_that_cannot_be_had(command: tuple[str, ...], told: str) -> None:
    pool = Pool(command, workers=2)
    for number in range(5):
        pool.submit(Task(path="a", place=f"at {number}"), b"")
    answers = drained(pool)
    assert [one.problems[0].path for one in answers] == [f"at {number}" for number in range(5)]
    assert all("there are no workers" in one.problems[0].message for one in answers)
    assert told in answers[0].problems[0].message


def test_a_closed_pool_waits_for_nothing() -> None:
    pool = Pool((sys.executable, "-P", "-c", RAISES), workers=1)
    pool.submit(Task(path="a", place="a"), b"hang")
    pool.submit(Task(path="b", place="b"), b"hang")
    pool.close()
    assert threading.active_count() < 10
    Pool().close()
    with pytest.raises(WorkersBrokenError):
        pool._nursery.worker()


def test_the_process_that_makes_workers_may_go() -> None:
    nursery = Nursery((sys.executable, "-P", "-c", RAISES), 5.0)
    first = nursery.worker()
    assert nursery._process is not None
    nursery._process.kill()
    nursery._process.wait()
    for _ in range(2):
        with pytest.raises(WorkersBrokenError, match="has ended"):
            nursery.worker()
    first.close()
    nursery.close()


def test_real_workers_and_broken_binaries() -> None:
    intact = Path(sys.executable).resolve().parent / "true"
    data = next(path for path in (intact, Path("/bin/true"), Path("/usr/bin/true")) if path.is_file()).read_bytes()
    chance = random.Random("binaries")
    pool = Pool()
    for number in range(60):
        broken = bytearray(data)
        for _ in range(chance.choice((1, 4, 64)) if number % 5 else 0):
            place = chance.randrange(min(len(broken), 1024) if chance.random() < 0.7 else len(broken))
            broken[place] = chance.choice((0, 1, 0x7F, 0x80, 0xFF))
        pool.submit(Task(path="true", place="true"), bytes(broken))
    answers = drained(pool)
    assert len(answers) == 60
    assert {repr(one) for one in answers[::5]} == {repr(answers[0])}, "the intact ones get one answer"
    assert answers[0].elf is not None
    assert not [one.problems for one in answers if "unexpected" in repr(one.problems)]


def test_nothing_is_loaded_from_the_current_folder() -> None:
    assert "-P" in COMMAND
    assert cores() >= 1


def frame_of(*parts: bytes) -> socket.socket:
    """The reading end of a socket on which somebody wrote and then went away."""
    ours, theirs = socket.socketpair()
    for part in parts:
        theirs.sendall(part)
    theirs.close()
    return ours


@pytest.mark.parametrize("cut", [0, 3, 12, 13, 15])
def test_frames_that_end_early(cut: int) -> None:
    ours, theirs = socket.socketpair()
    frames.send(theirs, b"ab", [b"c", b"d"])
    whole = ours.recv(100)
    assert len(whole) == 16
    with ours, theirs, frame_of(whole[:cut]) as short, short.makefile("rb") as stream:
        assert frames.receive(stream) is None
    with frame_of(whole) as full, full.makefile("rb") as stream:
        assert frames.receive(stream) == frames.Frame(b"ab", b"cd")


@pytest.mark.parametrize("cut", [0, 3, 12, 13, 15])
def test_questions_that_end_early(cut: int) -> None:
    ours, theirs = socket.socketpair()
    frames.send(theirs, b"ab", [b"c", b"d"])
    whole = ours.recv(100)
    with ours, theirs, frame_of(whole[:cut]) as short, frame_of(whole) as full:
        assert frames.accept(short) is None
        assert frames.accept(full) == frames.Frame(b"ab", b"cd")


def test_a_question_with_open_files(tmp_path: Path) -> None:
    for name in ("first", "second"):
        (tmp_path / name).write_bytes(name.encode())
    ours, theirs = socket.socketpair()
    with ours, theirs, (tmp_path / "first").open("rb") as first, (tmp_path / "second").open("rb") as second:
        first.seek(3)  # wherever it is read
        frames.send(theirs, b"ab", handles=[first.fileno(), second.fileno()])
        asked = frames.accept(ours)
        assert asked is not None
        assert (asked.message, asked.body, len(asked.handles)) == (b"ab", b"", 2)
        assert frames.content(asked.handles[0]) == b"first"
        os.truncate(tmp_path / "second", 4)
        assert frames.content(asked.handles[1]) == b"seco"
        for handle in asked.handles:
            with pytest.raises(OSError, match="Bad file descriptor"):
                os.fstat(handle)


def test_open_files_of_a_question_that_ends_early_are_closed(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"content")
    before = len(list(Path("/proc/self/fd").iterdir()))
    ours, theirs = socket.socketpair()
    with ours, (tmp_path / "file").open("rb") as file:
        socket.send_fds(theirs, [b"\1\0\0"], [file.fileno()])
        theirs.close()
        assert frames.accept(ours) is None
    assert len(list(Path("/proc/self/fd").iterdir())) == before


def folder_files(root: Path, *contents: bytes) -> list[File]:
    for number, data in enumerate(contents):
        (root / str(number)).write_bytes(data)
    return list(FolderTree(root).walk())


def test_files_on_disk_are_read_by_the_workers(tmp_path: Path) -> None:
    files = folder_files(tmp_path, b"abc", b"crash", b"", b"gone", b"changed", bytes(5))
    (tmp_path / "3").unlink()
    (tmp_path / "4").write_bytes(b"others")
    pool = Pool((sys.executable, "-P", "-c", RAISES), workers=1)
    for file in files:
        opening = file.on_disk()
        assert opening is not None
        pool.submit(Task(path=file.path, place=file.location_path), opening, file.size)
    answers = drained(pool)
    assert [one.place for one in answers] == ["3", "1", "0", "3", "4", "5"]
    told = {one.place: one.problems[0] for one in answers if one.problems}
    assert told.keys() == {"1", "3", "4"}
    assert "ended with SIGSEGV" in told["1"].message
    assert told["3"] == Problem("error", "cannot be read: No such file or directory", "3")
    assert told["4"] == Problem("error", "changed while it was read", "4")


def test_a_file_that_ends_a_worker_which_was_given_further_ones(tmp_path: Path) -> None:
    contents = [b"crash" if number in (105, 170) else bytes(number) for number in range(3 * MOST_HANDLES)]
    files = folder_files(tmp_path, *contents)
    pool = Pool((sys.executable, "-P", "-c", RAISES), workers=1)
    for file in files:
        opening = file.on_disk()
        assert opening is not None
        pool.submit(Task(path=file.path, place="lost"), opening, file.size)
    answers = drained(pool)
    assert [one.path for one in answers] == [file.path for file in files]
    assert {one.path for one in answers if one.problems} == {"105", "170"}
    assert [one.place for one in answers if not one.problems] == [
        file.path for file in files if file.path not in ("105", "170")
    ]


def test_few_files_are_open_at_the_same_time(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"a")
    lock, now, most = threading.Lock(), 0, 0

    @contextmanager
    def opened() -> Iterator[int]:
        nonlocal now, most
        with lock:
            now += 1
            most = max(most, now)
        with (tmp_path / "a").open("rb") as file:
            yield file.fileno()
        with lock:
            now -= 1

    pool = Pool((sys.executable, "-P", "-c", RAISES), workers=16)
    for number in range(600):
        pool.submit(Task(path=str(number), place=str(number)), opened, 1)
    assert [one.path for one in drained(pool)] == [str(number) for number in range(600)]
    assert 1 < most <= MOST_OPEN


def test_the_walk_keeps_a_core_until_it_waits_or_is_over() -> None:
    def serving() -> int:
        return sum(one.name.endswith("(_serve)") for one in threading.enumerate())

    counted = threading.Event()

    @contextmanager
    def opened() -> Iterator[int]:
        counted.wait(30)
        with open(os.devnull, "rb") as file:  # noqa: PTH123 - a device
            yield file.fileno()

    pool = Pool((sys.executable, "-P", "-c", RAISES), workers=2)
    for number in range(3 * MOST_HANDLES):
        pool.submit(Task(path=str(number), place=""), opened)
    assert serving() == 1
    pool.walked()
    assert serving() == 2
    counted.set()
    assert len(drained(pool)) == 3 * MOST_HANDLES
    pool = Pool((sys.executable, "-P", "-c", RAISES), workers=2)
    for _ in range(2 * MOST_HANDLES + 1):
        pool.submit(Task(path="", place=""), bytes(MOST_PENDING // MOST_HANDLES))
    assert serving() == 2
    pool.close()


def test_a_worker_answers_until_the_host_is_gone() -> None:
    ours, theirs = socket.socketpair()
    question = Question((Task(path="a.bin", place="x!/a.bin"), Task(path="b", place="x!/b")), (3, 4))
    frames.send(ours, msgspec.msgpack.encode(question), [b"not", b"hing"])
    ours.shutdown(socket.SHUT_WR)
    with ours, theirs:
        worker._examine_all(theirs, 30.0)
        stream = ours.makefile("rb")
        answers = [frames.receive(stream), frames.receive(stream)]
    places = [msgspec.msgpack.decode(one.message, type=Examined).place for one in answers if one]
    assert places == ["x!/a.bin", "x!/b"]
    assert signal.getitimer(signal.ITIMER_REAL)[0] == 0


@pytest.mark.parametrize(
    ("code", "told"),
    [(-signal.SIGALRM, "took too long"), (-signal.SIGKILL, "ended with SIGKILL"), (7, "ended with status 7")],
)
def test_how_a_worker_ended(code: int, told: str) -> None:
    assert worker._ending(code) == told


def test_the_first_process_makes_a_worker_for_each_socket_and_ends_them_with_itself(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    killed: list[tuple[int, int]] = []
    monkeypatch.setattr(os, "fork", lambda: 4_000_000)
    monkeypatch.setattr(os, "kill", lambda *what: killed.append(what))
    before = signal.getsignal(signal.SIGCHLD)
    host, asking = socket.socketpair()
    ours, theirs = socket.socketpair()
    with host, asking, ours, theirs:
        socket.send_fds(asking, [b"w"], [theirs.fileno()])
        asking.shutdown(socket.SHUT_WR)
        try:
            worker._serve_host(host, 1.0)
        finally:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, before)
    assert killed == [(4_000_000, signal.SIGKILL)]


class ExitedError(Exception):
    """In the place of os._exit."""


def test_a_worker_ends_with_its_socket(monkeypatch: pytest.MonkeyPatch) -> None:
    def leave(code: int) -> None:
        raise ExitedError(code)

    monkeypatch.setattr(os, "fork", lambda: 0)
    monkeypatch.setattr(os, "_exit", leave)
    monkeypatch.setattr(worker, "_limit", lambda: None)
    before = signal.getsignal(signal.SIGCHLD)
    host, asking = socket.socketpair()
    ours, theirs = socket.socketpair()
    with host, asking, theirs:
        socket.send_fds(asking, [b"w"], [theirs.fileno()])
        theirs.close()
        ours.close()
        try:
            with pytest.raises(ExitedError, match="0"):
                worker._serve_host(host, 1.0)
        finally:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, before)


def test_the_dead_are_told_to_the_host(monkeypatch: pytest.MonkeyPatch) -> None:
    ours, theirs = socket.socketpair()
    ended = iter([(17, signal.SIGSEGV), (0, 0)])
    monkeypatch.setattr(os, "waitpid", lambda *_: next(ended))
    other, unused = socket.socketpair()
    workers = {17: theirs, 18: other}
    with ours, other, unused:
        worker._bury(workers)
        answer = frames.receive(ours.makefile("rb"))
    assert answer == frames.Frame(b"lost:ended with SIGSEGV")
    assert list(workers) == [18]


def test_answers_travel_together_until_they_are_much_or_old(monkeypatch: pytest.MonkeyPatch) -> None:
    near, far = socket.socketpair()
    with near, far:
        far.setblocking(False)
        with far.makefile("rb") as stream:
            gathered = frames.Gathered(near)
            gathered.add(b"one")
            gathered.add(b"two")
            with pytest.raises(BlockingIOError):
                far.recv(1)
            gathered.send()
            assert [frames.receive(stream), frames.receive(stream)] == [frames.Frame(b"one"), frames.Frame(b"two")]
            gathered.add(bytes(1 << 16))
            assert frames.receive(stream) == frames.Frame(bytes(1 << 16))
            monkeypatch.setattr(frames, "_OLD", 0.0)
            gathered.add(b"old")
            assert frames.receive(stream) == frames.Frame(b"old")
