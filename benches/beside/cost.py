"""What a run costs: CPU seconds (user and system), peak memory, and from start to end, each as the kernel tells it of a process."""

import dataclasses
import json
import os
import signal
import subprocess
import sys

# A process's peak as wait4 tells it holds that of the memory it was forked in, before exec: so the parent is an interpreter that holds nothing,
# and not this one, which made the files.
ONCE = """import json, os, resource, signal, sys, time
wall, memory, quiet, report = float(sys.argv[1]), int(sys.argv[2]), sys.argv[3] == "quiet", int(sys.argv[4])
start = time.perf_counter()
pid = os.fork()
if not pid:
    os.close(report)
    if quiet:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    os.execv(sys.argv[5], sys.argv[5:])
late = []
signal.signal(signal.SIGALRM, lambda *_: (late.append(1), os.kill(pid, signal.SIGKILL)))
signal.setitimer(signal.ITIMER_REAL, wall)
_, status, u = os.wait4(pid, 0)
os.write(report, json.dumps([u.ru_utime + u.ru_stime, time.perf_counter() - start, u.ru_maxrss * 1024, os.waitstatus_to_exitcode(status), bool(late)]).encode())"""

# Many short runs, in turn, for a median of each: seconds from start to end.
MANY = """import json, os, sys, time
commands, rounds = json.loads(sys.argv[1]), int(sys.argv[2])
null = [(os.POSIX_SPAWN_OPEN, n, os.devnull, os.O_RDWR, 0) for n in (0, 1, 2)]
times, last = [[] for _ in commands], [0] * len(commands)
for _ in range(rounds):
    for i, command in enumerate(commands):
        start = time.perf_counter()
        pid = os.posix_spawn(command[0], command, os.environ, file_actions=null)
        _, status = os.waitpid(pid, 0)
        times[i].append(time.perf_counter() - start)
        last[i] = os.waitstatus_to_exitcode(status) or last[i]
print(json.dumps([times, last]))"""


@dataclasses.dataclass
class Run:
    """One run of a program. `wrote` is bytes of output, `lines` newlines in it, `tail` its end, `found` how often each text asked for stood in it."""

    cpu: float
    wall: float
    peak: int
    status: int
    late: bool
    errors: str
    wrote: int = 0
    lines: int = 0
    tail: str = ""
    found: dict = dataclasses.field(default_factory=dict)


class Bench:
    """Runs programs in a folder of their own, within limits of time and memory."""

    def __init__(self, python, folder, wall, memory):
        self.python, self.folder, self.wall, self.memory = python, folder, wall, memory
        os.makedirs(folder, exist_ok=True)
        # PYTHONUNBUFFERED, where it is set, makes pickletools take more than half as long again.
        self.environment = {"PATH": os.environ.get("PATH", ""), "HOME": folder, "LANG": "C.UTF-8", "NO_COLOR": "1"}

    def _start(self, command, quiet, errors):
        out, report = os.pipe()
        arguments = [str(self.wall), str(self.memory), "quiet" if quiet else "heard", str(report)]
        child = subprocess.Popen(
            [self.python, "-I", "-S", "-c", ONCE, *arguments, *command],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL if quiet else subprocess.PIPE,
            stderr=errors,
            pass_fds=[report],
            cwd=self.folder,
            env=self.environment,
        )
        os.close(report)
        return child, out

    def _end(self, child, out, errors):
        with os.fdopen(out, "rb") as report:
            told = report.read()
        child.wait()
        errors.seek(0)
        # A closed report is the measuring interpreter's own failure, and no figure.
        if not told:
            raise RuntimeError("%s: %s" % (child.args[-1], errors.read()[-2000:].decode("utf-8", "replace")))
        return json.loads(told), errors.read()[-20000:].decode("utf-8", "replace")

    def run(self, command):
        """A measured run: its output goes to /dev/null."""
        with open(os.path.join(self.folder, "stderr"), "w+b") as errors:
            child, out = self._start(command, True, errors)
            told, said = self._end(child, out, errors)
        return Run(*told, said)

    def heard(self, command, texts):
        """A run whose output is looked at, and whose costs don't count."""
        found, wrote, lines, tail = {text: 0 for text in texts}, 0, 0, b""
        with open(os.path.join(self.folder, "stderr"), "w+b") as errors:
            child, out = self._start(command, False, errors)
            while chunk := child.stdout.read1(1 << 20):
                wrote += len(chunk)
                lines += chunk.count(b"\n")
                for text in texts:
                    # What straddles two chunks, too.
                    found[text] += (tail[len(tail) - len(text) + 1 :] + chunk).count(text.encode())
                tail = (tail + chunk)[-1 << 14 :]
            told, said = self._end(child, out, errors)
        return Run(*told, said, wrote, lines, tail.decode("utf-8", "replace"), found)

    def many(self, commands, rounds):
        """([seconds of each run], exit status) for each command, all run in turn."""
        answer = subprocess.run(
            [self.python, "-I", "-S", "-c", MANY, json.dumps(commands), str(rounds)],
            stdout=subprocess.PIPE,
            cwd=self.folder,
            env=self.environment,
            check=True,
        )
        return list(zip(*json.loads(answer.stdout)))


def failure(run, wall):
    """Why a run ended early, or nothing: in a few words."""
    if run.late:
        return "> %d s" % wall
    if run.status < 0:
        said = run.errors.strip()
        if "stack overflow" in said:
            return "stack overflow (%s)" % signal.Signals(-run.status).name
        return "killed by %s" % signal.Signals(-run.status).name
    return ""


if __name__ == "__main__":
    sys.exit("run benches/peers.py")
