//! What is done with a stream or a message: each as the command does it, start to answer, and printed to nobody.

use std::{hint::black_box, io};

use pickscope::{
    decode::{Argument, ops, text::Dialect},
    inspect::parts::{Place, parts},
    limits::Limits,
    lookup::near::Searches,
    machine::Machine,
    render::{self, Screen, json},
    report::{
        code::{Report, marshalled, stored},
        dump, explain, needs, parts as found, refs,
        tree::{marks::Marks, trees},
    },
};

/// What is done with the bytes of a stream, and with which.
pub struct Operation {
    pub name: &'static str,
    /// The shapes that it is measured on, by name.
    pub shapes: &'static [&'static str],
    pub run: fn(&[u8]),
}

/// All shapes but that of several pickles, for what ends at the first STOP.
const OF_ONE_PICKLE: &[&str] = &["small", "memo", "deep", "text", "blobs", "names", "code"];

const ALL: &[&str] = &[
    "small", "memo", "deep", "text", "blobs", "pickles", "names", "code",
];

/// Of what looks nothing up and holds no code nothing is explained or disassembled: that is `refs` and `tree` over again.
const WITH_NAMES: &[&str] = &["pickles", "names", "code"];
const WITH_CODE: &[&str] = &["code"];

/// From left to right through the rooms.
pub const OPERATIONS: &[Operation] = &[
    operation("decode", OF_ONE_PICKLE, decode),
    operation("machine", OF_ONE_PICKLE, machine),
    operation("read", ALL, read),
    operation("refs", ALL, refs),
    operation("dump-text", ALL, dump_text),
    operation("dump-json", ALL, dump_json),
    operation("tree", ALL, tree),
    operation("explain", WITH_NAMES, explain),
    operation("code", WITH_CODE, code),
    operation("code-disassemble", WITH_CODE, code_disassemble),
];

const fn operation(
    name: &'static str,
    shapes: &'static [&'static str],
    run: fn(&[u8]),
) -> Operation {
    Operation { name, shapes, run }
}

/// Texts that are explained: a name that a library has moved, a name of the program that wrote the pickle, an object that
/// can't be pickled, and a traceback with the error at its end.
pub const MESSAGES: &[(&str, &str)] = &[
    (
        "moved",
        "ModuleNotFoundError: No module named 'numpy._core.numeric'",
    ),
    (
        "main",
        "AttributeError: Can't get attribute 'squared' on <module '__main__' (built-in)>",
    ),
    ("lock", "TypeError: cannot pickle '_thread.lock' object"),
    ("traceback", TRACEBACK),
];

const TRACEBACK: &str = r#"2024-05-03 11:02:07,311 ERROR worker 7: can't load model
Traceback (most recent call last):
  File "/srv/shop/worker.py", line 112, in run
    model = self.load(path)
            ^^^^^^^^^^^^^^^
  File "/srv/shop/worker.py", line 61, in load
    return pickle.load(file)
           ^^^^^^^^^^^^^^^^^
AttributeError: module 'shop.models' has no attribute 'Linear'
"#;

const SCREEN: Screen = Screen {
    color: false,
    width: 100,
    full: false,
};

/// Splits a stream into opcodes; the sum hangs on the place and the argument of each, so that no part of the work can be
/// left out.
fn decode(stream: &[u8]) {
    let mut sum = 0;
    for op in ops(stream) {
        let op = op.expect("the streams are whole");
        let argument = match op.argument {
            Argument::None => 0,
            Argument::Int(number) => number as u64,
            Argument::Uint(number) => number,
            Argument::Float(number) => number.to_bits(),
            Argument::Line(bytes) | Argument::Bytes(bytes) => bytes.len() as u64,
            Argument::Pair { module, name } => (module.len() ^ name.len()) as u64,
        };
        sum ^= op.offset ^ argument;
    }
    black_box(sum);
}

/// Decoder and one machine, each opcode a call from outside; the reader has both in one loop.
fn machine(stream: &[u8]) {
    let mut machine: Machine<'_> = Machine::new(stream, Dialect::C);
    for op in ops(stream) {
        machine.step(&op.expect("the streams are whole"));
    }
    black_box(machine.stack());
}

/// Decoder, machine and reader: what all Python readers make of the pickles.
fn read(stream: &[u8]) {
    for pickle in pickscope::pickles(stream) {
        black_box(pickle.tally.opcodes());
    }
}

fn refs(stream: &[u8]) {
    let rows = refs::rows(stream, true);
    render::refs::refs(None, rows, SCREEN, &mut io::sink()).expect("nobody refuses it");
}

fn dump_text(stream: &[u8]) {
    let rows = dump::rows(stream, true);
    let length = stream.len() as u64;
    render::text::dump(None, length, rows, SCREEN, &mut io::sink()).expect("nobody refuses it");
}

fn dump_json(stream: &[u8]) {
    let rows = dump::rows(stream, true);
    json::dump(&Place::default(), rows, &mut io::sink()).expect("nobody refuses it");
}

fn tree(stream: &[u8]) {
    let options = render::tree::Options {
        screen: SCREEN,
        depth: None,
        sizes: true,
    };
    let mut trees = trees(stream, true);
    while let Some(grown) = trees.next() {
        let title = render::tree::Title {
            numbered: grown.number > 0 || trees.goes_on(),
            path: None,
        };
        let marks = Marks::new(&grown);
        render::tree::tree(&grown, &marks, title, options, &mut io::sink())
            .expect("nobody refuses it");
    }
}

fn explain(stream: &[u8]) {
    let mut found = found::Summary::default();
    let mut searches = Searches::default();
    for event in parts(stream, true, &Limits::default()) {
        let Some(part) = found.add(event) else {
            continue;
        };
        for row in refs::rows(&part.data, part.whole) {
            if let refs::Row::Pickle(read) = row {
                let needs = needs::needs(&read);
                render::explain::pickle(&needs, &mut searches, SCREEN, &mut io::sink())
                    .expect("nobody refuses it");
            }
        }
    }
}

fn code(stream: &[u8]) {
    code_with(stream, false);
}

fn code_disassemble(stream: &[u8]) {
    code_with(stream, true);
}

fn code_with(stream: &[u8], disassemble: bool) {
    let out = &mut io::sink();
    let mut page = render::code::Page::new(SCREEN, disassemble);
    let mut trees = trees(stream, true);
    while let Some(grown) = trees.next() {
        let marshalled = marshalled(&grown);
        let stored = stored(&grown, &marshalled);
        let mut report = Report::of(&grown, &stored);
        black_box(report.fits());
        let several = grown.number > 0 || trees.goes_on();
        page.pickle(&grown, &mut report, several, out)
            .expect("nobody refuses it");
    }
    page.end(None, out).expect("nobody refuses it");
}

/// Explains the error in a text.
pub fn explain_message(text: &str) {
    explain::with_message(text, |found| {
        let message = found.expect("it is a message of pickle");
        let explanation = explain::of_message(&message, None);
        render::explain::explain(&explanation, SCREEN, &mut io::sink()).expect("nobody refuses it");
    });
}
