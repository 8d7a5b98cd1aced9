"""Tiny files that are no pickles, or hold one wrapped. The same bytes everywhere: no times, no owners, no library versions."""

import base64
import binascii
import bz2
import hashlib
import io
import lzma
import math
import os
import pickle
import sqlite3
import struct
import tempfile
import zipfile
import zlib


def gzipped(data):
    """By hand: what gzip.compress puts into the header's byte of the operating system changes between Pythons."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    body = packer.compress(data) + packer.flush()
    return b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\xff" + body + struct.pack("<II", binascii.crc32(data), len(data))


def zipped(entries):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED) as archive:
        for name, data in entries:
            info = zipfile.ZipInfo(name)  # its date is 1980-01-01 by default
            info.create_system = 3
            archive.writestr(info, data)
    return stream.getvalue()


def tarred(name, data):
    """By hand: tarfile pads to 10 KiB."""
    header = bytearray(512)
    for start, field in [(0, name), (100, b"0000644\0"), (108, b"0000000\0"), (116, b"0000000\0"),
                         (124, b"%011o\0" % len(data)), (136, b"00000000000\0"), (156, b"0"), (257, b"ustar\x0000")]:  # fmt: skip
        header[start : start + len(field)] = field
    # The checksum counts its own field as spaces.
    header[148:156] = b"%06o\0 " % (sum(header) + 8 * 0x20)
    return bytes(header) + data + bytes(-len(data) % 512) + bytes(1024)


def shelf(data):
    """What shelve of Python 3.13 writes with dbm.sqlite3."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "shelf")
        connection = sqlite3.connect(path)
        connection.execute("PRAGMA page_size = 512")
        connection.execute("CREATE TABLE Dict (key BLOB UNIQUE NOT NULL, value BLOB NOT NULL)")
        connection.execute("INSERT INTO Dict VALUES (?, ?)", (b"key", data))
        connection.commit()
        connection.close()
        with open(path, "rb") as file:
            content = bytearray(file.read())
    # The version of the library that wrote last: https://www.sqlite.org/fileformat2.html, offset 96.
    content[96:100] = struct.pack(">I", 3040000)
    return bytes(content)


def npy(data, description, shape):
    header = "{'descr': %s, 'fortran_order': False, 'shape': %s, }" % (description, shape)
    header += " " * (-(10 + len(header) + 1) % 64) + "\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode() + data


def lz4(data):
    # A frame of one block that is not compressed; 0x82 is the header's checksum.
    return b"\x04\x22\x4d\x18\x60\x40\x82" + struct.pack("<I", len(data) | 1 << 31) + data + bytes(4)


def zstd(data):
    # One segment whose size takes a byte, one raw block, which is the last.
    return b"\x28\xb5\x2f\xfd\x20" + bytes([len(data)]) + struct.pack("<I", len(data) << 3 | 1)[:3] + data


def empty_7z():
    start = bytes(20)
    return b"7z\xbc\xaf\x27\x1c\x00\x04" + struct.pack("<I", binascii.crc32(start)) + start


def deflated(data):
    packer = zlib.compressobj(6, zlib.DEFLATED, -15)
    return packer.compress(data) + packer.flush()


def entry(name, data, method=0, packed=None, /, **central):
    """A member of a zip by hand: what the header before it has, and what the central directory has instead."""
    packed = data if packed is None else packed
    header = {"flags": 0, "method": method, "crc": binascii.crc32(data), "packed": len(packed), "size": len(data), "name": name}
    return header, packed, {**header, **central}


def zipped_by_hand(entries):
    local = lambda h: struct.pack("<HHHIIIIHH", 20, h["flags"], h["method"], 0x210000, h["crc"], h["packed"], h["size"], len(h["name"]), 0)  # fmt: skip  # noqa: E731
    archive, directory = b"", b""
    for header, packed, central in entries:
        # Version twice, and behind the lengths of name and extra field: no comment, disk 0, no attributes, the place.
        directory += b"PK\x01\x02\x14\x00" + local(central) + struct.pack("<HHHII", 0, 0, 0, 0, len(archive)) + central["name"]
        archive += b"PK\x03\x04" + local(header) + header["name"] + packed
    end = struct.pack("<4sHHHHIIH", b"PK\x05\x06", 0, 0, len(entries), len(entries), len(directory), len(archive), 0)
    return archive + directory + end


def framed(messages):
    """Pickles as multiprocessing.connection sends them: the last with the length that a message of 2 GiB and more has."""
    *most, last = messages
    short = b"".join(struct.pack("!i", len(message)) + message for message in most)
    return short + struct.pack("!iQ", -1, len(last)) + last


def legacy(magic, state):
    """The layout of torch.save before 1.6: two numbers, a dict, the object, its storages' keys, and their items."""
    machine = {"protocol_version": 1001, "little_endian": True, "type_sizes": {"short": 2, "int": 4, "long": 4}}
    head = magic + pickle.dumps(1001, 2) + pickle.dumps(machine, 2) + state + pickle.dumps(["0", "1"], 2)
    return head + struct.pack("<q6f", 6, *range(6)) + struct.pack("<q2f", 2, 6, 7)


def values_with_pickles():
    """Bytes and text that hold pickles, and some that only seem to."""
    inner = b"cmath\nsqrt\n(K\x04tR."
    later = b"\x80\x02cmath\nfloor\nG?\xf8\x00\x00\x00\x00\x00\x00\x85R."
    return pickle.dumps({
        "plain": inner,
        "zlib": zlib.compress(later, 6),
        "base64": base64.b64encode(later).decode(),
        "hex": binascii.hexlify(later),
        "two layers": pickle.dumps([later], 2),
        "text": "This is no pickle, and ends as one.",
        "packed text": zlib.compress(b"No pickle in here either.", 6),
    }, 4)  # fmt: skip


def containers(pickled, state):
    """Containers with more in them. `state` is the data.pkl of a state_dict of nn.Linear(3, 2): eight floats in two storages."""
    floats = npy(struct.pack("<3d", 1, 2, 3), "'<f8'", "(3,)")
    objects = npy(b"\x80\x02]q\x00(K\x01Ne.", "'|O'", "(2,)")
    inner = zipped([("data.pkl", pickled)])
    old_joblib = b"ZF" + hex(len(pickled)).encode().ljust(19) + zlib.compress(pickled, 6)
    torch = [("archive/data.pkl", state), ("archive/byteorder", b"little"), ("archive/data/0", struct.pack("<6f", *range(6))),
             ("archive/data/1", struct.pack("<2f", 6, 7)), ("archive/version", b"3\n")]  # fmt: skip
    short = [(name, data[:12]) if name == "archive/data/0" else (name, data) for name, data in torch]
    differing = [
        entry(b"a/data.pkl", pickled, name=b"a/data.txt"),
        entry(b"a/flag.pkl", pickled, flags=1),
        entry(b"a/crc.pkl", pickled, crc=0),
        entry(b"a/method.pkl", pickled, 8, deflated(pickled), method=0),
        entry(b"a/twice.pkl", b"N."),
        entry(b"a/twice.pkl", pickled),
        entry(b"../\x1b[31m.pkl", b"N."),
    ]
    magic = pickle.dumps(0x1950A86A20F9469CFC6C, 2)
    computed = b"\x80\x02c__builtin__\nint\nX\x16\x00\x00\x000x1950a86a20f9469cfc6cK\x10\x86R."
    pool = [
        pickle.dumps((0, 0, math.sqrt, ((4,),), {}), 4),
        pickle.dumps((0, 0, (True, [2.0])), 4),
        pickle.dumps((1, None, (False, ValueError("odd"))), 4),
        pickle.dumps(None, 4),
    ]
    return [
        ("legacy.pt", legacy(magic, state), "the layout of torch.save before 1.6, with torch's own pickle of the object"),
        ("legacy-computed.pt", legacy(computed, state), "the same, with the magic number made by a call"),
        ("pool.pipe", framed(pool), "a task, two results and an end, as the pipes of multiprocessing's Pool have them"),
        ("values.pkl", values_with_pickles(), "pickles in values: plain, packed, as text, and in one another"),
        ("state-dict.pt", zipped(torch), "the layout of torch.save since 1.6, with torch's own data.pkl"),
        ("short-storage.pt", zipped(short), "the same, with a storage that has half its bytes"),
        ("arrays.npz", zipped_by_hand([entry(b"floats.npy", floats, 8, deflated(floats)), entry(b"objects.npy", objects, 8, deflated(objects))]),
         "npz of floats and of objects, deflated"),
        ("plain.npz", zipped([("a.npy", floats), ("b.npy", floats)]), "npz without a pickle"),
        ("nested.zip", zipped([("notes.txt", b"A zip in a zip.\n"), ("inner.zip", inner)]), "squared.pkl in a zip in a zip"),
        ("squared.tar.gz", gzipped(tarred(b"squared.pkl", pickled)), "squared.pkl in a tar in a gzip"),
        ("squared-joblib.z", old_joblib, "the head of joblib to 0.9 before zlib of squared.pkl"),
        ("differing.zip", zipped_by_hand(differing), "members whose two headers differ, and odd names"),
        ("pickle-and.zip", pickled + inner, "squared.pkl with a zip of it behind"),
        ("zip-and.pkl", inner + pickled, "a zip of squared.pkl with the pickle behind"),
    ]  # fmt: skip


def others(pickled):
    """Name, bytes, what it is. `pickled` is a whole pickle of protocol 2 of less than 256 bytes."""
    digest = hashlib.sha256(pickled).hexdigest()
    lfs = "version https://git-lfs.github.com/spec/v1\noid sha256:%s\nsize %d\n" % (digest, len(pickled))
    page = "<!DOCTYPE html>\n<html><head><title>404 Not Found</title></head><body><h1>Not Found</h1></body></html>\n"
    return [
        ("squared.pkl.gz", gzipped(pickled), "gzip of squared.pkl"),
        ("squared.pkl.z", zlib.compress(pickled, 6), "zlib of squared.pkl"),
        ("squared.pkl.bz2", bz2.compress(pickled), "bz2 of squared.pkl"),
        ("squared.pkl.xz", lzma.compress(pickled, preset=0), "xz of squared.pkl"),
        ("squared.pkl.lzma", lzma.compress(pickled, lzma.FORMAT_ALONE, preset=0), "lzma, without a container, of squared.pkl"),
        ("squared.pkl.lz4", lz4(pickled), "an lz4 frame of squared.pkl, stored"),
        ("squared.pkl.zst", zstd(pickled), "a zstd frame of squared.pkl, stored"),
        ("squared.zip", zipped([("archive/data.pkl", pickled), ("archive/version", b"3\n")]), "zip of squared.pkl, stored"),
        ("squared.tar", tarred(b"squared.pkl", pickled), "tar of squared.pkl"),
        ("empty.7z", empty_7z(), "7z without an entry"),
        ("floats.npy", npy(struct.pack("<3d", 1, 2, 3), "'<f8'", "(3,)"), "npy of three floats"),
        ("objects.npy", npy(b"\x80\x02]q\x00(K\x01Ne.", "'|O'", "(2,)"), "npy of two objects: its data is a pickle"),
        ("shelf.sqlite3", shelf(pickled), "SQLite, as shelve of Python 3.13 makes it: squared.pkl under a key"),
        ("head.h5", b"\x89HDF\r\n\x1a\n" + bytes(8), "the first 16 bytes of an HDF5 file"),
        ("hollow.parquet", b"PAR1" + bytes(4) + b"PAR1", "Parquet's magic at both ends, with nothing between"),
        ("lfs-pointer.pkl", lfs.encode(), "a Git LFS pointer to squared.pkl, as a clone without LFS has it"),
        ("not-found.pkl", page.encode(), "an HTML page that was saved as a pickle"),
        ("data.json", b'{"name": "squared", "values": [1, 2.5, null]}\n', "JSON"),
        ("squared.b64", base64.encodebytes(pickled), "base64 text of squared.pkl, in lines"),
        ("squared.hex", binascii.hexlify(pickled) + b"\n", "hex text of squared.pkl"),
        ("squared.repr", (repr(pickled) + "\n").encode(), "the repr of squared.pkl's bytes, as a log has it"),
        ("empty.pkl", b"", "nothing: an empty file"),
        ("zeros.pkl", bytes(64), "64 zeros, as a file has them whose blocks never reached the disk"),
    ]  # fmt: skip
