"""Classes and functions that the corpus stores by reference. Runs on 2.7 and 3.6-3.13."""

import collections

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

    class Ear(object):
        """A nested class: protocol 4 writes its qualified name, 2 and 3 a getattr."""


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


Point = collections.namedtuple("Point", "x y")


def feed(animal):
    return animal.name


if enum:

    class Colour(enum.Enum):
        RED = 1
        GREEN = "green"

    class Access(enum.IntFlag):
        READ = 4
        WRITE = 2


if dataclasses:
    # Not as a class statement, whose annotations 2.7 could not compile.
    Recipe = dataclasses.make_dataclass("Recipe", ["name", ("steps", list, dataclasses.field(default_factory=list))])
    Recipe.__module__ = __name__
    Frozen = dataclasses.make_dataclass("Frozen", ["x", "y"], frozen=True)
    Frozen.__module__ = __name__
