#!/usr/bin/env python3
"""pickscope beside the tools that people use for pickles: each on the same files, in turn, in one run.

    python3 benches/peers.py             writes benches/peers.md and benches/peers.svg; 15 minutes, 4 GB of memory
    python3 benches/peers.py --readme    and the part of README.md
    python3 benches/peers.py --needs     only what is asked of pickscope; exit status 1 where it falls short
    python3 benches/peers.py --quick     all of it on little data, printed, for whoever changes this program
    python3 benches/peers.py --quick --only peekle

It needs Python 3.9 (modelaudit-picklescan 3.10), cargo, and PyPI for what isn't installed yet. That goes into a venv in a cache folder (--cache), with the
files that are read; nothing but the three files named is written here. pickscope is built first, unless --pickscope names a program.
"""

import argparse
import dataclasses
import datetime
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile

# Nothing is left in the repository, which this program's own modules lie in.
sys.dont_write_bytecode = True

from beside import data, page, picture, tools as beside
from beside.cost import Bench, failure

ROOT = beside.ROOT
LONG_TEXTS = ["read whole"]


@dataclasses.dataclass
class Outcome:
    """Medians of one tool on one file: CPU seconds, peak memory in bytes, milliseconds from start to end; or why there are none."""

    cpu: float = 0.0
    peak: float = 0.0
    ms: float = 0.0
    runs: int = 0
    why: str = ""


@dataclasses.dataclass
class Need:
    what: str
    measured: str
    needed: str
    holds: bool
    says: str


def command_line():
    cache = os.path.join(os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"), "pickscope-peers")
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--readme", action="store_true", help="write the part of README.md, too")
    parser.add_argument("--needs", action="store_true", help="only what is asked of pickscope")
    parser.add_argument("--quick", action="store_true", help="little data, one round; prints the page and writes nothing")
    parser.add_argument("--only", action="append", default=[], metavar="NAME", help="only peers whose name holds this; writes nothing")
    parser.add_argument("--cache", "--venv", default=cache, metavar="PATH", help="where the venv and the files go [%(default)s]")
    parser.add_argument("--python", action="append", default=[], metavar="PATH", help="a CPython to compare with; the first runs the peers [pyenv's 3.11 and 3.13 and the system's, else this one]")
    parser.add_argument("--pickscope", metavar="PATH", help="the program, instead of what cargo builds")
    parser.add_argument("--rounds", type=int, default=5, metavar="N", help="rounds, 3 of them for what takes over 3 s [%(default)s]")
    parser.add_argument("--seconds", type=int, default=120, metavar="N", help="how long a run may take [%(default)s]")
    parser.add_argument("--memory", type=float, metavar="GB", help="how much a run may map [half of the machine's]")
    options = parser.parse_args()
    options.cache = os.path.realpath(options.cache)
    if os.path.commonpath([options.cache, os.path.realpath(ROOT)]) == os.path.realpath(ROOT):
        parser.error("--cache must lie outside the repository")
    if options.rounds < 3:
        parser.error("--rounds must be 3 at least")
    options.memory = int((options.memory or memory() / 2e9) * 1e9)
    return options


def memory():
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def say(text):
    print(text, file=sys.stderr, flush=True)


def built(options):
    if options.pickscope:
        return os.path.abspath(options.pickscope)
    say("building pickscope")
    subprocess.run(["cargo", "build", "--quiet", "--locked", "--release", "--bin", "pickscope"], cwd=ROOT, check=True)
    target = os.environ.get("CARGO_TARGET_DIR", "target")
    return os.path.join(ROOT, target, "release", "pickscope")


def looked_at(bench, tool, file, wall, earlier=None):
    """Why a tool didn't read a file whole, or nothing; of a long one, as it was on the cut."""
    if tool.missing:
        return "could not be installed: " + tool.missing
    if file.shape.name in tool.skips:
        return tool.skips[file.shape.name]
    if tool.long and earlier:
        return earlier[tool.name].why
    run = bench.heard(tool.command(file), LONG_TEXTS)
    return failure(run, wall) or tool.whole(file, run)


def measured(bench, listed, file, options, earlier):
    """{tool's name: Outcome}, all tools in turn. `earlier` has what is known of long ones from the cut."""
    out, runs = {}, {tool.name: [] for tool in listed}
    for tool in listed:
        out[tool.name] = Outcome(why=looked_at(bench, tool, file, options.seconds, earlier))
        say("  %s%s" % (tool.name, ": " + out[tool.name].why if out[tool.name].why else ""))
    for turn in range(1 if options.quick else options.rounds):
        say("  round %d" % (turn + 1))
        for tool in listed:
            done = runs[tool.name]
            enough = tool.long if tool.long and earlier else 3 if done and done[0].cpu > 3 else options.rounds
            if out[tool.name].why or len(done) >= enough:
                continue
            run = bench.run(tool.command(file))
            # Exit statuses were judged when the output was looked at; here they must be the same, which fickling's verdict is, too.
            out[tool.name].why = failure(run, options.seconds) or ("" if run.status in (0, 1) else "exit status %d" % run.status)
            done.append(run)
    for tool in listed:
        outcome, done = out[tool.name], runs[tool.name]
        if not outcome.why:
            outcome.cpu, outcome.peak, outcome.runs = statistics.median(r.cpu for r in done), statistics.median(r.peak for r in done), len(done)
    return out


def small_measured(bench, listed, file, options, rounds):
    out = {tool.name: Outcome(why=looked_at(bench, tool, file, options.seconds)) for tool in listed}
    able = [tool for tool in listed if not out[tool.name].why]
    say("  %d runs of each of %d" % (rounds, len(able)))
    for tool, (times, status) in zip(able, bench.many([tool.command(file) for tool in able], rounds)):
        out[tool.name].ms, out[tool.name].runs = statistics.median(times) * 1e3, rounds
        if status not in (0, 1):
            out[tool.name].why = "exit status %d" % status
    return out


def explains(program):
    """`explain` of a name, and of all that a file looks up."""
    return [
        beside.Tool("explain", lambda file: [program, "explain", "collections.OrderedDict"], lambda file, run: beside.ended(run) or ("" if "OrderedDict" in run.tail else "no answer"), ours=True),
        beside.Tool("explain --input", lambda file: [program, "explain", "--input", file.path], lambda file, run: beside.ended(run) or ("" if run.wrote else "no answer"), ours=True),
    ]


def stripped(program):
    """Bytes of the program without symbols, or why that isn't known."""
    with tempfile.TemporaryDirectory() as folder:
        copy = shutil.copy(program, folder)
        try:
            done = subprocess.run(["strip", copy], capture_output=True, text=True)
        except OSError as error:
            return None, str(error)
        return (os.path.getsize(copy), "") if done.returncode == 0 else (None, done.stderr.strip())


def needs(listed, results, small, program):
    """What is asked of pickscope, as measured."""
    file, outcomes = results["records"]
    found = []

    def times(mine, its, least):
        a, b = outcomes[mine], outcomes[its]
        ratio = 0 if a.why or b.why else b.cpu / a.cpu
        told = page.figure(ratio) if ratio else a.why or b.why
        says = "`%s` takes %s times less CPU than %s." % (mine, told, its.replace(" ", " of CPython ", 1))
        found.append(Need("`%s` on `records`, times less CPU than %s" % (mine, its), told, "≥ %d" % least, ratio >= least, says))

    for mine, its, least in (("refs", "pickle.load ", 10), ("dump", "pickletools ", 40)):
        for tool in listed:
            if tool.name.startswith(its) and not tool.aside:
                times(mine, tool.name, least)
    sizes = outcomes["refs"].peak / file.size
    says = "The peak memory of `refs` is %s times the file, which it maps." % page.figure(sizes)
    found.append(Need("peak memory of `refs` on `records`, file sizes", page.figure(sizes), "≤ 1.8", not outcomes["refs"].why and sizes <= 1.8, says))
    for name in ("explain", "explain --input", "dump"):
        outcome = small[name]
        told = outcome.why or "%s ms" % page.figure(outcome.ms)
        says = "`%s` takes %s from start to end for %s." % (name, told, "a name" if name == "explain" else "a small file")
        found.append(Need("`%s`, %s, start to end" % (name, "a name" if name == "explain" else "a small file"), told, "< 5 ms", not outcome.why and outcome.ms < 5, says))
    size, why = stripped(program)
    told = "%s MB" % page.figure(size / 1e6) if size else "not known: " + why
    found.append(Need("the program, stripped", told, "≤ 8 MB", bool(size) and size <= 8e6, "The program is %s, stripped." % told))
    return found


def processor():
    try:
        with open("/proc/cpuinfo") as f:
            return next(line.split(":", 1)[1].strip() for line in f if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()


def system():
    try:
        with open("/etc/os-release") as f:
            return dict(line.strip().split("=", 1) for line in f if "=" in line)["PRETTY_NAME"].strip('"')
    except (OSError, KeyError):
        return platform.system()


def git(*arguments):
    return subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True).stdout.strip()


def facts_of(options, program, pythons, versions, floor):
    changed = git("status", "--porcelain", "--", "src", "Cargo.toml", "Cargo.lock", "rust-toolchain.toml")
    commit = "a program given" if options.pickscope else git("rev-parse", "--short=10", "HEAD") + (" and changes" if changed else "")
    facts = {
        "command": "python3 benches/peers.py",
        "date": datetime.date.today().isoformat(),
        "machine": "%s, %d cores, %.0f GB, %s, Linux %s" % (processor(), os.cpu_count(), memory() / 1e9, system(), platform.release())
        if platform.system() == "Linux"
        else "%s, %d cores, %.0f GB, %s" % (processor(), os.cpu_count(), memory() / 1e9, platform.platform()),
        "pickscope": subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout.split()[-1],
        "commit": commit,
        "Rust": subprocess.run(["rustc", "--version"], capture_output=True, text=True, cwd=ROOT).stdout.strip(),
        "CPython": ", ".join("%s%s" % (version, " (runs the peers)" if i == 0 else "") for i, (version, _) in enumerate(pythons)),
        "built as": "; ".join("%s: %s" % (version, optimised(python)) for version, python in pythons),
    }
    for name in beside.PINS:
        if name in versions:
            facts[name] = versions[name]
    facts["serde-pickle"] = "1.2.0"
    facts["least memory that can be told"] = "%.0f MB" % (floor / 1e6)
    facts["limits"] = "%d s and %.0f GB a run" % (options.seconds, options.memory / 1e9)
    return facts


def optimised(python):
    """Whether a CPython was built with profiles and link-time optimisation, which makes it faster."""
    asked = "import sysconfig; a = sysconfig.get_config_var('CONFIG_ARGS') or ''; print('--enable-optimizations' in a, '--with-lto' in a)"
    profile, link = subprocess.run([python, "-c", asked], capture_output=True, text=True, check=True).stdout.split()
    return "%s profile-guided optimisation, %s link-time optimisation" % tuple("with" if told == "True" else "without" for told in (profile, link))


def chosen(options, program):
    """(the tools, the CPythons, versions of packages)."""
    pythons = beside.pythons(options.python)
    mine, its = beside.ours(program), beside.cpythons(pythons)
    versions = {}
    if options.needs:
        its = [tool for tool in its if tool.name.startswith(("pickle.load ", "pickletools ")) and not tool.aside]
        return [tool for tool in mine if tool.name in ("refs", "dump")] + its, pythons, versions
    venv, failures, versions = beside.installed(options.cache, pythons[0][1])
    load, why = beside.loader(options.cache)
    if why:
        failures["serde-pickle"] = why
    others = beside.rust(load) + beside.packages(venv)
    for tool in others:
        tool.missing = failures.get(tool.package, "")
    peers = its + others
    if options.only:
        peers = [tool for tool in peers if any(name in tool.name for name in options.only)]
        if not peers:
            raise SystemExit("no peer has such a name: " + ", ".join(options.only))
    return mine + peers, pythons, versions


def main():
    options = command_line()
    program = built(options)
    listed, pythons, versions = chosen(options, program)
    work = os.path.join(options.cache, "work")
    bench = Bench(sys.executable, work, options.seconds, options.memory)
    shapes = data.shapes(options.quick)
    folder = data.folder(options.cache, options.quick)
    floor = bench.run([shutil.which("true")]).peak
    results, rounds = {}, 3 if options.quick else 51
    for name in ("records-cut", "records", "blob", "text", "many", "memo", "deep"):
        if options.needs and name != "records":
            continue
        say(name)
        file = data.made(folder, shapes[name])
        earlier = results["records-cut"][1] if name == "records" and "records-cut" in results else {}
        results[name] = file, measured(bench, listed, file, options, earlier)
    say("small")
    file = data.made(folder, shapes["small"])
    quickly = listed + explains(program)
    small = small_measured(bench, [tool for tool in quickly if tool.ours] if options.needs else quickly, file, options, rounds)
    asked = needs(listed, results, small, program)
    if not options.needs:
        told(options, listed, results, small, asked, rounds, facts_of(options, program, pythons, versions, floor), quickly)
    if options.quick:
        print("Whether what is needed holds, little data doesn't tell.")
        return
    for need in asked:
        print("%s: %s, needed %s: %s" % (need.what, need.measured, need.needed, "holds" if need.holds else "FALLS SHORT"))
    sys.exit(0 if all(need.holds for need in asked) else 1)


def told(options, listed, results, small, asked, rounds, facts, quickly):
    """Writes the page, the picture and README's part; without all peers, or from little data, prints the page alone."""
    file, outcomes = results["records"]
    drawn = [tool for tool in listed if not tool.aside]
    drawn.sort(key=lambda tool: (not tool.ours, bool(outcomes[tool.name].why), outcomes[tool.name].cpu))
    title = "One pickle of %s MB and %s million opcodes" % (page.figure(file.size / 1e6), page.figure(file.opcodes / 1e6))
    shown = [(tool.name, tool.ours, None if o.why else (o.cpu, o.peak / file.size), o.why) for tool in drawn for o in [outcomes[tool.name]]]
    art = picture.svg(title, shown, page.figure)
    text = page.page(facts, listed, results, small, asked, rounds, quickly)
    if options.quick or options.only:
        print(text)
        with open(os.path.join(options.cache, "peers.svg"), "w", encoding="utf-8") as f:
            f.write(art)
        return
    for name, content in (("peers.md", text), ("peers.svg", art)):
        with open(os.path.join(ROOT, "benches", name), "w", encoding="utf-8") as f:
            f.write(content)
    if options.readme:
        path = os.path.join(ROOT, "README.md")
        with open(path, encoding="utf-8") as f:
            readme = f.read()
        with open(path, "w", encoding="utf-8") as f:
            f.write(page.replaced(readme, page.part(facts, listed, results, small, asked)))


main()
