"""Classes and functions that the corpus stores by reference. Runs on 2.7 and 3.6-3.13."""

import collections
import datetime
import sys

try:
    import enum
except ImportError:  # 2.7
    enum = None
try:
    import dataclasses
except ImportError:  # 2.7 and 3.6
    dataclasses = None


class Cage:
    """On 2.7 an old-style class: INST and OBJ come from here."""

    def __init__(self):
        self.bars = 12


class Keeper:
    """On 2.7 an old-style class whose instances are made with arguments."""

    def __init__(self, name, years):
        self.name = name
        self.years = years

    def __getinitargs__(self):
        return self.name, self.years


class Animal(object):
    def __init__(self, name):
        self.name = name

    def speak(self):
        return self.name

    @classmethod
    def named(cls, name):
        return cls(name)

    @staticmethod
    def is_edible(thing):
        return bool(thing)

    class Ear(object):
        """A nested class: protocol 4 writes its qualified name, 2 and 3 a getattr."""

        class Drum(object):
            pass

        def hear(self):
            return self

    if enum:

        class Mood(enum.Enum):
            CALM = 1


class Slotted(object):
    __slots__ = ("x", "y")

    def __init__(self, x, y):
        self.x = x
        self.y = y


class SlottedWithDict(Slotted):
    """Its state is a pair: the dict and the slots."""


class Reduced(object):
    """All five items of a reduce value, the state given by a __setstate__."""

    def __init__(self, name):
        self.name = name
        self.items = []
        self.table = {}

    def append(self, item):
        self.items.append(item)

    def extend(self, items):
        self.items.extend(items)

    def __setitem__(self, key, value):
        self.table[key] = value

    def __setstate__(self, state):
        self.note = state

    def __reduce__(self):
        return Reduced, (self.name,), "note", iter([1, 2]), iter([("a", 1), ("b", 2)])


class Empty(object):
    """Its state is nothing: no BUILD."""


class Called(object):
    def __init__(self, name):
        self.name = name

    def __reduce__(self):
        return Called, (self.name,)


class WithState(Reduced):
    def __reduce__(self):
        return WithState, (self.name,), {"note": "a dict"}

    def __setstate__(self, state):
        self.__dict__.update(state)


class WithItems(Reduced):
    def __reduce__(self):
        return WithItems, (self.name,), None, iter([1, 2])


class WithPairs(Reduced):
    def __reduce__(self):
        return WithPairs, (self.name,), None, None, iter([("a", 1), ("b", 2)])


class One(object):
    """Reduced to the name of a global."""

    def __reduce__(self):
        return "THE_ONE"


THE_ONE = One()


class Stateful(object):
    def __getstate__(self):
        return self.state

    def __setstate__(self, state):
        self.seen = state


class StateTuple(Stateful):
    state = (1, "two")


class StateInt(Stateful):
    state = 7


class StateList(Stateful):
    state = [1, 2]


class StateEmpty(Stateful):
    """Protocol 2 and later write a state that is false, protocols 0 and 1 do not."""

    state = {}


class Name(type(u"")):
    """A text."""


class Count(int):
    """An int."""


class Ratio(float):
    """A float."""


class Pair(tuple):
    """A tuple."""


class Bag(set):
    """A set."""


class NewArgs(tuple):
    """__getnewargs__: NEWOBJ from protocol 2 on."""

    def __new__(cls, low, high):
        return super(NewArgs, cls).__new__(cls, (low, high))

    def __getnewargs__(self):
        return tuple(self)


class Keywords(object):
    """__getnewargs_ex__: NEWOBJ_EX from protocol 4 on."""

    def __new__(cls, low, high=None, step=None):
        new = super(Keywords, cls).__new__(cls)
        new.low, new.high, new.step = low, high, step
        return new

    def __getnewargs_ex__(self):
        return (self.low,), {"high": self.high, "step": self.step}


class Stack(list):
    """A list with attributes."""


class Registry(dict):
    """A dict with attributes."""


class CageError(Exception):
    def __init__(self, cage, reason):
        super(CageError, self).__init__(cage, reason)
        self.reason = reason


class Zone(datetime.tzinfo):
    """A time zone of a program: the only kind that 2.7 has."""

    def __init__(self, minutes=0):
        self.minutes = minutes

    def utcoffset(self, moment):
        return datetime.timedelta(minutes=self.minutes)

    def dst(self, moment):
        return None

    def tzname(self, moment):
        return "zoo"


Point = collections.namedtuple("Point", "x y")


def feed(animal, amount=1):
    return animal.name


if enum:

    class Colour(enum.Enum):
        RED = 1
        GREEN = "green"
        MIXED = (1, "x")

    class Access(enum.IntFlag):
        READ = 4
        WRITE = 2

    class Size(enum.IntEnum):
        SMALL = 1
        LARGE = 9

    class Habit(enum.Flag):
        SLEEPS = 1
        SINGS = 2


Word = None
if sys.version_info >= (3, 11):

    class Word(enum.StrEnum):
        YES = "yes"


if dataclasses:
    # Not as a class statement, whose annotations 2.7 could not compile.
    Recipe = dataclasses.make_dataclass("Recipe", ["name", ("steps", list, dataclasses.field(default_factory=list))])
    Recipe.__module__ = __name__
    Frozen = dataclasses.make_dataclass("Frozen", ["x", "y"], frozen=True)
    Frozen.__module__ = __name__
    if sys.version_info >= (3, 10):
        Narrow = dataclasses.make_dataclass("Narrow", ["x", "y"], slots=True)
        Narrow.__module__ = __name__
