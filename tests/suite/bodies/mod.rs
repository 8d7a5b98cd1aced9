//! What must hold for any bytes: bodies of fuzz targets, plain functions that panic where it doesn't.
//!
//! `fuzz/` runs [`targets`] for long, `fuzz.rs` beside this folder for short.

#[cfg(feature = "cli")]
pub mod again;
pub mod codes;
pub mod messages;
#[cfg(feature = "containers")]
pub mod packed;
#[cfg(feature = "cli")]
pub mod printers;
pub mod streams;
#[cfg(feature = "cli")]
pub mod trees;
pub mod unpicklers;

use pickscope::{
    decode::{
        ops,
        text::{self, Dialect},
    },
    opcode::Storage,
    reader::{Reader, Reading},
    report::dump::{Row, rows},
};

/// Opcodes tile the stream without a gap, and decoding ends once.
pub fn decode(bytes: &[u8]) {
    let mut ops = ops(bytes);
    let mut at = 0;
    while let Some(op) = ops.next() {
        match op {
            Ok(op) => {
                assert_eq!(op.offset, at, "a gap before {op:?}");
                at = op.span().end;
                assert_eq!(ops.offset(), at);
            }
            Err(fault) => {
                assert_eq!(ops.offset(), at);
                assert!(fault.offset() == at, "{fault} isn't at {at}");
                assert!(!fault.to_string().is_empty());
                assert!(ops.next().is_none(), "it goes on after {fault}");
            }
        }
    }
    assert!(at <= bytes.len() as u64);
    assert!(ops.next().is_none());
}

/// Every argument has a meaning or a reason to every reader, and asking for it doesn't fail.
pub fn meanings(bytes: &[u8]) {
    for op in ops(bytes).flatten() {
        let _ = text::usual(&op);
        let _ = text::agreement(&op);
        for dialect in Dialect::ALL {
            if let Err(why) = text::meaning(&op, dialect) {
                assert!(!why.to_string().is_empty() && !why.code().is_empty());
            }
        }
    }
}

/// A pickle reads the same an opcode at a time and in one go, and its lookups and effects lie in it, in order.
pub fn readings(bytes: &[u8]) {
    let mut one_by_one = Reader::new(bytes, 0);
    while one_by_one.next().is_some() {}
    let one_by_one_troubles = format!("{:?}", one_by_one.troubles());
    let one_by_one = one_by_one.finish();
    let mut at_once = Reader::new(bytes, 0);
    while at_once.advance() {}
    let at_once_troubles = format!("{:?}", at_once.troubles());
    let at_once = at_once.finish();
    assert_eq!(one_by_one.span, at_once.span);
    assert_eq!(one_by_one.reading, at_once.reading);
    assert!(one_by_one.tally.counts().eq(at_once.tally.counts()));
    for stores in [None, Some(Storage::Value), Some(Storage::Reference)] {
        assert_eq!(one_by_one.tally.bytes(stores), at_once.tally.bytes(stores));
    }
    assert_eq!(one_by_one.raws, at_once.raws);
    assert_eq!(one_by_one.nested, at_once.nested);
    assert_eq!(one_by_one_troubles, at_once_troubles);
    assert_eq!(one_by_one.lookups, at_once.lookups);
    assert!(one_by_one.effects().eq(at_once.effects()));
    let offsets = |offsets: Vec<u64>| {
        assert!(offsets.is_sorted() && offsets.iter().all(|at| *at < bytes.len() as u64))
    };
    offsets(
        at_once
            .lookups
            .iter()
            .map(|(lookup, _)| lookup.offset)
            .collect(),
    );
    offsets(at_once.effects().map(|done| done.effect.offset()).collect());
    if at_once.reading == Reading::Complete {
        assert!(
            at_once
                .lookups
                .iter()
                .all(|(_, readers)| readers.are_all() || readers.names().eq(["python2"]))
        );
    }
    for pickle in pickscope::pickles(bytes) {
        assert!(
            pickle.reading == Reading::Complete || !pickle.faults.is_empty(),
            "what isn't whole has a reason"
        );
    }
}

/// A report's lines lie in the pickles that it says, one after the other, and all bytes are told of.
pub fn rows_in_order(bytes: &[u8]) {
    let mut at = 0;
    let mut count = 0;
    let mut problems = 0;
    for row in rows(bytes, true) {
        match row {
            Row::Start { offset, .. } => {
                assert_eq!(offset, at);
                (count, problems) = (0, 0);
            }
            Row::Line(line) => {
                assert_eq!(line.op.offset, at);
                at = line.op.span().end;
                count += 1;
            }
            Row::Raw { raw, .. } => {
                assert_eq!(raw.span.start, at);
                if !raw.is_pickle {
                    at = raw.span.end;
                }
            }
            Row::Fails { .. } => unreachable!("nobody asked"),
            Row::End(end) => {
                assert_eq!(
                    (end.read.span.end, end.read.tally.opcodes(), end.problems),
                    (at, count, problems)
                );
            }
            Row::Problem(problem) => {
                problems += 1;
                assert!(problem.offset <= bytes.len() as u64);
                assert!(!problem.code().is_empty());
                if let Some(rest) = problem.rest() {
                    assert_eq!(rest.start, at);
                    at = rest.end;
                }
                if problem.finding().is_some() && problem.pickle.is_none() {
                    assert!(problem.advice().is_some());
                }
            }
        }
    }
}

/// What is kept of a pickle grows with it, and no faster: counted in nodes, lookups and effects, of which an opcode makes a
/// few each.
pub fn kept(bytes: &[u8]) {
    let mut whole = 0;
    for grown in pickscope::report::tree::trees(bytes, true) {
        let view = grown.view();
        // One that is cut may still look something up.
        let opcodes = grown.pickle.tally.opcodes() + 1;
        let nodes = view.graph().nodes() as u64;
        let (lookups, effects) = (
            grown.pickle.lookups.len() as u64,
            grown.pickle.effects().count() as u64,
        );
        assert!(
            nodes <= 2 * opcodes && lookups <= 2 * opcodes && effects <= 8 * opcodes,
            "{nodes} nodes, {lookups} lookups, {effects} effects of {opcodes} opcodes"
        );
        whole += grown.pickle.span.length();
    }
    assert!(
        whole <= bytes.len() as u64,
        "no byte is read as a pickle twice"
    );
}

/// What the fuzz targets of `fuzz/` do with an input, by their names.
pub mod targets {
    /// Opcodes and what their arguments mean, of any bytes.
    pub fn decode(input: &[u8]) {
        super::decode(input);
        super::meanings(input);
    }

    /// All that is read of any bytes.
    pub fn bytes(input: &[u8]) {
        decode(input);
        super::rows_in_order(input);
        super::readings(input);
        super::kept(input);
    }

    /// A stream of opcodes that mostly find what they take.
    pub fn opcodes(input: &[u8]) {
        bytes(&super::streams::stream(input));
    }

    /// Messages, tracebacks and logs.
    pub fn messages(input: &[u8]) {
        super::messages::message(input);
    }

    /// Marshal data, and bytecode of every Python.
    pub fn marshal(input: &[u8]) {
        match input.split_first() {
            Some((0..=0x7f, rest)) => super::codes::marshalled(rest),
            Some((0x80.., rest)) => super::codes::bytecode(rest),
            None => {}
        }
    }

    /// All that is printed: of any bytes, of a stream of opcodes, of code in pickles, and explanations.
    #[cfg(feature = "cli")]
    pub fn printers(input: &[u8]) {
        let Some((way, rest)) = input.split_first() else {
            return;
        };
        let stream = match way % 4 {
            0 => rest.to_vec(),
            1 => super::streams::stream(rest),
            2 => super::codes::pickled(rest),
            _ => return super::messages::explained(rest),
        };
        super::printers::all(&stream);
    }

    /// A piece that is repeated, with a head and an end: what is kept and written of it grows with its length.
    ///
    /// An opcode of a byte makes a line of a hundred and a record of two hundred, indented by up to four hundred, and names are
    /// cut at a thousand: what grows with the square passes 1,200 times the input before it has a few thousand bytes. No call
    /// may go as deep as the input.
    #[cfg(feature = "cli")]
    pub fn growth(input: &[u8]) {
        let mut choices = super::streams::Choices::new(input);
        let (Some(times), Some(head)) = (choices.byte(), choices.byte()) else {
            return;
        };
        let head = choices.bytes((head & 31).into());
        let end = choices.byte().unwrap_or(0);
        let end = choices.bytes((end & 7).into());
        let piece = choices.rest();
        let made = times & 1;
        let times = 40 + usize::from(times);
        let stream = match made {
            0 => [head, &piece.repeat(times), end, b"."].concat(),
            _ => super::streams::stream(&[head, &piece.repeat(times), end].concat()),
        };
        // What calls itself once a level doesn't get through on a stack this small.
        let written = move || {
            super::kept(&stream);
            for (what, amount) in super::printers::amounts(&stream) {
                assert!(
                    amount <= 10_000 + 1_200 * stream.len(),
                    "{what} writes {amount} bytes of {}",
                    stream.len()
                );
            }
        };
        let thread = std::thread::Builder::new().stack_size(1 << 20);
        let run = thread.spawn(written).expect("a thread starts");
        if let Err(panic) = run.join() {
            std::panic::resume_unwind(panic);
        }
    }

    /// Containers around any bytes, and any bytes as a container.
    #[cfg(feature = "cli")]
    pub fn containers(input: &[u8]) {
        let Some((way, rest)) = input.split_first() else {
            return;
        };
        match way & 1 {
            0 => super::printers::parts_texts(rest),
            _ => super::printers::parts_texts(&super::packed::packed(rest)),
        };
    }

    /// Lookups, held to the unpicklers of Pythons that `PICKSCOPE_UNPICKLERS` names.
    pub fn unpickler(input: &[u8]) {
        let Some((way, rest)) = input.split_first() else {
            return;
        };
        match way & 1 {
            0 => super::unpicklers::ask(rest),
            _ => super::unpicklers::ask(&super::streams::stream(rest)),
        };
    }
}
