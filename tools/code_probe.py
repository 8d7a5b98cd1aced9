"""What a Python says of code objects and marshal data. Python 2 and 3 at once; run by tools/code_facts.py, and by tests.

    python code_probe.py QUESTION ANSWER     as tools/interpreters.py runs it
    python code_probe.py library NTH         a line for each code object of the standard library: its marshal data, its facts;
                                             of every NTH module
"""

import binascii
import json
import marshal
import os
import sys
import types

try:
    text = unicode
except NameError:
    text = str
CODE = type((lambda: 0).__code__)


def hexed(data):
    return binascii.hexlify(data).decode("ascii")


def words(value):
    """`repr`, but for the addresses in that of a code object."""
    if type(value) is CODE:
        return "<code %s>" % value.co_name
    if type(value) is tuple:
        return "(%s%s)" % (", ".join(map(words, value)), "," if len(value) == 1 else "")
    return repr(value)


def facts(code):
    lines = code.co_linetable if sys.version_info >= (3, 10) else code.co_lnotab
    return {
        "name": code.co_name,
        "qualname": getattr(code, "co_qualname", None),
        "filename": code.co_filename,
        "firstlineno": code.co_firstlineno,
        "argcount": code.co_argcount,
        "posonlyargcount": getattr(code, "co_posonlyargcount", 0),
        "kwonlyargcount": getattr(code, "co_kwonlyargcount", 0),
        "nlocals": code.co_nlocals,
        "stacksize": code.co_stacksize,
        "flags": code.co_flags,
        "code": hexed(code.co_code),
        "names": code.co_names,
        "varnames": code.co_varnames,
        "freevars": code.co_freevars,
        "cellvars": code.co_cellvars,
        "consts": [words(value) for value in code.co_consts],
        "lines": hexed(lines),
        "exceptions": hexed(code.co_exceptiontable) if hasattr(code, "co_exceptiontable") else None,
    }


def within(code):
    """A code object, then all that it holds."""
    found, todo = [], [code]
    while todo:
        code = todo.pop()
        found.append(code)
        todo.extend(value for value in reversed(code.co_consts) if type(value) is CODE)
    return found


def loaded(data):
    try:
        return "ok " + repr(marshal.loads(binascii.unhexlify(data)))
    except Exception as error:
        return type(error).__name__


def samples(sources):
    answer = []
    for name, source in sorted(sources.items()):
        try:
            code = compile(source, "<sample>", "exec", dont_inherit=True)
        except SyntaxError:
            continue
        # What a dump numbers depends on who else holds an object: a first one loads them fresh.
        code = marshal.loads(marshal.dumps(code))
        dumps = {}
        for version in range(marshal.version + 1):
            if version == 1 and sys.version_info >= (3,):
                continue  # The same as 0.
            try:
                dumps[version] = hexed(marshal.dumps(code, version))
            except ValueError:
                pass
        answer.append({"case": name, "marshal": dumps, "facts": [facts(one) for one in within(code)]})
    return answer


def modules():
    home = os.path.dirname(os.__file__)
    for folder, inner, files in os.walk(home):
        inner[:] = sorted(name for name in inner if name not in ("test", "tests", "idle_test", "site-packages", "__pycache__"))
        for name in sorted(files):
            if name.endswith(".py"):
                yield os.path.join(folder, name)


def library(nth):
    for at, path in enumerate(modules()):
        if at % nth:
            continue
        try:
            with open(path, "rb") as file:
                code = compile(file.read(), path[-40:], "exec", dont_inherit=True)
        except (SyntaxError, ValueError):
            continue
        for one in within(code):
            print(hexed(marshal.dumps(one)) + "\t" + json.dumps(facts(one)))


if sys.argv[1:2] == ["library"]:
    library(int(sys.argv[2]))
else:
    with open(sys.argv[1]) as file:
        question = json.load(file)
    answer = {
        "version": marshal.version,
        "loaded": [loaded(data) for data in question["data"]],
        "samples": samples(question["sources"]),
    }
    with open(sys.argv[2], "w") as file:
        json.dump(answer, file)
