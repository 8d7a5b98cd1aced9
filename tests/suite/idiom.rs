//! Idioms say what real libraries wrote, and nothing of what only looks like it.
//!
//! `idiom/samples.tsv` holds what Pythons and libraries write, by `idiom/samples.sh`. A test names a case and what its
//! streams stand for: all that any of them stands for, and nothing else.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write,
    fs,
    sync::LazyLock,
};

use pickscope::{
    decode::text::{Meaning, Text},
    graph::{Graph, View},
    idiom::{self, Idiom, Part, Word},
    machine::{Kind, Value, effect::EffectKind},
    reader::Reader,
    repr,
};

static SAMPLES: LazyLock<BTreeMap<&str, Vec<Vec<u8>>>> = LazyLock::new(|| {
    let mut samples = BTreeMap::<_, Vec<_>>::new();
    for line in include_str!("idiom/samples.tsv").lines() {
        let [case, by, protocol, hex] = line
            .split('\t')
            .collect::<Vec<_>>()
            .try_into()
            .expect("four columns");
        assert!(
            !by.is_empty() && protocol.len() == 1,
            "{case}: who wrote it"
        );
        samples.entry(case).or_default().push(bytes(hex));
    }
    samples
});

/// The graph of a stream.
fn graph(bytes: &[u8], graph: Graph) -> Graph {
    let mut reader = Reader::keeping(bytes, 0, graph);
    while reader.advance() {}
    reader.finish_with().1
}

/// What a value is called in a sentence; where it stands isn't told, since protocols differ in it.
fn named(view: View<'_, '_>, value: Value) -> String {
    if let Some((module, name)) = view.name(value) {
        let text = |text: &Text<'_>| text.as_str().expect("plain text").to_owned();
        return format!("{}.{}", text(&module), text(&name));
    }
    match view.atom(value) {
        Some(Meaning::Str(text)) => repr::Str((&text).into()).to_string(),
        Some(Meaning::Bytes(bytes)) => repr::Bytes(&bytes).to_string(),
        Some(Meaning::Int(number)) => number.decimal().expect("short").into_owned(),
        Some(Meaning::Float(number)) => repr::Float(number).to_string(),
        Some(Meaning::Bool(is)) => is.to_string(),
        _ if value.kind() == Kind::None => "None".into(),
        _ => format!("<{}>", value.kind().name()),
    }
}

/// An idiom as plain text: its words, and what its parts are.
fn say(view: View<'_, '_>, idiom: &Idiom<'_>) -> String {
    let mut text = String::new();
    for word in &idiom.words {
        match word {
            Word::Ours(words) => text += words,
            Word::Name(name) => text += name.as_str().expect("plain text"),
            Word::Value(value) => text += &named(view, *value),
        }
    }
    for part in &idiom.parts {
        let (name, value) = match part {
            Part::Named(name, value) => (*name, value),
            Part::Attributes(value) => ("attributes", value),
            Part::Pairs(value) => ("pairs", value),
            Part::Items(value) => ("items", value),
            Part::Argument(value) => ("argument", value),
        };
        // Protocols differ in how bytes are written, not in what they are.
        match value.kind() {
            Kind::Bytes | Kind::Bytearray | Kind::OldStr | Kind::Object => {
                let _ = write!(text, " | {name}");
            }
            kind => {
                let _ = write!(text, " | {name}: {}", kind.name());
            }
        }
    }
    text
}

/// The bytes that hexadecimal text tells.
fn bytes(hex: &str) -> Vec<u8> {
    let (pairs, rest) = hex.as_bytes().as_chunks::<2>();
    assert!(rest.is_empty(), "two digits a byte");
    let digit = |digit: u8| (digit as char).to_digit(16).expect("a digit") as u8;
    pairs
        .iter()
        .map(|[high, low]| digit(*high) << 4 | digit(*low))
        .collect()
}

/// What the pickle's value stands for.
fn told(bytes: &[u8]) -> String {
    let graph = graph(bytes, Graph::new());
    let view = View::new(&graph, bytes);
    let root = view.root().expect("the stream is whole");
    match idiom::stands_for(view, root) {
        Some(idiom) => say(view, &idiom),
        None => format!("<{}>", root.kind().name()),
    }
}

/// What the values of a pickle stand for that are reached from its root.
fn each<'a>(view: View<'_, 'a>, visit: &mut dyn FnMut(Value, Option<Idiom<'a>>)) {
    let mut seen = BTreeSet::new();
    let mut left: Vec<_> = view.root().into_iter().collect();
    while let Some(value) = left.pop() {
        if seen.insert(view.place(value)) {
            visit(value, idiom::stands_for(view, value));
            left.extend(view.children(value).map(|child| child.value));
        }
    }
}

/// What the libraries' streams stand for is in `idiom/told.txt`, a case a paragraph. Written again with
/// `BLESS=1`, and then read.
#[test]
fn each_case_stands_for_what_the_library_wrote() {
    let mut now = String::new();
    for (case, samples) in SAMPLES.iter() {
        let lines: BTreeSet<_> = samples.iter().map(|sample| told(sample)).collect();
        let _ = writeln!(now, "{case}");
        for line in lines {
            let _ = writeln!(now, "    {line}");
        }
    }
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/suite/idiom/told.txt");
    if std::env::var_os("BLESS").is_some() {
        fs::write(file, &now).expect("the file can be written");
    }
    let before = fs::read_to_string(file).expect("the file is there");
    for (now, before) in now.lines().zip(before.lines()) {
        assert_eq!(now, before);
    }
    assert_eq!(now.lines().count(), before.lines().count());
}

/// Shapes that no pickler here writes, though the library's documents or older releases have them.
const OLDER: &[(&str, &[u8])] = &[
    (
        "array in the file 'a.npy' beside it",
        b"cjoblib.numpy_pickle\nNDArrayWrapper\n)\x81}X\x08\x00\x00\x00filenameX\x05\x00\x00\x00a.npysb.",
    ),
    (
        "array in the file 'a.z' beside it",
        b"cjoblib.numpy_pickle\nZNDArrayWrapper\n)\x81}X\x08\x00\x00\x00filenameX\x03\x00\x00\x00a.zsb.",
    ),
    (
        "authkey of multiprocessing, in clear | key",
        b"cmultiprocessing.process\nAuthenticationString\nC\x03key\x85R.",
    ),
    (
        "instance of __main__.C | argument: int",
        b"ccopyreg\n__newobj__\n(c__main__\nC\nI1\ntR.",
    ),
    (
        "instance of __main__.C | argument: int",
        b"ccopy_reg\n__newobj__\n(c__main__\nC\nI1\ntR.",
    ),
    (
        "instance of __main__.C | items: tuple | keywords: dict",
        b"ccopyreg\n__newobj_ex__\n(c__main__\nC\n(I1\nt(dtR.",
    ),
    (
        "instance of __main__.C | attributes: dict",
        b"ccopyreg\n_reconstructor\n(c__main__\nC\ncbuiltins\nobject\nNtR(db.",
    ),
    (
        "extension code 7 for m.n",
        b"ccopyreg\nadd_extension\n(Vm\nVn\nI7\ntR.",
    ),
    (
        "extension code 7 for m.n",
        b"ccopy_reg\nadd_extension\n(S'm'\nS'n'\nI7\ntR.",
    ),
    ("bytes of numbers | items: list", b"cbuiltins\nbytes\n((lI1\natR."),
    // torch 2.1 and later has dtypes without a storage class: documented in torch/_utils.py, not written here.
    (
        "torch.uint16 tensor (2,) | storage: persistent",
        b"\x80\x02ctorch._utils\n_rebuild_tensor_v3\n((X\x07\x00\x00\x00storagectorch.storage\nUntypedStorage\nX\x01\x00\x00\x000X\x03\x00\x00\x00cpuK\x04tQK\x00K\x02\x85K\x01\x85\x89ccollections\nOrderedDict\n)Rctorch\nuint16\ntR.",
    ),
    (
        "float32 tensor (2,) | storage: persistent",
        b"\x80\x02ctorch._utils\n_rebuild_tensor\n((X\x07\x00\x00\x00storagectorch\nFloatStorage\nX\x01\x00\x00\x000X\x03\x00\x00\x00cpuK\x02tQK\x00K\x02\x85K\x01\x85tR.",
    ),
];

#[test]
fn older_shapes_are_known() {
    for (expected, stream) in OLDER {
        assert_eq!(told(stream), *expected);
    }
}

#[test]
fn every_row_has_its_source_and_is_reached_by_a_test() {
    let mut reached = BTreeSet::new();
    let older = OLDER.iter().map(|(_, stream)| stream.to_vec());
    let corpus = ["/corpus", "/corpus/joblib"]
        .into_iter()
        .flat_map(|folder| {
            fs::read_dir(env!("CARGO_MANIFEST_DIR").to_owned() + folder).expect("corpus/ is there")
        })
        .map(|entry| entry.expect("so are its entries").path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "pkl"))
        .map(|path| fs::read(path).expect("a file of the corpus can be read"));
    let samples = SAMPLES.values().flatten().cloned();
    for sample in samples.chain(older).chain(corpus) {
        let graph = graph(&sample, Graph::new());
        each(View::new(&graph, &sample), &mut |_, idiom| {
            if let Some(known) = idiom.and_then(|idiom| idiom.known) {
                reached.insert((known.module, known.name));
            }
        });
    }
    let mut rows = BTreeSet::new();
    for known in idiom::known() {
        let row = (known.module, known.name);
        assert!(
            !known.versions.is_empty() && !known.source.is_empty(),
            "{row:?}"
        );
        assert!(rows.insert(row), "{row:?} stands there twice");
    }
    let missed: Vec<_> = rows.difference(&reached).collect();
    assert!(missed.is_empty(), "no test reaches {missed:?}");
}

/// What a library doesn't write, one thing each that is off.
const STRANGE: &[(&str, &[u8])] = &[
    (
        "a month too many",
        b"cdatetime\ndate\n(S'\\x07\\xe8\\x0d\\x01'\ntR.",
    ),
    (
        "30 February",
        b"cdatetime\ndate\n(S'\\x07\\xe8\\x02\\x1e'\ntR.",
    ),
    (
        "the year 0",
        b"cdatetime\ndate\n(S'\\x00\\x00\\x01\\x01'\ntR.",
    ),
    (
        "five bytes of date",
        b"cdatetime\ndate\n(S'\\x07\\xe8\\x01\\x01\\x01'\ntR.",
    ),
    (
        "25 o'clock",
        b"cdatetime\ntime\n(S'\\x19\\x00\\x00\\x00\\x00\\x00'\ntR.",
    ),
    (
        "a state on a date",
        b"cdatetime\ndate\n(S'\\x07\\xe8\\x02\\x01'\ntR(db.",
    ),
    (
        "a day of seconds",
        b"cdatetime\ntimedelta\n(I0\nI86400\nI0\ntR.",
    ),
    (
        "a day off",
        b"cdatetime\ntimezone\n(cdatetime\ntimedelta\n(I1\nI0\nI0\ntRtR.",
    ),
    ("another codec", b"c_codecs\nencode\n(Va\nVrot13\ntR."),
    ("no Latin-1", b"c_codecs\nencode\n(V\\u0100\nVlatin1\ntR."),
    ("bytes of a number", b"c__builtin__\nbytes\n(I5\ntR."),
    (
        "bytearray of a number",
        b"c__builtin__\nbytearray\n(I5\ntR.",
    ),
    (
        "a bytearray's other encoding",
        b"c__builtin__\nbytearray\n(Va\nVutf-8\ntR.",
    ),
    ("a set of text", b"c__builtin__\nset\n(Va\ntR."),
    ("a state on a set", b"c__builtin__\nset\n((ltR(db."),
    ("complex of text", b"c__builtin__\ncomplex\n(Va\nF1\ntR."),
    (
        "range without steps",
        b"c__builtin__\nxrange\n(I0\nI5\nI0\ntR.",
    ),
    ("slice of two", b"c__builtin__\nslice\n(I0\nI5\ntR."),
    (
        "the type of a class",
        b"c__builtin__\ntype\n(c__main__\nC\ntR.",
    ),
    ("a class made by type", b"c__builtin__\ntype\n(VC\n(t(dtR."),
    (
        "getattr with a default",
        b"c__builtin__\ngetattr\n(c__main__\nC\nVa\nNtR.",
    ),
    (
        "getattr of a dotted name",
        b"c__builtin__\ngetattr\n(c__main__\nC\nVa.b\ntR.",
    ),
    (
        "reduce of something else",
        b"c__builtin__\nreduce\n(cos\nsystem\n(ttR.",
    ),
    (
        "two arguments of OrderedDict",
        b"ccollections\nOrderedDict\n((l(ltR.",
    ),
    (
        "a default that is data",
        b"ccollections\ndefaultdict\n(I5\ntR.",
    ),
    ("a deque below nothing", b"ccollections\ndeque\n((tI-1\ntR."),
    ("a counter of text", b"ccollections\nCounter\n(Vaab\ntR."),
    (
        "a partial of another",
        b"cfunctools\npartial\n(c__main__\nf\ntR(c__main__\ng\n(t(dNtb.",
    ),
    (
        "a partial without state",
        b"cfunctools\npartial\n(c__main__\nf\ntR.",
    ),
    ("no number", b"cdecimal\nDecimal\n(V1.5.0\ntR."),
    ("a Decimal's context", b"cdecimal\nDecimal\n(V1.5\nNtR."),
    (
        "nothing below the line",
        b"cfractions\nFraction\n(I1\nI0\ntR.",
    ),
    ("a path of numbers", b"cpathlib\nPosixPath\n(I1\ntR."),
    (
        "an address too wide",
        b"cipaddress\nIPv4Address\n(L4294967296L\ntR.",
    ),
    (
        "a mask too wide",
        b"cipaddress\nIPv4Network\n(V192.0.2.0/33\ntR.",
    ),
    ("unknown flags", b"cre\n_compile\n(Va\nI4096\ntR."),
    (
        "an array's odd bytes",
        b"carray\n_array_reconstructor\n(carray\narray\nVh\nI4\nS'abc'\ntR.",
    ),
    (
        "an array of no format",
        b"carray\n_array_reconstructor\n(carray\narray\nVh\nI22\nS'ab'\ntR.",
    ),
    (
        "a dtype without a state",
        b"cnumpy\ndtype\n(Vf8\nI0\nI1\ntR.",
    ),
    (
        "floats of five bytes",
        b"cnumpy\ndtype\n(Vf5\nI0\nI1\ntR(I3\nV<\nNNNI-1\nI-1\nI0\ntb.",
    ),
    (
        "floats without an order",
        b"cnumpy\ndtype\n(Vf8\nI0\nI1\ntR(I3\nV|\nNNNI-1\nI-1\nI0\ntb.",
    ),
    (
        "text of another width",
        b"cnumpy\ndtype\n(VU5\nI0\nI1\ntR(I3\nV<\nNNNI8\nI4\nI8\ntb.",
    ),
    (
        "names without fields",
        b"cnumpy\ndtype\n(VV4\nI0\nI1\ntR(I3\nV|\nN(Va\ntNI4\nI1\nI0\ntb.",
    ),
    (
        "no unit of dates",
        b"cnumpy\ndtype\n(VM8\nI0\nI1\ntR(I3\nV<\nNNNI-1\nI-1\nI0\ntb.",
    ),
    (
        "a Timestamp out of years",
        b"cpandas._libs.tslibs.timestamps\n_unpickle_timestamp\n(L9223372036854775807L\nNNI7\ntR.",
    ),
    (
        "a Timestamp's own unit",
        b"cpandas._libs.tslibs.timestamps\n_unpickle_timestamp\n(I5\nNNI6\ntR.",
    ),
    (
        "NaT of something",
        b"cpandas._libs.tslibs.nattype\n_nat_unpickle\n(I5\ntR.",
    ),
    (
        "an interval closed strangely",
        b"cpandas\nInterval\n(I0\nI1\nVup\ntR.",
    ),
    (
        "a path that starts over",
        b"cpathlib\nPurePosixPath\n(Vsafe\nV/etc/passwd\ntR.",
    ),
    (
        "a path with a point",
        b"cpathlib\nPurePosixPath\n(V.\nVa\ntR.",
    ),
    (
        "a path with a part of nothing",
        b"cpathlib\nPurePosixPath\n(Va\nV\ntR.",
    ),
    (
        "another drive",
        b"cpathlib\nPureWindowsPath\n(Va\nVc:b\ntR.",
    ),
    (
        "the root again",
        b"cpathlib\nPureWindowsPath\n(Va\nV\\b\ntR.",
    ),
    ("bits outside the mask", b"cipaddress\nIPv4Network\n(V192.0.2.1/24\ntR."),
    ("a mask with a sign", b"cipaddress\nIPv4Network\n(V192.0.2.0/+24\ntR."),
    ("a mask of more digits", b"cipaddress\nIPv4Network\n(V192.0.2.0/024\ntR."),
    ("no scope", b"cipaddress\nIPv6Address\n(V::1%\ntR."),
    ("two scopes", b"cipaddress\nIPv6Address\n(V::1%a%b\ntR."),
    ("a deque of more than at most", b"ccollections\ndeque\n((lI1\naI2\naI3\naI2\ntR."),
    ("more appended than a deque holds", b"ccollections\ndeque\n((tI1\ntR(I1\nI2\ne."),
    (
        "a union of numbers",
        b"c__builtin__\nreduce\n(coperator\nor_\n(I1\nI2\nttR.",
    ),
    ("an exponent too large", b"cdecimal\nDecimal\n(V1e9999999999999999999999\ntR."),
    ("no signal", b"csignal\nSignals\n(I65535\ntR."),
    (
        "range with a wide zero",
        b"\x80\x02c__builtin__\nxrange\nK\0K\x05\x8a\x50\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x87R.",
    ),
    (
        "float64 with the objects' flag",
        b"cnumpy\ndtype\n(Vf8\nI0\nI1\ntR(I3\nV<\nNNNI-1\nI-1\nI2\ntb.",
    ),
    (
        "a field beyond the item",
        b"cnumpy\ndtype\n(VV4\nI0\nI1\ntR(I3\nV|\nN(Va\nt(dVa\n(cnumpy\ndtype\n(Vf8\nI0\nI1\ntR(I3\nV<\nNNNI-1\nI-1\nI0\ntbI0\ntsI4\nI1\nI0\ntb.",
    ),
    ("a negative size", b"ctorch\nSize\n((I-1\nttR."),
    ("a device by number", b"ctorch\ndevice\n(I1\ntR."),
    ("a longer name", b"cnumpy.core.multiarray.\nscalar\n(tR."),
];

/// What looks like a library's own, and is something else: what is certain is said.
const UNCERTAIN: &[(&str, &[u8])] = &[
    (
        "attribute NoneType.__class__ of None",
        b"c__builtin__\ngetattr\n(NV__class__\ntR.",
    ),
    (
        "attribute int.numerator of 3",
        b"c__builtin__\ngetattr\n(I3\nVnumerator\ntR.",
    ),
    (
        "attribute Fraction.numerator of <object>",
        b"c__builtin__\ngetattr\n(cfractions\nFraction\n(I3\nI1\ntRVnumerator\ntR.",
    ),
    (
        "bound method list.append of <list>",
        b"c__builtin__\ngetattr\n((lVappend\ntR.",
    ),
    (
        "bound method C.f of <object>",
        b"c__builtin__\ngetattr\n(c__main__\nC\n)\x81Vf\ntR.",
    ),
    ("instance or call of posix.getpid", b"(iposix\ngetpid\n."),
    ("instance or call of posix.getpid", b"(cposix\ngetpid\no."),
    (
        "instance of exceptions.ValueError | argument: int",
        b"(I1\niexceptions\nValueError\n.",
    ),
];

#[test]
fn what_is_uncertain_is_not_told() {
    for (expected, stream) in UNCERTAIN {
        assert_eq!(told(stream), *expected);
    }
}

#[test]
fn what_no_library_writes_stays_a_call() {
    let wrong: Vec<_> = STRANGE
        .iter()
        .map(|(what, stream)| (what, told(stream)))
        .filter(|(_, told)| told != "<object>")
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// An array of numpy's, protocol 2, with these bytes as shape and as what follows the dtype.
fn array(shape: &[u8], rest: &[u8]) -> Vec<u8> {
    let mut stream = b"\x80\x02cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\x00\x85U\x01b\x87R(K\x01".to_vec();
    stream.extend(shape);
    stream.extend(b"cnumpy\ndtype\nU\x02f4K\x00K\x01\x87R(K\x03U\x01<NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb");
    stream.extend(rest);
    stream
}

#[test]
fn an_array_holds_as_many_bytes_as_it_says() {
    let two = b"K\x02\x85";
    let whole = b"\x89U\x08abcdefghtb.";
    assert_eq!(
        told(&array(two, whole)),
        "float32 array (2,), 8 bytes | data"
    );
    let strange: [(&[u8], &[u8]); 9] = [
        (
            b"K\0\x8a\x08\xff\xff\xff\xff\xff\xff\xff\x7f\x86",
            b"\x89U\0tb.",
        ),
        (two, b"\x89U\x07abcdefgtb."),
        (b"K\x03\x85", whole),
        (b"J\xff\xff\xff\xff\x85", whole),
        // Sides of 2^62 and 4: more than 64 bits hold.
        (b"\x8a\x08\x00\x00\x00\x00\x00\x00\x00\x40K\x04\x86", whole),
        (two, b"\x89]tb."),
        (two, b"K\x02U\x08abcdefghtb."),
        (two, b"\x89U\x08abcdefghNtb."),
        (two, b"\x89U\x08abcdefghtbNb."),
    ];
    for (shape, rest) in strange {
        assert_eq!(told(&array(shape, rest)), "<object>", "{shape:?} {rest:?}");
    }
}

#[test]
fn a_tensor_lies_within_its_storage() {
    let tensor = |size: u8, stride: u8| {
        let mut stream = b"\x80\x02ctorch._utils\n_rebuild_tensor_v2\n((X\x07\x00\x00\x00storagectorch\nFloatStorage\nX\x01\x00\x00\x000X\x03\x00\x00\x00cpuK\x06tQK\x01".to_vec();
        stream.extend([b'K', size, 0x85, b'K', stride, 0x85]);
        stream.extend(b"\x89NtR.");
        told(&stream)
    };
    assert_eq!(
        tensor(5, 1),
        "float32 tensor (5,), from item 1 | storage: persistent"
    );
    assert_eq!(
        tensor(2, 4),
        "float32 tensor (2,), strides (4,), from item 1 | storage: persistent"
    );
    assert_eq!(tensor(6, 1), "<object>");
    assert_eq!(tensor(3, 3), "<object>");
}

#[test]
fn a_method_names_the_class_of_what_it_is_bound_to() {
    let stream = b"cbuiltins\ngetattr\n(ccollections\nCounter\n((dtRVadd\ntR.";
    assert_eq!(told(stream), "bound method Counter.add of <object>");
    // The class of what an unknown function gives is unknown.
    let stream = b"cbuiltins\ngetattr\n(c__main__\nmake\n(tRVadd\ntR.";
    assert_eq!(told(stream), "attribute add of <object>");
}

#[test]
fn attributes_of_attributes_are_followed_to_a_depth() {
    let chain = |depth: usize| {
        let mut stream = "cbuiltins\ngetattr\n(".repeat(depth);
        stream += "c__main__\nC\n";
        stream += &"Va\ntR".repeat(depth);
        stream += ".";
        told(stream.as_bytes())
    };
    assert_eq!(chain(3), "__main__.C.a.a.a");
    assert_eq!(chain(7), "__main__.C.a.a.a.a.a.a.a");
    assert_eq!(chain(100_000), "attribute a of <object>");
}

#[test]
fn an_extension_code_has_a_name_where_one_call_gives_it() {
    let stream = b"ccopyreg\nadd_extension\n(Va\nVb\nI7\ntR0ccopyreg\nadd_extension\n(Vc\nVd\nI8\ntR0ccopyreg\nadd_extension\n(Ve\nVf\nI8\ntR0\x82\x07.";
    let mut reader = Reader::keeping(stream, 0, Graph::new());
    while reader.advance() {}
    let (pickle, graph) = reader.finish_with();
    let view = View::new(&graph, stream);
    let calls = pickle
        .effects()
        .filter(|done| done.effect.kind() == EffectKind::Call)
        .map(|done| done.effect.offset());
    let registry = idiom::Registry::of(view, calls);
    let at = stream.len() as u64;
    let named = |code, offset| {
        registry
            .get(code, offset)
            .map(|(module, name)| (module.clone(), name.clone()))
    };
    let text = |text: &'static str| Text::Str(text.into());
    assert_eq!(named(7, at), Some((text("a"), text("b"))));
    let root = view.root().expect("the extension");
    assert_eq!(view.extension_code(root), Some(7));
    assert_eq!(named(7, 0), None);
    assert_eq!(named(8, at), None, "there are two");
    assert_eq!(named(9, at), None);
}

#[test]
fn where_contents_are_not_kept_the_words_say_no_more() {
    for (case, samples) in SAMPLES.iter() {
        for sample in samples {
            let (full, calls) = (
                graph(sample, Graph::new()),
                graph(sample, Graph::of_calls()),
            );
            let (full, calls) = (View::new(&full, sample), View::new(&calls, sample));
            let words = |view, mut idiom: Idiom<'_>| {
                idiom.parts.clear();
                say(view, &idiom)
            };
            let mut told = BTreeMap::new();
            each(full, &mut |value, idiom| {
                if let Some(idiom) = idiom {
                    told.insert(full.place(value), (idiom.kind, words(full, idiom)));
                }
            });
            each(calls, &mut |value, idiom| {
                let Some(idiom) = idiom else { return };
                let (kind, full) = &told[&calls.place(value)];
                // What is known by its attributes is an instance where they aren't.
                if idiom.kind != "instance" {
                    assert_eq!(idiom.kind, *kind, "{case}");
                    let words = words(calls, idiom);
                    assert!(full.starts_with(&words), "{case}: {full}, {words}");
                }
            });
        }
    }
}

#[test]
fn a_long_text_is_counted_only_beside_its_use() {
    // An array of bytes as text, which may stand right in its state or far before, where others can share it.
    let text = "a".repeat(8192);
    let bytes = [
        &b"c_codecs\nencode\nX\x00\x20\x00\x00"[..],
        text.as_bytes(),
        b"X\x06\x00\x00\x00latin1\x86R",
    ]
    .concat();
    let dtype = b"cnumpy\ndtype\nU\x02i1K\x00K\x01\x87R(K\x03U\x01|NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb\x89";
    let start = b"cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\x00\x85U\x01b\x87R(K\x01M\x00\x20\x85";
    let beside = [&b"\x80\x02"[..], start, dtype, &bytes, b"tb."].concat();
    assert_eq!(told(&beside), "int8 array (8192,), 8192 bytes | data");
    let between = [&b"X\x00\x20\x00\x00"[..], text.as_bytes(), b"0"].concat();
    let far = [
        &b"\x80\x02"[..],
        &bytes,
        b"q\x000",
        &between,
        start,
        dtype,
        b"h\x00tb.",
    ]
    .concat();
    assert_eq!(told(&far), "<object>");
}

#[test]
fn no_change_of_a_byte_makes_it_panic() {
    for sample in SAMPLES.values().filter_map(|samples| samples.last()) {
        let mut changed = sample.clone();
        for at in 0..sample.len().min(400) {
            for by in [1, 0x80] {
                changed[at] ^= by;
                let graph = graph(&changed, Graph::new());
                each(View::new(&graph, &changed), &mut |_, _| ());
                changed[at] ^= by;
            }
        }
    }
}
