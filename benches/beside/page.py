"""What was measured, as Markdown: the page benches/peers.md, and the part of it that README.md shows, too."""

import textwrap

BEGIN, END = "<!-- peers: benches/peers.py writes what follows -->", "<!-- /peers -->"

# Nothing here is measured: what a peer does and pickscope doesn't.
OTHERWISE = """\
What they do and pickscope doesn't: `pickle.load` gives the objects themselves, and serde-pickle typed values for Serde (the feature `value`
uses it). `pickletools.genops` needs no more memory for a long stream than for a short one. fickling writes a pickle as a Python program and can
change one. picklescan, modelscan and modelaudit-picklescan come with lists of what is dangerous and judge by them; pickscope names what a file
refers to and calls, and leaves the verdict to its reader. picklescan and modelscan walk whole folders, picklescan and fickling take models
straight from a hub, modelscan has rules of one's own. peekle writes values as plain JSON. All but serde-pickle are there with
a `pip install`, and can be imported from Python, which pickscope can't."""


def figure(value):
    """Three digits that count, and none past that."""
    if value >= 10:
        return "%.0f" % value if value >= 100 else "%.1f" % value
    return "%.2f" % value if value >= 1 else "%.3g" % value


def table(heads, rows, right=()):
    out = ["| %s |" % " | ".join(heads), "|%s|" % "|".join("---:" if i in right else "---" for i in range(len(heads)))]
    return out + ["| %s |" % " | ".join(str(cell).replace("|", "\\|") for cell in row) for row in rows]


def plural(count, one, more):
    return "%s %s" % (format(count, ","), one if count == 1 else more)


def compared(outcomes, tool):
    """(CPU, peak memory) of a peer as multiples of its nearest command's, or nothing."""
    mine, its = outcomes.get(tool.against), outcomes.get(tool.name)
    if not mine or not its or mine.why or its.why:
        return None
    return its.cpu / mine.cpu, its.peak / mine.peak


def rows(tools, outcomes, file):
    for tool in tools:
        outcome = outcomes[tool.name]
        if outcome.why:
            yield [code(tool), outcome.why, "", "", "", "", ""]
            continue
        ratio = compared(outcomes, tool)
        beside = ["`%s`" % tool.against, figure(ratio[0]), figure(ratio[1])] if ratio else ["`%s`" % tool.against if tool.against else "", "", ""]
        yield [code(tool), figure(outcome.cpu), figure(outcome.peak / file.size), "%.0f MB" % (outcome.peak / 1e6), *beside]


def code(tool):
    return "**`%s`**" % tool.name if tool.ours else tool.name


HEADS = ["", "CPU s", "peak, file sizes", "peak", "beside", "times its CPU", "times its memory"]


def shape_section(tools, outcomes, file):
    said = "%s; %s bytes, %s, %s." % (
        file.shape.says[0].upper() + file.shape.says[1:],
        format(file.size, ","),
        plural(file.opcodes, "opcode", "opcodes"),
        plural(file.pickles, "pickle", "pickles"),
    )
    few = sorted({tool.long for tool in tools if tool.long} - {0})
    if file.shape.name == "records" and few:
        singles = ", ".join(tool.name for tool in tools if tool.long == 1 and not outcomes[tool.name].why)
        if singles:
            said += " One run of %s." % singles
    return ["", "### " + file.shape.name, "", said, "", *table(HEADS, rows(tools, outcomes, file), (1, 2, 3, 5, 6))]


def better(tools, results, small):
    """Where a peer takes less than its nearest command, in CPU or memory, as lines of a list. A difference of 2 % is none."""
    found = []
    for tool in tools:
        cells = []
        for name, (file, outcomes) in results.items():
            ratio = compared(outcomes, tool)
            for i, what in enumerate(("CPU", "memory")):
                if ratio and ratio[i] < 0.98:
                    cells.append("%s on `%s` (%s of `%s`'s)" % (what, name, figure(ratio[i]), tool.against))
        if cells:
            found.append("- %s: %s" % (tool.name, ", ".join(cells)))
    for tool in tools:
        mine, its = small.get(tool.against), small.get(tool.name)
        if mine and its and not mine.why and not its.why and its.ms < mine.ms * 0.98:
            found.append("- %s: a small file, %s ms (`%s`: %s ms)" % (tool.name, figure(its.ms), tool.against, figure(mine.ms)))
    return found


def small_section(tools, small, rounds):
    cells = []
    for tool in tools:
        outcome = small[tool.name]
        cells.append([code(tool), outcome.why or figure(outcome.ms)])
    return [
        "",
        "### small",
        "",
        "From the start of the process to its end, in milliseconds: median of %d runs." % rounds,
        "",
        *table(["", "ms"], cells, (1,)),
    ]


def part(facts, tools, results, small, needs):
    """What README.md shows as well."""
    file, outcomes = results["records"]
    brief = []
    for tool in tools:
        if tool.aside:
            continue
        outcome, ratio, start = outcomes[tool.name], compared(outcomes, tool), small[tool.name]
        brief.append(
            [
                code(tool),
                outcome.why or figure(outcome.cpu),
                "" if outcome.why else figure(outcome.peak / file.size),
                "%s × `%s`" % (figure(ratio[0]), tool.against) if ratio else "",
                start.why or "%s ms" % figure(start.ms),
            ]
        )
    worse = better(tools, results, small)
    said = (
        "%s with pickscope %s (%s), on %s. The file is %s: %s MB, %s million opcodes. All ran in turn on the same files; medians."
        % (facts["date"], facts["pickscope"], facts["commit"], facts["machine"], file.shape.says, figure(file.size / 1e6), figure(file.opcodes / 1e6))
    )
    return [
        BEGIN,
        *textwrap.wrap(said, 130, break_on_hyphens=False),
        "",
        *table(["", "CPU s", "peak, file sizes", "CPU beside pickscope's", "small file"], brief, (1, 2, 3, 4)),
        "",
        *["- " + need.says for need in needs],
        "",
        "Where a peer takes less than the command named beside it, on any of the files of that page:" if worse else "On none of the files of that page does a peer take less.",
        "",
        *worse,
        *([""] if worse else []),
        OTHERWISE,
        END,
    ]


def page(facts, tools, results, small, needs, rounds, quickly):
    out = [
        "# pickscope beside other tools",
        "",
        "Written by `%s`. Another run gives other times; what to look at is how they compare." % facts["command"],
        "",
        "![CPU seconds and peak memory of each tool](peers.svg)",
        "",
        *part(facts, tools, results, small, needs),
        "",
        "## What was asked of it",
        "",
        *table(["", "measured", "needed", ""], [[n.what, n.measured, n.needed, "holds" if n.holds else "falls short"] for n in needs]),
        "",
        "## Machine and versions",
        "",
        *table(["", ""], [[name, value] for name, value in facts.items() if name not in ("command",)]),
        "",
        "## Each file",
        "",
        "CPU seconds are user and system of the whole process, peak memory is its largest resident set (%s at least, which is what the" % facts["least memory that can be told"],
        "measuring interpreter has itself). Output goes to /dev/null. Before it is measured, each tool runs once with its output looked",
        "at: one that fails, or doesn't read the file whole, has that in its row, and no figures. On `records` that is left to",
        "`records-cut` for %s. Limits: %s." % (", ".join(tool.name for tool in tools if tool.long and not tool.aside), facts["limits"]),
        "Peers that run what they read (pickle.load, peekle) read only what the script wrote. Nothing of the caller's environment is passed on but",
        "PATH: with PYTHONUNBUFFERED, pickletools would take longer.",
    ]
    for file, outcomes in results.values():
        out += shape_section(tools, outcomes, file)
    return "\n".join(out + small_section(quickly, small, rounds)) + "\n"


def replaced(text, lines):
    """A text with what stands between the two comments replaced."""
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise SystemExit("README.md has no %s and %s" % (BEGIN, END))
    return before + "\n".join(lines) + after
