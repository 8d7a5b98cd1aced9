//! What the report of `dump` says of a stream, one behaviour a test.

use pickscope::{
    decode::ops,
    error::{FaultKind, Piece},
    inspect::{Part, Worth, after, first, worth},
    machine::{
        Kind,
        effect::EffectKind,
        frame::{FrameNote, Frames},
    },
    opcode::{Opcode, Storage},
    reader::Reading,
    report::{
        dump::{End, Row, rows},
        problem::Severity,
        refs::{self, Row as OfRefs, references},
    },
};

use crate::asm::Asm;

fn asm() -> Asm {
    Asm::new()
}

/// The codes of all problems of a stream, with their offsets.
fn problems(stream: &[u8]) -> Vec<(&'static str, u64)> {
    rows(stream, true)
        .filter_map(|row| match row {
            Row::Problem(problem) => Some((problem.code(), problem.offset)),
            _ => None,
        })
        .collect()
}

fn ends(stream: &[u8]) -> Vec<End<'_>> {
    rows(stream, true)
        .filter_map(|row| match row {
            Row::End(end) => Some(*end),
            _ => None,
        })
        .collect()
}

fn frame_notes(stream: &[u8]) -> Vec<FrameNote> {
    let mut frames = Frames::default();
    ops(stream)
        .flatten()
        .filter_map(|op| frames.see(&op, stream.len() as u64))
        .collect()
}

fn framed(claimed: i64) -> Asm {
    asm().int(Opcode::Proto, 4).int(Opcode::Frame, claimed)
}

#[test]
fn a_frame_that_holds_its_opcodes_is_nothing_to_tell_of() {
    assert_eq!(frame_notes(&framed(3).int(Opcode::BinInt1, 7).stop()), []);
    // So are two in a row, and opcodes behind the last.
    let two = framed(2)
        .int(Opcode::BinInt1, 7)
        .int(Opcode::Frame, 1)
        .op(Opcode::Pop);
    assert_eq!(frame_notes(&two.op(Opcode::None).stop()), []);
}

#[test]
fn a_frame_may_end_between_a_length_and_its_payload() {
    let stream = framed(2).payload(Opcode::ShortBinUnicode, "abc").stop();
    assert_eq!(frame_notes(&stream), []);
}

#[test]
fn a_payload_that_crosses_the_frame_is_told() {
    let stream = framed(4).payload(Opcode::ShortBinUnicode, "abcdef").stop();
    assert_eq!(frame_notes(&stream), [FrameNote::Straddle { end: 15 }]);
    // The second line of GLOBAL as well as the first.
    for claimed in [5, 14] {
        let stream = framed(claimed)
            .pair(Opcode::Global, "builtins", "not_len")
            .stop();
        assert_eq!(frame_notes(&stream).len(), 1, "{claimed}");
    }
}

#[test]
fn a_frame_past_the_end_is_told_once() {
    let stream = framed(1000).op(Opcode::None).stop();
    assert_eq!(
        frame_notes(&stream),
        [FrameNote::Overrun {
            claimed: 1000,
            left: 2
        }]
    );
}

#[test]
fn a_frame_in_a_frame_is_told() {
    let stream = framed(12)
        .int(Opcode::Frame, 2)
        .op(Opcode::None)
        .op(Opcode::Pop)
        .op(Opcode::None);
    assert_eq!(
        frame_notes(&stream.stop())[0],
        FrameNote::Nested { outer: 23 }
    );
}

#[test]
fn stop_before_the_end_of_its_frame_is_told() {
    let stream = framed(5)
        .op(Opcode::None)
        .op(Opcode::Stop)
        .raw("abc")
        .bytes();
    assert_eq!(frame_notes(&stream), [FrameNote::Slack { left: 3 }]);
}

#[test]
fn marks_nest_and_pop_takes_a_mark() {
    let stream = asm()
        .op(Opcode::Mark)
        .op(Opcode::Mark)
        .op(Opcode::None)
        .op(Opcode::Pop)
        .op(Opcode::Pop)
        .float(1.5)
        .op(Opcode::Tuple)
        .stop();
    let nest: Vec<_> = rows(&stream, true)
        .filter_map(|row| match row {
            Row::Line(line) => Some((line.depth, line.mark)),
            _ => None,
        })
        .collect();
    let of = |depth| (depth, None);
    assert_eq!(
        nest,
        [
            of(0),
            of(1),
            of(2),
            of(2),
            (1, Some(1)),
            of(1),
            (0, Some(0)),
            of(0)
        ]
    );
}

#[test]
fn taking_what_is_not_there_is_a_fault() {
    assert_eq!(
        problems(&asm().int(Opcode::Proto, 2).op(Opcode::Tuple1).stop()),
        [("stack-underflow", 2)]
    );
    // What lies below a mark isn't there for what stands above it.
    let stream = asm()
        .op(Opcode::None)
        .op(Opcode::Mark)
        .op(Opcode::Tuple1)
        .stop();
    assert_eq!(problems(&stream)[0], ("stack-underflow", 2));
    // PUT takes nothing, but needs something.
    let stream = asm()
        .int(Opcode::Proto, 2)
        .int(Opcode::BinPut, 0)
        .op(Opcode::None)
        .stop();
    assert_eq!(problems(&stream), [("stack-underflow", 2)]);
}

#[test]
fn protocols() {
    let protocol = |stream: &[u8]| ends(stream)[0].read.protocol;
    assert_eq!(protocol(&asm().line(Opcode::Int, "7").stop()), 0);
    assert_eq!(protocol(&asm().int(Opcode::BinInt1, 7).stop()), 1);
    assert_eq!(
        protocol(&asm().int(Opcode::Proto, 4).op(Opcode::None).stop()),
        4
    );
    // The last PROTO wins, wherever it stands.
    let late = asm()
        .int(Opcode::Proto, 2)
        .int(Opcode::Proto, 3)
        .op(Opcode::None)
        .stop();
    assert_eq!(
        (protocol(&late), problems(&late)),
        (3, vec![("late-proto", 2)])
    );
    let unknown = asm().int(Opcode::Proto, 6).op(Opcode::None).stop();
    assert_eq!(
        (protocol(&unknown), problems(&unknown)),
        (6, vec![("unknown-protocol", 0)])
    );
    assert_eq!(ends(&unknown)[0].read.reading, Reading::Incomplete);
}

#[test]
fn numbers_that_loaders_read_differently() {
    let stream = |text: &str| asm().line(Opcode::Int, text).stop();
    for (text, code, reading) in [
        ("10", None, Reading::Complete),
        ("010", Some("loaders-differ"), Reading::Ambiguous),
        ("-0", Some("loaders-differ"), Reading::Ambiguous),
        ("0x10", Some("versions-differ"), Reading::Complete),
        ("ten", Some("not-a-number"), Reading::Incomplete),
    ] {
        let codes: Vec<_> = problems(&stream(text))
            .into_iter()
            .map(|(code, _)| code)
            .collect();
        assert_eq!(codes, Vec::from_iter(code), "{text}");
        assert_eq!(ends(&stream(text))[0].read.reading, reading, "{text}");
    }
}

#[test]
fn several_pickles_and_what_follows() {
    let one = asm().int(Opcode::Proto, 2).op(Opcode::None).stop();
    let spans = |stream: &[u8]| -> Vec<_> {
        ends(stream)
            .iter()
            .map(|end| (end.read.span.start, end.read.span.end))
            .collect()
    };
    assert_eq!(spans(&one.repeat(3)), [(0, 4), (4, 8), (8, 12)]);
    // Bytes that are no pickle are rest, white space is a note.
    let with = |rest: &[u8]| [&one, rest].concat();
    assert_eq!(problems(&with(b"\0\0")), [("rest", 4)]);
    assert_eq!(problems(&with(b"\r\n")), [("blank", 4)]);
    // A loader that reads on imports before it fails: so that is a pickle.
    let import = asm().pair(Opcode::Global, "os", "path").raw([0xff]).bytes();
    assert_eq!(spans(&with(&import)), [(0, 4), (4, 13)]);
    assert!(matches!(after(&one, 4), Part::End));
}

#[test]
fn a_cut_pickle_is_a_pickle() {
    let stream = asm()
        .op(Opcode::Mark)
        .line(Opcode::Int, "1")
        .payload(Opcode::BinString, "a long text")
        .bytes();
    for length in 1..stream.len() {
        assert!(
            matches!(first(&stream[..length], true), Part::Pickle(0)),
            "{length}"
        );
    }
}

#[test]
fn what_a_fault_tells() {
    let fault = |stream: &[u8]| ops(stream).find_map(Result::err).expect("it has a fault");
    let cut = fault(
        &asm()
            .raw([Opcode::BinUnicode.byte()])
            .raw([100, 0, 0, 0])
            .raw("abc")
            .bytes(),
    );
    let FaultKind::Truncated {
        opcode,
        piece,
        wanted,
        left,
    } = cut.kind()
    else {
        panic!("{cut}")
    };
    assert_eq!(
        (opcode, piece, wanted, left),
        (Opcode::BinUnicode, Piece::Payload, Some(100), 3)
    );
    assert_eq!(
        cut.to_string(),
        "the stream ends inside BINUNICODE: its payload wants 100 bytes, 3 left (at offset 0)"
    );
    // Lengths of BINSTRING and LONG4 have a sign, those of the others haven't.
    let negative =
        |opcode: Opcode| fault(&asm().raw([opcode.byte(), 255, 255, 255, 255]).bytes()).kind();
    assert_eq!(
        negative(Opcode::Long4),
        FaultKind::NegativeLength {
            opcode: Opcode::Long4,
            length: -1
        }
    );
    assert!(matches!(
        negative(Opcode::BinBytes),
        FaultKind::Truncated {
            wanted: Some(4_294_967_295),
            ..
        }
    ));
    let huge = fault(&asm().raw([Opcode::BinBytes8.byte()]).raw([255; 8]).bytes());
    assert!(matches!(
        huge.kind(),
        FaultKind::Truncated {
            wanted: Some(u64::MAX),
            left: 0,
            ..
        }
    ));
}

#[test]
fn what_is_stored_how_adds_up() {
    let stream = asm()
        .int(Opcode::Proto, 2)
        .pair(Opcode::Global, "a", "b")
        .pair(Opcode::Global, "a", "b")
        .payload(Opcode::ShortBinString, "text")
        .op(Opcode::Tuple3)
        .stop();
    let end = ends(&stream).remove(0);
    let names: Vec<_> = references(&end.read)
        .iter()
        .map(|one| (one.first, one.count))
        .collect();
    assert_eq!(names, [(2, 2)]);
    assert_eq!(
        end.read.tally.values(),
        [(Kind::Global, 2), (Kind::OldStr, 1), (Kind::Tuple, 1)]
    );
    let bytes = [Some(Storage::Reference), Some(Storage::Value), None]
        .map(|storage| end.read.tally.bytes(storage));
    assert_eq!(bytes, [10, 7, 3]);
    assert_eq!(bytes.iter().sum::<u64>(), end.read.span.length());
}

#[test]
fn a_string_that_is_a_name_is_part_of_the_reference() {
    let stream = asm()
        .int(Opcode::Proto, 4)
        .payload(Opcode::ShortBinUnicode, "a")
        .op(Opcode::Memoize)
        .payload(Opcode::ShortBinUnicode, "bc")
        .op(Opcode::StackGlobal)
        // Once more: the module is counted once.
        .int(Opcode::BinGet, 0)
        .payload(Opcode::ShortBinUnicode, "data")
        .op(Opcode::Tuple3)
        .stop();
    let end = ends(&stream).remove(0);
    let tally = &end.read.tally;
    assert_eq!(
        tally.values(),
        [(Kind::Tuple, 1), (Kind::Str, 1), (Kind::Global, 1)]
    );
    let bytes =
        [Some(Storage::Reference), Some(Storage::Value), None].map(|storage| tally.bytes(storage));
    assert_eq!(bytes, [3 + 4 + 1, 6 + 1, 2 + 1 + 2 + 1]);
    assert_eq!(bytes.iter().sum::<u64>(), end.read.span.length());
}

#[test]
fn what_c_alone_refuses_is_no_fault_where_python_gets_to_stop() {
    let severities = |stream: &[u8]| -> Vec<_> {
        refs::rows(stream, true)
            .filter_map(|row| match row {
                OfRefs::Pickle(read) => Some(read),
                _ => None,
            })
            .flat_map(|read| read.problems)
            .map(|problem| problem.severity())
            .collect()
    };
    // A list of arguments, which Python spreads; and a number, which nobody does.
    assert_eq!(severities(b"cbuiltins\nlist\n]R."), [Severity::Ambiguous]);
    assert_eq!(severities(b"cbuiltins\nlist\nK\x01R."), [Severity::Fault]);
}

#[test]
fn a_state_for_what_a_call_gave_may_be_for_anything() {
    let by_reference = |made: Asm| {
        let stream = made.op(Opcode::EmptyDict).op(Opcode::Build).stop();
        let pickle = pickscope::pickles(&stream).next().expect("it is a pickle");
        let state = pickle
            .effects()
            .find(|done| done.effect.kind() == EffectKind::State)
            .expect("BUILD is told");
        refs::is_by_reference(&pickle, &state)
    };
    let call = |module, name, how| {
        asm()
            .pair(Opcode::Global, module, name)
            .op(Opcode::EmptyTuple)
            .op(how)
    };
    let named = asm().pair(Opcode::Global, "a", "b");
    assert_eq!(by_reference(named), Some(true));
    assert_eq!(
        by_reference(call("builtins", "getattr", Opcode::Reduce)),
        None
    );
    assert_eq!(by_reference(call("a", "C", Opcode::NewObj)), Some(false));
    let reconstructed = call("copyreg", "_reconstructor", Opcode::Reduce);
    assert_eq!(by_reference(reconstructed), Some(false));
}

#[test]
fn buffers_are_references() {
    let pickle = pickscope::pickles(b"\x80\x05\x97\x97\x86.")
        .next()
        .expect("it is a pickle");
    let [buffers] = &references(&pickle)[..] else {
        panic!("one row has them");
    };
    assert!(buffers.target.is_none());
    assert_eq!((buffers.first, buffers.count), (2, 2));
}

#[cfg(feature = "cli")]
#[test]
fn long_names_are_shortened_in_the_middle() {
    use pickscope::render::shown::dotted;
    let shown = |parts: &[&str], room| {
        let parts: Vec<_> = parts.iter().map(|part| Some(part.as_bytes())).collect();
        let mut out = Vec::new();
        dotted(&parts, &mut out, room);
        String::from_utf8(out).expect("text")
    };
    assert_eq!(shown(&["os", "system"], Some(9)), "os.system");
    let module = "very.long.".repeat(20) + "module";
    let name = "ClassName".repeat(20) + "End";
    let cut = shown(&[&module, &name], Some(60));
    assert!(
        cut.starts_with("very.long.") && cut.ends_with("NameEnd (390 bytes)"),
        "{cut}"
    );
    assert!(
        cut.chars().count() <= 60 && cut.contains(".module.ClassName"),
        "{cut}"
    );
    // A short name leaves the room to a long module.
    let cut = shown(&[&module, "f"], Some(60));
    assert!(
        cut.chars().count() > 55 && cut.ends_with("module.f (208 bytes)"),
        "{cut}"
    );
    // What a name can't look like stays quoted, and no character is cut.
    let cut = shown(&[&"\u{202e}é".repeat(100), "f"], Some(60));
    assert!(
        cut.starts_with("'\\u202e") && !cut.contains('\u{202e}'),
        "{cut}"
    );
    assert_eq!(shown(&[&module, &name], None), format!("{module}.{name}"));
}

/// What a pickle is written to as soon as it is read, and not at the end of all.
#[cfg(feature = "cli")]
#[test]
fn no_more_than_a_few_pickles_wait_to_be_written() {
    use std::{cell::Cell, io};
    struct Watched<'c> {
        written: usize,
        read: &'c Cell<usize>,
        /// Bytes of input that were read and are not in the output yet, at the most.
        behind: usize,
    }
    impl io::Write for Watched<'_> {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            // Each pickle takes more bytes in the output than here.
            self.behind = self
                .behind
                .max(self.read.get().saturating_sub(self.written));
            self.written += bytes.len();
            Ok(bytes.len())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let stream = b"N.".repeat(20_000);
    let screen = pickscope::render::Screen {
        color: false,
        width: 80,
        full: false,
    };
    for json in [false, true] {
        let read = Cell::new(0);
        let mut out = Watched {
            written: 0,
            read: &read,
            behind: 0,
        };
        let rows = refs::rows(&stream, true).inspect(|row| {
            if let OfRefs::Pickle(one) = row {
                read.set(one.pickle.span.end as usize);
            }
        });
        let written = if json {
            crate::bodies::printers::refs_document(rows, &mut out)
        } else {
            pickscope::render::refs::refs(None, rows, screen, &mut out)
        };
        written.expect("it is written");
        assert!(
            out.behind < 10_000 && read.get() == stream.len(),
            "{}",
            out.behind
        );
    }
}

#[test]
fn a_pipe_is_given_up_when_it_cannot_become_a_pickle() {
    const MOST: u64 = 1 << 20;
    for no_pickle in [
        &b"hello world"[..],
        b"\0\0\0",
        b"7z\xbc\xaf\x27\x1c\0\x04",
        b"{\"a\": 1}\n",
    ] {
        assert_eq!(worth(no_pickle, MOST), Worth::Nothing, "{no_pickle:?}");
    }
    for beginning in [
        &b"\x80"[..],
        b"\x80\x04\x95",
        b"(dp0\nS'a",
        b"cos\n",
        b"I12",
        // What is opened is read to its end.
        b"\x1f\x8b\x08\0",
        b"PK\x03\x04",
    ] {
        assert_eq!(worth(beginning, MOST), Worth::More, "{beginning:?}");
    }
    let too_long = asm()
        .int(Opcode::Proto, 4)
        .raw([Opcode::BinBytes8.byte()])
        .raw((MOST + 1).to_le_bytes());
    assert_eq!(worth(&too_long.bytes(), MOST), Worth::TooMuch);
}
