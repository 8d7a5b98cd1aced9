"""What the standard library gives to pickle: names, and values of its types. For tools/pairs.py."""

# Pickled by reference: functions and classes that were renamed, moved, are new or gone, and some that stayed.
NAMES = """
__builtin__:long __builtin__:unicode __builtin__:xrange __builtin__:file __builtin__:buffer __builtin__:basestring
__builtin__:reduce __builtin__:raw_input __builtin__:apply __builtin__:cmp __builtin__:coerce __builtin__:execfile
__builtin__:reload __builtin__:intern __builtin__:unichr __builtin__:map __builtin__:zip __builtin__:input __builtin__:open
__builtin__:range __builtin__:object __builtin__:NotImplementedError
exceptions:StandardError exceptions:Exception exceptions:IOError exceptions:UnicodeDecodeError exceptions:Warning
itertools:izip itertools:imap itertools:ifilter itertools:ifilterfalse itertools:izip_longest itertools:chain
copy_reg:constructor copy_reg:_reconstructor copy_reg:__newobj__ cStringIO:StringIO StringIO:StringIO
UserDict:UserDict UserDict:IterableUserDict UserList:UserList UserString:UserString UserString:MutableString
types:StringType types:ClassType types:NoneType types:FunctionType types:InstanceType types:SimpleNamespace types:MappingProxyType
types:coroutine types:resolve_bases types:get_original_bases
Queue:Queue Queue:Empty queue:Queue queue:Empty queue:SimpleQueue queue:ShutDown
HTMLParser:HTMLParser HTMLParser:HTMLParseError html.parser:HTMLParser htmllib:HTMLParser sgmllib:SGMLParser
ConfigParser:ConfigParser ConfigParser:NoOptionError configparser:ConfigParser configparser:SafeConfigParser
configparser:LegacyInterpolation Cookie:SimpleCookie Cookie:SmartCookie cookielib:CookieJar http.cookies:SimpleCookie
urllib:quote urllib:urlencode urllib:URLopener urllib2:URLError urllib2:Request urllib2:urlopen urlparse:urljoin
urlparse:parse_qs urllib.parse:quote urllib.parse:urljoin urllib.error:URLError urllib.request:Request urllib.request:URLopener
httplib:HTTPException http.client:HTTPException xmlrpclib:Binary xmlrpc.client:Fault SimpleXMLRPCServer:SimpleXMLRPCServer
BaseHTTPServer:BaseHTTPRequestHandler CGIHTTPServer:CGIHTTPRequestHandler SocketServer:TCPServer socketserver:ThreadingUDPServer
http.server:CGIHTTPRequestHandler
anydbm:open whichdb:whichdb dbm:whichdb dbm.sqlite3:open commands:getoutput subprocess:getoutput
thread:start_new_thread thread:error dummy_thread:error _thread:error threading:Thread threading:_RLock threading:setprofile_all_threads
string:maketrans string:atoi string:join string:Template string:capwords os:getcwdu os:popen2 os:PathLike os:fspath os:getcwd
os:unshare os.path:join os.path:walk os.path:isjunction os.path:splitroot
sets:Set sets:ImmutableSet md5:new sha:new new:instancemethod rfc822:Message mimetools:Message mhlib:MH multifile:MultiFile
popen2:Popen3 user:home fpformat:fix ihooks:ModuleLoader Bastion:Bastion rexec:RExec statvfs:F_BSIZE
operator:isCallable operator:div operator:sequenceIncludes operator:isSequenceType operator:add operator:matmul operator:call
operator:truediv operator:index operator:length_hint
fractions:gcd fractions:Fraction math:gcd math:prod math:dist math:comb math:lcm math:cbrt math:exp2 math:sumprod math:fma math:factorial
time:clock time:time time:perf_counter time:time_ns
collections:Mapping collections:MutableMapping collections:Callable collections:Iterable collections:Sequence collections:Hashable
collections:OrderedDict collections:Counter collections:UserDict collections:UserList collections:UserString collections:ChainMap
collections.abc:Mapping collections.abc:Awaitable collections.abc:ByteString collections.abc:Buffer
abc:abstractproperty abc:abstractmethod functools:reduce functools:cmp_to_key functools:cache functools:cached_property
functools:singledispatchmethod functools:partialmethod
random:WichmannHill random:SystemRandom select:error socket:error socket:timeout ssl:SSLError ssl:match_hostname ssl:wrap_socket
zipfile:BadZipfile zipfile:Path csv:excel csv:Error csv:unix_dialect json:JSONDecoder json:JSONDecodeError
xml.etree.ElementTree:Element xml.etree.cElementTree:Element xml.etree.ElementTree:indent xml.dom.minidom:Document xml.sax:SAXException
statistics:mean statistics:NormalDist statistics:harmonic_mean statistics:kde statistics:correlation
inspect:ArgSpec inspect:FullArgSpec inspect:getargspec inspect:formatargspec inspect:getfullargspec inspect:Signature
inspect:getmoduleinfo inspect:BufferFlags inspect:get_annotations inspect:getasyncgenstate
dis:Instruction dis:Positions tokenize:TokenInfo tokenize:generate_tokens
typing:List typing:NamedTuple typing:TypedDict typing:ParamSpec typing:Pattern typing:Match typing:NewType typing:Self typing:get_type_hints
typing:override typing:ByteString typing:io typing:TypeVar typing:TypeVarTuple typing:ForwardRef typing:Generic typing:NoDefault
dataclasses:Field dataclasses:dataclass dataclasses:KW_ONLY contextvars:ContextVar zoneinfo:ZoneInfo zoneinfo:available_timezones
graphlib:TopologicalSorter graphlib:CycleError tomllib:TOMLDecodeError tomllib:loads
asyncio:CancelledError asyncio:TimeoutError asyncio:InvalidStateError asyncio:IncompleteReadError asyncio:Queue asyncio:Future
asyncio:coroutine asyncio:run asyncio:TaskGroup asyncio:Runner asyncio:to_thread asyncio:timeout asyncio:BrokenBarrierError asyncio:QueueShutDown
asyncio:AbstractEventLoopPolicy asyncio:BaseEventLoop
concurrent.futures:TimeoutError concurrent.futures:CancelledError concurrent.futures:Future concurrent.futures:InvalidStateError
concurrent.futures.process:BrokenProcessPool concurrent.futures:BrokenExecutor multiprocessing:TimeoutError multiprocessing:Process
multiprocessing.shared_memory:SharedMemory
imp:load_source imp:find_module imp:NullImporter asyncore:dispatcher asynchat:async_chat smtpd:SMTPServer
distutils.version:LooseVersion distutils.core:setup distutils.errors:DistutilsError
cgi:FieldStorage cgi:parse_header cgi:escape cgi:parse_qs cgitb:html pipes:quote pipes:Template shlex:quote shlex:join crypt:crypt
telnetlib:Telnet uu:encode xdrlib:Packer sndhdr:what imghdr:what chunk:Chunk aifc:Error sunau:Error nntplib:NNTPError mailcap:getcaps
nis:error audioop:error lib2to3.pytree:Leaf lib2to3.refactor:RefactoringTool parser:ParserError parser:expr
formatter:NullFormatter symbol:main macpath:join macurl2path:url2pathname dummy_threading:Thread _dummy_thread:LockType binhex:Error
tkinter.tix:Tk asyncio.compat:flatten_list_bytes binascii:b2a_hqx binascii:Error base64:encodestring base64:encodebytes base64:b64encode
base64:z85encode hashlib:md5 hashlib:sha3_256 hashlib:file_digest hmac:HMAC secrets:token_hex gettext:lgettext locale:format locale:getencoding locale:Error
unittest:makeSuite unittest:TestCase unittest:_TextTestResult unittest:IsolatedAsyncioTestCase unittest:SkipTest unittest.mock:Mock unittest.mock:AsyncMock
unittest.case:_AssertRaisesContext email.mime.text:MIMEText email.utils:formatdate email.message:Message email.message:EmailMessage
email.Utils:formatdate email.errors:NoBoundaryInMultipartDefect
plistlib:Data plistlib:readPlist plistlib:UID plistlib:FMT_XML sqlite3:Row sqlite3:OptimizedUnicode sqlite3:Error sqlite3:Blob
decimal:Decimal decimal:FloatOperation decimal:Context numbers:Number
ast:Num ast:Str ast:Constant ast:Index ast:Name ast:NamedExpr ast:Match ast:TypeAlias ast:unparse ast:NodeVisitor ast:Param
symtable:Symbol code:InteractiveConsole pdb:Pdb bdb:BdbQuit traceback:TracebackException traceback:FrameSummary
contextlib:nested contextlib:suppress contextlib:nullcontext contextlib:chdir contextlib:AbstractContextManager contextlib:GeneratorContextManager
contextlib:_GeneratorContextManager tempfile:TemporaryDirectory tempfile:template
io:BytesIO io:StringIO io:TextIOWrapper io:UnsupportedOperation io:open io:text_encoding io:open_code codecs:CodecInfo codecs:encode
struct:error struct:Struct signal:ItimerError signal:Signals signal:default_int_handler resource:struct_rusage pwd:struct_passwd
shelve:Shelf importlib.machinery:ModuleSpec importlib.machinery:SourceFileLoader importlib.machinery:NamespaceLoader importlib.metadata:PackageNotFoundError
importlib.metadata:EntryPoint importlib.abc:ResourceReader importlib.abc:Finder importlib.resources:files importlib.resources:contents importlib.util:set_package
importlib:find_loader importlib:import_module
pkgutil:ModuleInfo pkgutil:ImpImporter pkgutil:find_loader pkgutil:resolve_name zipimport:zipimporter zipimport:ZipImportError
builtins:ExceptionGroup builtins:EncodingWarning builtins:ModuleNotFoundError builtins:RecursionError builtins:PythonFinalizationError
builtins:StopAsyncIteration builtins:ResourceWarning builtins:aiter builtins:anext builtins:breakpoint builtins:BlockingIOError
builtins:TimeoutError builtins:FileNotFoundError builtins:memoryview builtins:bytes builtins:bytearray builtins:range builtins:str
builtins:int builtins:zip builtins:filter builtins:map builtins:input builtins:print builtins:exec builtins:chr builtins:ascii builtins:OSError
itertools:zip_longest itertools:accumulate itertools:pairwise itertools:batched sys:intern sys:getrefcount sys:setcheckinterval sys:activate_stack_trampoline
pickle:Pickler pickle:PickleBuffer pickle:PicklingError cPickle:Pickler cPickle:UnpicklingError weakref:WeakMethod weakref:finalize weakref:WeakSet
argparse:HelpFormatter._Section argparse:BooleanOptionalAction argparse:ArgumentParser optparse:OptionParser getopt:getopt
enum:Enum enum:EnumMeta enum:IntFlag enum:StrEnum enum:verify enum:FlagBoundary calendar:TextCalendar calendar:Month calendar:IllegalMonthError
selectors:DefaultSelector ipaddress:IPv4Address pathlib:Path pathlib:PurePath pathlib:PosixPath pathlib:UnsupportedOperation re:error re:PatternError re:compile
sre_constants:error sre_parse:Pattern sre_parse:SubPattern sre_compile:compile re:Scanner re:template re:escape logging:Formatter logging:LogRecord logging:BufferingFormatter
webbrowser:Grail turtle:Vec2D profile:Profile trace:CoverageResults modulefinder:ModuleFinder py_compile:PyCompileError compileall:compile_dir
doctest:Example difflib:SequenceMatcher filecmp:dircmp fileinput:FileInput fnmatch:fnmatch glob:glob glob:translate shutil:copytree shutil:Error shutil:SpecialFileError
heapq:merge bisect:bisect bisect:bisect_left array:array copy:deepcopy copy:Error pprint:PrettyPrinter pprint:pp reprlib:Repr repr:Repr textwrap:TextWrapper
datetime:datetime datetime:timezone datetime:UTC gzip:GzipFile gzip:BadGzipFile bz2:BZ2File lzma:LZMAFile zlib:compress tarfile:TarInfo tarfile:FilterError tarfile:data_filter
getpass:getuser netrc:netrc platform:linux_distribution platform:dist platform:uname platform:freedesktop_os_release uuid:UUID uuid:SafeUUID sched:Event
wsgiref.types:WSGIEnvironment wsgiref.util:FileWrapper mailbox:Maildir mimetypes:guess_type imaplib:IMAP4 ftplib:FTP poplib:POP3 smtplib:SMTP smtplib:SSLFakeFile
"""

# Made, then pickled by value: what the code calls `x`.
VALUES = {
    "long": "x = [2 ** 40, -1, 10 ** 30]",
    "text": "x = {u'k\\xe9y': u'\\u20ac', u'a': [True, None, 1.5]}",
    "native-str": "x = ['plain', ('a', 'b')]",
    "bytes-high": "x = b'\\xff\\x00caf\\xe9'",
    "bytes-utf8": "x = [b'caf\\xc3\\xa9']",
    "bytes-ascii": "x = b'abc'",
    "bytes-empty": "x = b''",
    "bytearray": "x = bytearray(b'\\xff\\x01')",
    "set": "x = set([1])",
    "frozenset": "x = frozenset([1])",
    "complex": "x = 1 + 2j",
    "ellipsis": "x = Ellipsis",
    "not-implemented": "x = NotImplemented",
    "none-type": "x = type(None)",
    "ellipsis-type": "x = type(Ellipsis)",
    "range": "x = range(3)",
    "xrange": "x = xrange(3)",
    "slice": "x = slice(1, 2)",
    "object": "x = object()",
    "list-iterator": "x = iter([1, 2])",
    "tuple-iterator": "x = iter((1, 2))",
    "str-iterator": "x = iter('ab')",
    "range-iterator": "x = iter(range(3))",
    "enumerate": "x = enumerate([1])",
    "reversed": "x = reversed([1])",
    "zip": "import itertools\nx = zip([1], [2])\nx.__next__",
    "map": "x = map(str, [1])\nx.__next__",
    "count": "import itertools\nx = itertools.count(3)",
    "chain": "import itertools\nx = itertools.chain([1], [2])",
    "izip": "import itertools\nx = itertools.izip([1], [2])",
    "dict-keys-iterator": "x = iter({1: 2})",
    "date": "import datetime\nx = datetime.date(2001, 2, 3)",
    "date-high": "import datetime\nx = datetime.date(2020, 12, 31)",
    "datetime": "import datetime\nx = datetime.datetime(2001, 2, 3, 4, 5, 6, 7)",
    "datetime-fold": "import datetime\nx = datetime.datetime(2001, 2, 3, 4, 5, 6, 7, fold=1)",
    "time": "import datetime\nx = datetime.time(4, 5, 6)",
    "timedelta": "import datetime\nx = datetime.timedelta(1, 2, 3)",
    "timezone-utc": "import datetime\nx = datetime.timezone.utc",
    "datetime-utc": "import datetime\nx = datetime.datetime(2001, 2, 3, tzinfo=datetime.timezone.utc)",
    "zoneinfo": "import zoneinfo\nx = zoneinfo.ZoneInfo('UTC')",
    "decimal": "import decimal\nx = decimal.Decimal('1.5')",
    "decimal-context": "import decimal\nx = decimal.Context(prec=5)",
    "fraction": "import fractions\nx = fractions.Fraction(1, 3)",
    "ordered-dict": "import collections\nx = collections.OrderedDict([(1, 2)])",
    "defaultdict": "import collections\nx = collections.defaultdict(list, {1: [2]})",
    "defaultdict-long": "import collections, numbers\nx = collections.defaultdict(type(2 ** 70))",
    "counter": "import collections\nx = collections.Counter('a')",
    "deque": "import collections\nx = collections.deque([1], 3)",
    "chain-map": "import collections\nx = collections.ChainMap({})",
    "user-dict": "try:\n    from UserDict import UserDict\nexcept ImportError:\n    from collections import UserDict\nx = UserDict({'a': 1})",
    "user-list": "try:\n    from UserList import UserList\nexcept ImportError:\n    from collections import UserList\nx = UserList([1])",
    "user-string": "try:\n    from UserString import UserString\nexcept ImportError:\n    from collections import UserString\nx = UserString('a')",
    "partial": "import functools\nx = functools.partial(int, base=2)",
    "partial-reduce": "import functools\nx = functools.partial(functools.reduce, max)",
    "partial-open": "import functools\nx = functools.partial(open, mode='rb')",
    "pattern": "import re\nx = re.compile('a+')",
    "pattern-bytes": "import re\nx = re.compile(b'a+', re.I)",
    "pattern-text": "import re\nx = re.compile(u'a+')",
    "match": "import re\nx = re.match('a', 'a')",
    "uuid": "import uuid\nx = uuid.UUID(int=5)",
    "array-int": "import array\nx = array.array('i', [1, 2])",
    "array-char": "import array\nx = array.array('c', 'ab')",
    "array-double": "import array\nx = array.array('d', [1.5])",
    "struct-time": "import time\nx = time.gmtime(0)",
    "stat-result": "import os\nx = os.stat_result(range(10))",
    "terminal-size": "import os\nx = os.terminal_size((80, 24))",
    "stringio-old": "import StringIO\nx = StringIO.StringIO('a')",
    "cstringio": "import cStringIO\nx = cStringIO.StringIO('a')",
    "cstringio-output": "import cStringIO\nx = cStringIO.StringIO()",
    "io-bytes": "import io\nx = io.BytesIO(b'ab')",
    "io-text": "import io\nx = io.StringIO(u'ab')",
    "cookie": "try:\n    from Cookie import SimpleCookie\nexcept ImportError:\n    from http.cookies import SimpleCookie\nx = SimpleCookie('a=b')",
    "cookie-jar-policy": "try:\n    from cookielib import DefaultCookiePolicy\nexcept ImportError:\n    from http.cookiejar import DefaultCookiePolicy\nx = DefaultCookiePolicy",
    "url": "try:\n    from urlparse import urlparse\nexcept ImportError:\n    from urllib.parse import urlparse\nx = urlparse('http://a/b')",
    "url-split-bytes": "from urllib.parse import urlsplit\nx = urlsplit(b'http://a/b')",
    "xmlrpc-datetime": "try:\n    from xmlrpclib import DateTime\nexcept ImportError:\n    from xmlrpc.client import DateTime\nx = DateTime('20010203T04:05:06')",
    "xmlrpc-fault": "try:\n    from xmlrpclib import Fault\nexcept ImportError:\n    from xmlrpc.client import Fault\nx = Fault(1, 'a')",
    "set-old": "import sets\nx = sets.Set([1])",
    "loose-version": "from distutils.version import LooseVersion\nx = LooseVersion('1.0')",
    "strict-version": "from distutils.version import StrictVersion\nx = StrictVersion('1.0')",
    "namespace": "import argparse\nx = argparse.Namespace(a=1)",
    "simple-namespace": "import types\nx = types.SimpleNamespace(a=1)",
    "optparse-values": "import optparse\nx = optparse.Values({'a': 1})",
    "template": "import string\nx = string.Template('$a')",
    "log-record": "import logging\nx = logging.LogRecord('n', 20, 'p', 1, 'm', (), None)",
    "log-formatter": "import logging\nx = logging.Formatter('%(message)s')",
    "csv-excel": "import csv\nx = csv.excel()",
    "element": "import xml.etree.ElementTree as e\nx = e.Element('a')",
    "minidom": "import xml.dom.minidom as m\nx = m.parseString('<a/>').documentElement.tagName",
    "message": "import email.message\nx = email.message.Message()",
    "calendar": "import calendar\nx = calendar.TextCalendar()",
    "ipv4": "import ipaddress\nx = ipaddress.IPv4Address('1.2.3.4')",
    "ipv4-network": "import ipaddress\nx = ipaddress.IPv4Network('1.2.3.0/24')",
    "path": "import pathlib\nx = pathlib.PurePosixPath('a/b')",
    "path-posix": "import pathlib\nx = pathlib.Path('a/b')",
    "path-windows": "import pathlib\nx = pathlib.PureWindowsPath('a/b')",
    "http-status": "import http\nx = http.HTTPStatus.OK",
    "http-method": "import http\nx = http.HTTPMethod.GET",
    "signal": "import signal\nx = signal.SIGINT",
    "address-family": "import socket\nx = socket.AF_INET",
    "regex-flag": "import re\nx = re.I | re.M",
    "regex-flag-one": "import re\nx = re.ASCII",
    "parameter-kind": "import inspect\nx = inspect.Parameter.POSITIONAL_ONLY",
    "signature": "import inspect\nx = inspect.signature(lambda a: 1)",
    "tls-version": "import ssl\nx = ssl.TLSVersion.TLSv1_2",
    "handler": "import signal\nx = signal.SIG_DFL",
    "safe-uuid": "import uuid\nx = uuid.SafeUUID.unknown",
    "calendar-day": "import calendar\nx = calendar.MONDAY",
    "flag-boundary": "import enum\nx = enum.FlagBoundary.STRICT",
    "instruction": "import dis\nx = list(dis.get_instructions('1'))[-1]",
    "token": "import tokenize\nx = tokenize.TokenInfo(1, 'a', (1, 0), (1, 1), 'a')",
    "ast-expression": "import ast\nx = ast.parse('1', mode='eval')",
    "ast-name": "import ast\nx = ast.parse('a', mode='eval')",
    "ast-text": "import ast\nx = ast.parse('\"a\"', mode='eval').body",
    "generic-list": "x = list[int]",
    "generic-typing": "import typing\nx = typing.List[int]",
    "optional": "import typing\nx = typing.Optional[int]",
    "union": "x = int | str",
    "callable": "import typing\nx = typing.Callable[[int], str]",
    "any": "import typing\nx = typing.Any",
    "type-variable": "import typing\nx = typing.AnyStr",
    "literal": "import typing\nx = typing.Literal[1]",
    "missing": "import dataclasses\nx = dataclasses.MISSING",
    "normal-distribution": "import statistics\nx = statistics.NormalDist(0, 1)",
    "topological": "import graphlib\nx = graphlib.CycleError('a', [1])",
    "exception": "x = ValueError('a', 1)",
    "exception-io": "x = IOError(2, 'a')",
    "exception-os-file": "x = OSError(2, 'a', 'f')",
    "exception-key": "x = KeyError('a')",
    "exception-unicode": "x = UnicodeDecodeError('ascii', b'\\xff', 0, 1, 'a')",
    "exception-standard": "x = StandardError('a')",
    "exception-not-found": "x = FileNotFoundError(2, 'a')",
    "exception-module": "x = ModuleNotFoundError('a')",
    "exception-group": "x = ExceptionGroup('a', [ValueError()])",
    "exception-called": "import subprocess\nx = subprocess.CalledProcessError(1, 'a')",
    "exception-timeout-expired": "import subprocess\nx = subprocess.TimeoutExpired('a', 1)",
    "exception-socket": "import socket\nx = socket.timeout('a')",
    "exception-cancelled": "import asyncio\nx = asyncio.CancelledError()",
    "exception-json": "import json\nx = json.JSONDecodeError('a', 'b', 0)",
    "exception-regex": "import re\nx = re.error('a')",
    "exception-url": "try:\n    from urllib2 import URLError\nexcept ImportError:\n    from urllib.error import URLError\nx = URLError('a')",
    "exception-http": "try:\n    from urllib2 import HTTPError\nexcept ImportError:\n    from urllib.error import HTTPError\nx = HTTPError('a', 1, 'b', {}, None)",
    "exception-option": "try:\n    from ConfigParser import NoOptionError\nexcept ImportError:\n    from configparser import NoOptionError\nx = NoOptionError('a', 'b')",
    "exception-queue": "try:\n    from Queue import Empty\nexcept ImportError:\n    from queue import Empty\nx = Empty()",
    "exception-broken-pool": "from concurrent.futures.process import BrokenProcessPool\nx = BrokenProcessPool('a')",
    "exception-unsupported": "import io\nx = io.UnsupportedOperation('a')",
    "exception-decimal": "import decimal\nx = decimal.InvalidOperation('a')",
    "exception-syntax": "x = SyntaxError('a', ('f', 1, 1, 'b'))",
    "bound-builtin": "x = 'a'.upper",
    "bound-list": "x = [].append",
    "class-method": "import datetime\nx = datetime.datetime.fromtimestamp",
    "dict-fromkeys": "x = dict.fromkeys",
    "method-descriptor": "x = str.upper",
    "nested-class": "import argparse\nx = argparse.HelpFormatter._Section",
    "nested-method": "import string\nx = string.Template.substitute",
    "item-getter": "import operator\nx = operator.itemgetter(1)",
    "attribute-getter": "import operator\nx = operator.attrgetter('a')",
    "method-caller": "import operator\nx = operator.methodcaller('a')",
    "built-in-method": "import os\nx = os.getcwd",
    "code-info": "import codecs\nx = codecs.lookup('utf-8')",
    "c-int": "import ctypes\nx = ctypes.c_int(3)",
    "module-spec": "import importlib.machinery as m\nx = m.ModuleSpec('a', None)",
    "module-info": "import pkgutil\nx = pkgutil.ModuleInfo(None, 'a', False)",
    "plist-uid": "import plistlib\nx = plistlib.UID(1)",
    "plist-data": "import plistlib\nx = plistlib.Data(b'a')",
    "zip-info": "import zipfile\nx = zipfile.ZipInfo('a')",
    "tar-info": "import tarfile\nx = tarfile.TarInfo('a')",
    "counter-partial": "import collections, functools\nx = functools.partial(collections.Counter, a=1)",
    "difference": "import difflib\nx = difflib.Match(0, 0, 1)",
    "named-tuple": "import sched\nx = sched.Event(1, 2, 3, 4, 5) if hasattr(sched.Event, '_fields') and len(sched.Event._fields) == 5 else sched.Event(1, 2, 3, 4)",
    "weak-set": "import weakref\nx = weakref.WeakSet",
    "version-info": "import platform\nx = platform.uname()._replace(node='n', release='r', version='v', machine='m')",
    "pickle-buffer": "import pickle\nx = pickle.PickleBuffer(b'a')",
    "memory-view": "x = memoryview",
    "trace-frame": "import traceback\nx = traceback.FrameSummary('f', 1, 'n', lookup_line=False, line='l')",
}

# Every protocol of these; of the others 2 and 4.
EVERY_PROTOCOL = {
    "bytes-high", "exception-io", "exception-not-found", "user-dict", "ordered-dict", "set", "pattern", "path-posix", "nested-class",
    "class-method", "datetime", "object", "io-bytes", "range", "xrange", "partial-reduce", "bytearray", "long", "zoneinfo", "bound-builtin",
    "collections.abc:Mapping", "builtins:int", "builtins:zip", "builtins:OSError", "argparse:HelpFormatter._Section", "__builtin__:file",
    "functools:reduce", "urllib.parse:quote", "http.client:HTTPException", "collections:UserDict", "imp:find_module", "queue:Empty",
}

# Names that a program gave back the module they are documented in, as `collections.Mapping` has it up to 3.9.
CLAIMED = {
    f"claimed-{name}": f"x = found('collections:{name}')\nx.__module__ = 'collections'"
    for name in ("Mapping", "MutableMapping", "Callable", "Iterable", "Sequence", "Set")
}


def subjects():
    """Label, code and protocols of each, the protocols as (Python 2, Python 3)."""
    for label in NAMES.split():
        yield label, f"x = found({label!r})", protocols(label)
    for label, code in {**VALUES, **CLAIMED}.items():
        yield label, code, protocols(label)


def protocols(label):
    return ([0, 1, 2], [0, 1, 2, 3, 4, 5]) if label in EVERY_PROTOCOL else ([2], [2, 4])
