"""Asks Pythons for the types that claim a home which doesn't have them, and writes src/lookup/homeless.tsv.

    python3 tools/homeless.py [--check]

A type says of itself in which module it is and what its name is there, and a
pickler writes that down if the name leads back to it. For the types that the
standard library makes at run time and never names, it doesn't. They are found
by importing all of it, making one of each of the usual kinds (MAKERS), and
walking all subclasses of `object`. A row is

    module  name  Pythons  wrong  special  instances  maker  reachable

the Pythons that have such a type; those where the name leads to something
else, and not nowhere; those whose pickler has a way of its own to write the
type; those where what `maker` makes pickles, at the newest protocol (all four
as masks); and where the type is reachable, the best first, as `mask:module
name` parted by `;`.

Needs the Pythons of tools/interpreters.py; about a minute. --check compares
with what stands there, and writes nothing.
"""

import argparse
import re
import sys

from interpreters import PYODIDE, VERSIONS, ask, mask, put
from renames import IMPORT

# What makes an object of a type, alone (`import` of what it names goes before it). The first that works on a Python stands
# in the table.
MAKERS = r"""
None
NotImplemented
Ellipsis
(lambda: 0)
os.path.join
len
type('C', (), {'m': lambda self: 0})().m
str.join
[].__len__
object.__init__
dict.__dict__['fromkeys']
type.__dict__['__dict__']
type('S', (), {'__slots__': ['a']}).a
type.__dict__
(lambda: 0).__code__
(lambda x: lambda: x)(1).__closure__[0]
sys
(x for x in ())
sys._getframe()
sys.exc_info()[2]
classmethod(len)
staticmethod(len)
property()
super(int, 1)
iter('')
iter('\xe9')
iter(())
iter([])
iter({})
iter({}.items())
iter({}.values())
iter(set())
iter(b'')
iter(bytearray())
iter(range(1))
iter(range(2**70))
iter(xrange(1))
iter(memoryview(b''))
iter(int, 1)
iter(type('Seq', (), {'__getitem__': lambda self, i: i})())
reversed([])
reversed({})
reversed({}.items())
reversed({}.values())
reversed(())
{}.keys()
{}.items()
{}.values()
{}.viewkeys()
{}.viewitems()
{}.viewvalues()
collections.OrderedDict().keys()
collections.OrderedDict().items()
collections.OrderedDict().values()
iter(collections.OrderedDict())
iter(collections.deque())
reversed(collections.deque())
collections.namedtuple('P', 'x').x
weakref.ref(len)
weakref.ref(collections.OrderedDict)
weakref.proxy(collections.deque())
weakref.proxy(collections.OrderedDict)
threading.Lock()
threading.RLock()
thread.allocate_lock()
_thread.allocate_lock()
_thread.start_joinable_thread(lambda: None)
threading.local()
threading.Event()
re.compile('')
re.match('', '')
re.compile('').scanner('')
io.BytesIO(b'').getbuffer().obj
io.BytesIO(b'').getbuffer()
sys.stdout
os.scandir('/')
os.stat('/')
os.times()
os.terminal_size((1, 1))
sys.flags
sys.float_info
sys.hash_info
sys.int_info
sys.thread_info
sys.version_info
sys.long_info
sys.implementation
time.localtime()
struct.Struct('i')
struct.iter_unpack('b', b'')
csv.reader([])
csv.writer(sys.stdout)
csv.get_dialect('excel')
iter(array.array('i'))
itertools.tee([])[0]
itertools.groupby([])
iter(itertools.groupby([1]))
next(itertools.groupby([1]))[1]
operator.itemgetter(1)
functools.partial(len)
functools.lru_cache(None)(lambda: 0)
functools.cmp_to_key(len)
functools.cmp_to_key(len)(1)
functools.singledispatch(lambda x: 0)
functools.singledispatchmethod(len)
functools.partialmethod(len)
zlib.compressobj()
zlib.decompressobj()
bz2.BZ2Compressor()
lzma.LZMACompressor()
hashlib.md5()
hashlib.sha1()
hashlib.sha256()
hashlib.sha512()
hashlib.sha3_256()
hashlib.shake_128()
hashlib.blake2b()
hmac.new(b'k', b'', 'md5')
xml.parsers.expat.ParserCreate()
xml.etree.ElementTree.Element('a').iter()
xml.etree.ElementTree.XMLParser()
_elementtree.TreeBuilder()
select.poll()
select.epoll()
decimal.getcontext()
decimal.getcontext().flags
decimal.localcontext()
__import__('_codecs_jp').getcodec('shift_jis')
codecs.charmap_build(''.join(map(chr, range(256))))
codecs.lookup('utf-8')
string.Formatter().parse('')
symtable.symtable('1', 'f', 'eval')._table
parser.expr('1')
readline
__future__.division
exit
print
ctypes.c_int
ctypes.c_int * 2
ctypes.CFUNCTYPE(None)
ctypes.POINTER(ctypes.c_int)
ctypes.Structure
ctypes.Union
ctypes.byref(ctypes.c_int())
type('CS', (ctypes.Structure,), {'_fields_': [('a', ctypes.c_int)]}).a
ctypes.CDLL(None)
ctypes.CDLL(None).abs
cStringIO.StringIO()
cStringIO.StringIO('a')
contextvars.ContextVar('v')
contextvars.ContextVar('w').set(1)
contextvars.Token.MISSING
contextvars.copy_context()
iter(contextvars.copy_context())
iter(contextvars.copy_context().items())
abc.ABC._abc_impl
collections.abc.Sized._abc_impl
tokenize.tokenize(io.BytesIO(b'').readline)
tokenize._generate_tokens_from_c_tokenizer('1')
enum.Enum.__members__
types.SimpleNamespace()
types.MethodType(len, 1)
types.GenericAlias(list, (int,))
list[int]
int | str
typing.List
typing.List[int]
typing.Any
typing.Union
typing.Union[int, str]
typing.Optional
typing.TypeVar('T')
typing.ParamSpec('P')
typing.Callable[..., int]
typing.Literal[1]
typing.NewType('N', int)
typing.ForwardRef('x')
iter(list[int])
anext(type('A', (), {'__aiter__': lambda s: s, '__anext__': lambda s: s, '__await__': lambda s: iter(())})(), None)
types.coroutine(lambda: (yield))()
agen()
agen().__anext__()
agen().asend(None)
agen().athrow(ValueError)
agen().aclose()
coro()
coro().__await__()
collections.Counter().update
loop.create_future()
iter(loop.create_future())
loop
asyncio.Queue()
asyncio.Task.__init__
sqlite3.connect(':memory:')
sqlite3.connect(':memory:').cursor()
sqlite3.connect(':memory:').execute('select 1')
sqlite3.connect(':memory:').cursor().execute('select 1')
socket.socket()
ssl.create_default_context()
mmap.mmap(-1, 1)
unicodedata.ucd_3_2_0
pickle.Pickler(io.BytesIO())
cPickle.Pickler()
cPickle.Unpickler(cStringIO.StringIO())
datetime.timezone.utc
random.SystemRandom()
zoneinfo.ZoneInfo('UTC')
importlib.machinery.BuiltinImporter
zipimport.zipimporter
subprocess.Popen
concurrent.futures.ThreadPoolExecutor()
logging.getLogger()
multiprocessing.Lock()
multiprocessing.Queue()
multiprocessing.Value('i')
queue.Queue()
queue.SimpleQueue()
tempfile.TemporaryFile()
open('/dev/null')
open('/dev/null', 'rb')
open('/dev/null', 'rb', 0)
Old
Old()
Old().m
Old.m
(lambda: 0).__code__.co_lines()
(lambda: 0).__code__.co_positions()
memoryview(b'').__iter__()
__builtins__
string.templatelib.Template()
iter(string.templatelib.Template())
frozendict()
sys.monitoring
sys._getframe().f_locals
(lambda: 0).__annotate__
pwd.getpwuid(0)
grp.getgrgid(0)
resource.getrusage(0)
curses.version
_curses_panel
tkinter.Tcl()
tkinter.Tcl().tk
dbm.dumb
""".strip().split("\n")

WALK = IMPORT + r"""
import gc, pickle, types
question = json.load(open(sys.argv[1]))
# Where stdout would go is no object that anyone has.
sys.stdout = sys.__stdout__
space = {}
for one in '''os sys re io csv abc bz2 lzma zlib hmac enum time types typing struct array string codecs weakref decimal hashlib
    select socket ssl mmap asyncio sqlite3 ctypes pickle cPickle cStringIO thread _thread threading collections collections.abc
    contextvars functools itertools operator tokenize symtable parser readline __future__ xml.parsers.expat
    xml.etree.ElementTree _elementtree unicodedata datetime random zoneinfo importlib importlib.machinery zipimport subprocess
    concurrent.futures logging multiprocessing queue tempfile string.templatelib pwd grp resource curses _curses_panel tkinter
    dbm.dumb'''.split():
    try:
        space[one.split(".")[0]] = __import__(one)
    except BaseException:
        pass
try:
    import asyncio
    space["loop"] = asyncio.new_event_loop()
except BaseException:
    pass
try:
    exec("async def coro(): pass\nasync def agen(): yield", space)
except BaseException:
    pass
if sys.version_info[0] == 2:
    exec("class Old: \n  def m(self): pass", space)
import site
try:
    site.setquit()
except BaseException:
    pass
def dumps(value):
    stream = pickle.dumps(value, pickle.HIGHEST_PROTOCOL)
    # Python 2 writes some that no Python loads.
    pickle.loads(stream)
def tries(value):
    try:
        dumps(value)
        return True
    except BaseException:
        return False
made = {}
keep = []
for maker in question["makers"]:
    try:
        if maker == "sys.exc_info()[2]":
            try:
                1 // 0
            except Exception:
                value = sys.exc_info()[2]
        else:
            value = eval(maker, space)
    except BaseException:
        continue
    keep.append(value)
    made.setdefault(type(value), []).append((maker, value))
kinds = []
seen = set()
todo = [object] + list(made) + [value for value in gc.get_objects() if issubclass(type(value), type)]
while todo:
    kind = todo.pop()
    if id(kind) in seen:
        continue
    seen.add(id(kind))
    kinds.append(kind)
    try:
        todo.extend(type.__subclasses__(kind))
    except TypeError:
        pass
    todo.append(type(kind))
    todo.extend(getattr(kind, "__mro__", ()))
# Where each is reachable: in a module, or in a class that is reachable in one.
reach = {}
def look(holder, module, prefix, deep):
    try:
        members = list(vars(holder).items())
    except TypeError:
        return
    for member, value in members:
        if issubclass(type(value), type) and isinstance(member, str):
            reach.setdefault(id(value), set()).add((module, prefix + member))
            # A class's own classes, where they are its own: else all would be reachable through each `__class__`.
            if deep and not member.startswith("__") and getattr(value, "__module__", None) == module:
                look(value, module, prefix + member + ".", False)
for name in sorted(set(stdlib) - set(["_LWPCookieJar", "_MozillaCookieJar"])):  # They import each other: alone, neither can be.
    look(stdlib[name], name, "", True)
def rank(claimed):
    def key(where):
        module, member = where
        listed = member in getattr(stdlib[module], "__all__", ())
        return (not public(module), member.startswith("_"), "." in member and member.split(".")[0].startswith("_"), module != "types", not listed,
                module.split(".")[0] != claimed.split(".")[0].lstrip("_"), module.startswith(("multiprocessing", "unittest", "idlelib", "pydoc", "pickle", "Dialog", "tkinter")),
                module.count("."), len(module) + len(member), not member[0].isupper(), module, member)
    return key
answer = []
for kind in kinds:
    try:
        module = kind.__module__
        name = getattr(kind, "__qualname__", kind.__name__)
        if not (isinstance(module, str) and isinstance(name, str)) or "<locals>" in name or module in ("__main__", "script"):
            continue
        if module.split(".")[0] not in stdlib and module not in ("builtins", "__builtin__") and kind not in made:
            continue
    except BaseException:
        continue
    wrong = False
    try:
        __import__(module)
        value = sys.modules[module]
        for part in name.split("."):
            value = getattr(value, part)
        if value is kind:
            continue
        wrong = True
    except BaseException:
        pass
    where = sorted(reach.get(id(kind), ()), key=rank(module))
    makers = [(maker, tries(value)) for maker, value in made.get(kind, [])]
    answer.append({"module": module, "name": name, "wrong": wrong, "special": tries(kind), "reachable": where[:3], "makers": makers})
with open(sys.argv[2], "w") as file:
    json.dump(answer, file)
if sys.platform != "emscripten":
    os._exit(0)
"""


# Types that a maker itself defines, that ctypes makes for each length, and of WebAssembly's build.
OURS = re.compile(r"(CS|C|S|A|P|Seq|Old|.*_Array_\d+|Buffer|FutureDoneCallback|Js2PyConverter|JsFuncSignature|Py2JsConverter|_emscripten_info)")


def table():
    rows = {}
    for version in VERSIONS:
        for one in ask(version, WALK, {"makers": MAKERS}):
            # Two types may have one name: whichever is reachable, or is made by a maker, tells more.
            at = rows.setdefault((one["module"], one["name"]), {})
            have = at.get(version)
            if have is None or (bool(one["makers"]), bool(one["reachable"])) > (bool(have["makers"]), bool(have["reachable"])):
                at[version] = one
    text = ""
    for (module, name), at in sorted(rows.items()):
        # A copy of a type that there is, in a build that comes with its modules half imported, tells nothing of others.
        if OURS.fullmatch(name) or set(at) <= set(PYODIDE) and all(one["wrong"] for one in at.values()):
            continue
        first = next((maker for maker in MAKERS if any(maker == made for one in at.values() for made, _ in one["makers"])), "")
        pickles = {version for version, one in at.items() if any(good for _, good in one["makers"])}
        places = {}
        for version, one in at.items():
            for place, where in enumerate(one["reachable"]):
                places.setdefault(tuple(where), []).append((place, version))
        best = sorted(places.items(), key=lambda item: (min(place for place, _ in item[1]), -len(item[1]), item[0]))[:4]
        reachable = ";".join(f"{mask(version for _, version in spots):x}:{where[0]} {where[1]}" for where, spots in best)
        masks = [at, (v for v, one in at.items() if one["wrong"]), (v for v, one in at.items() if one["special"]), pickles]
        text += "\t".join([module, name, *(f"{mask(one):x}" for one in masks), first, reachable]) + "\n"
    return text


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true")
    sys.exit(not put("src/lookup/homeless.tsv", table(), parser.parse_args().check))


if __name__ == "__main__":
    main()
