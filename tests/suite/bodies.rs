//! What must hold for any bytes: bodies of fuzz targets, plain functions that panic where it doesn't.

use pickscope::{
    decode::{
        ops,
        text::{self, Dialect},
    },
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
    let one_by_one = one_by_one.finish();
    let mut at_once = Reader::new(bytes, 0);
    while at_once.advance() {}
    let at_once = at_once.finish();
    assert_eq!(one_by_one.span, at_once.span);
    assert_eq!(one_by_one.reading, at_once.reading);
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

#[cfg(feature = "cli")]
pub mod printers {
    use std::io::{self, Write};

    use pickscope::{
        inspect::parts::{Place, parts},
        limits::Limits,
        lookup::near::Searches,
        render::{
            self, Screen,
            fault::Complaint,
            json,
            pickletools::{self, Options},
            text,
        },
        report::{
            dump::{Row, rows},
            needs::needs,
            parts::Summary,
            refs,
            shim::Shim,
        },
    };

    /// Characters that a terminal obeys, hides or reorders by: none may come from the input.
    fn assert_shown(text: &[u8], what: &str) {
        let text = std::str::from_utf8(text).unwrap_or_else(|error| panic!("{what}: {error}"));
        for character in text.chars() {
            let hidden = matches!(
                character,
                '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{ad}' | '\u{61c}'
                    | '\u{2028}' | '\u{2029}'
            );
            // pickletools shows what Python's repr does, and that has these for printable.
            let unseen = matches!(
                character,
                '\u{34f}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{ffa0}'
                    | '\u{e0100}'..='\u{e01ef}'
            ) && !what.contains("pickletools");
            let hidden = hidden || unseen;
            assert!(
                character == '\n' || !character.is_control() && !hidden,
                "{what} prints {character:?}"
            );
        }
    }

    /// Text for people: shown characters only, and no line of an opcode wider than the screen.
    pub fn text_for_people(bytes: &[u8]) {
        for full in [false, true] {
            let mut out = Vec::new();
            let screen = Screen {
                color: false,
                width: 80,
                full,
            };
            let mut problems = Vec::new();
            let rows = rows(bytes, true).inspect(|row| {
                if let Row::Problem(problem) = row {
                    problems.push((problem.offset, problem.kind.to_string(), problem.advice()));
                }
            });
            text::dump(None, bytes.len() as u64, rows, screen, &mut out).expect("memory takes it");
            assert_shown(&out, "text");
            for (offset, message, advice) in problems {
                let complaint = Complaint {
                    name: "x",
                    message: &message,
                    place: Some((offset, bytes)),
                    advice: advice.as_deref(),
                };
                assert_shown(complaint.to_string().as_bytes(), "a complaint");
            }
        }
    }

    /// JSON: every line parses, and its opcodes tile the pickle.
    pub fn json_lines(bytes: &[u8]) {
        let mut out = Vec::new();
        json::input("x", Some(bytes.len() as u64), &mut out).expect("memory takes it");
        json::dump(&Place::default(), rows(bytes, true), &mut out).expect("memory takes it");
        assert_shown(&out, "json");
        let mut at = 0;
        for line in out
            .split(|byte| *byte == b'\n')
            .filter(|line| !line.is_empty())
        {
            let record: serde_json::Value =
                serde_json::from_slice(line).expect("a line is a JSON document");
            match record["kind"].as_str().expect("a record has a kind") {
                "opcode" => {
                    assert_eq!(record["offset"], at);
                    at += record["length"].as_u64().expect("an opcode has a length");
                }
                "raw" => {
                    assert_eq!(record["offset"], at);
                    if record["inner"].is_null() {
                        at += record["length"].as_u64().expect("bytes have a length");
                    }
                }
                "pickle" => assert_eq!(record["start"], at),
                "end" => assert_eq!(record["end"], at),
                _ => {}
            }
        }
    }

    /// What `refs` writes for programs of an input that has no parts.
    pub fn refs_document<'a>(
        rows: impl Iterator<Item = refs::Row<'a>>,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        let mut document = json::refs::Document::begin("x", None, out)?;
        document.part(&Place::default(), rows)?;
        document.end(&Summary::default())
    }

    /// `refs` for people and for programs: shown characters only, and JSON that parses.
    pub fn refs_texts(bytes: &[u8]) {
        let screen = Screen {
            color: false,
            width: 80,
            full: true,
        };
        let mut out = Vec::new();
        render::refs::refs(None, refs::rows(bytes, true), screen, &mut out)
            .expect("memory takes it");
        assert_shown(&out, "refs");
        let mut out = Vec::new();
        refs_document(refs::rows(bytes, true), &mut out).expect("memory takes it");
        assert_shown(&out, "refs as JSON");
        let document: serde_json::Value =
            serde_json::from_slice(&out).expect("it is a JSON document");
        assert_eq!(document["schema"], 1);
        for pickle in document["pickles"].as_array().expect("a list of pickles") {
            let number = |field: &str| pickle[field].as_u64().expect("a number");
            assert_eq!(
                number("bytes_by_value") + number("bytes_by_reference") + number("bytes_neither"),
                number("end") - number("start"),
                "every byte is on one side"
            );
        }
    }

    /// `explain --input` for people and for programs, and the program of `--shim`: shown characters only, JSON that parses,
    /// and a program in ASCII.
    pub fn explain_texts(bytes: &[u8]) {
        let screen = Screen {
            color: false,
            width: 80,
            full: true,
        };
        let mut out = Vec::new();
        let mut searches = Searches::default();
        for row in refs::rows(bytes, true) {
            if let refs::Row::Pickle(read) = row {
                render::explain::pickle(&needs(&read), &mut searches, screen, &mut out)
                    .expect("memory takes it");
            }
        }
        assert_shown(&out, "explain");
        let mut shim = Shim::default();
        let mut out = Vec::new();
        let mut document = json::explain::Input::begin("x", &mut out).expect("memory takes it");
        let rows = refs::rows(bytes, true);
        document
            .part(&Place::default(), rows, Some(&mut shim), &mut |_| {})
            .expect("memory takes it");
        document
            .end(&Summary::default(), Some(&shim))
            .expect("memory takes it");
        assert_shown(&out, "explain as JSON");
        let document: serde_json::Value =
            serde_json::from_slice(&out).expect("it is a JSON document");
        assert_eq!(document["schema"], 1);
        let program = render::shim::program("x", &shim);
        assert!(program.is_ascii(), "{program}");
        assert_shown(program.as_bytes(), "a shim");
    }

    /// All parts of an input: shown characters only, and JSON that parses. Gives what stands there beside pickles.
    pub fn parts_texts(bytes: &[u8]) -> Summary {
        let mut summary = Summary::default();
        let mut out = Vec::new();
        let mut document =
            json::refs::Document::begin("x", None, &mut out).expect("memory takes it");
        for event in parts(bytes, true, &Limits::default()) {
            let Some(part) = summary.add(event) else {
                continue;
            };
            document
                .part(&part.place, refs::rows(&part.data, part.whole))
                .expect("memory takes it");
            summary.list_tensors(&part);
        }
        summary.compare_storages();
        document.end(&summary).expect("memory takes it");
        assert_shown(&out, "the parts' refs as JSON");
        serde_json::from_slice::<serde_json::Value>(&out).expect("it is a JSON document");
        let screen = Screen {
            color: false,
            width: 80,
            full: true,
        };
        let mut out = Vec::new();
        for table in &summary.tensors {
            render::tensors::tensors("x", table, screen, &mut out).expect("memory takes it");
        }
        render::parts::summary("x", &summary, screen, &mut out).expect("memory takes it");
        assert_shown(&out, "the parts' summary");
        summary
    }

    /// `tree` for people and for programs: shown characters only.
    pub fn tree_texts(bytes: &[u8]) {
        for full in [false, true] {
            for sizes in [false, true] {
                let text = crate::tree::text(bytes, 80, full, sizes);
                assert_shown(text.as_bytes(), "tree");
            }
        }
        assert_shown(&crate::tree::json_text(bytes, true), "tree as JSON");
    }

    /// The text of pickletools: shown characters only.
    pub fn pickletools_text(bytes: &[u8]) {
        for annotate in [false, true] {
            let mut out = Vec::new();
            let mut complaints = Vec::new();
            pickletools::dis(
                bytes,
                0,
                Options { annotate },
                &mut out,
                &mut |_, complaint| {
                    complaints.push(complaint.to_string());
                },
            )
            .expect("memory takes it");
            assert_shown(&out, "pickletools");
            for complaint in complaints {
                assert_shown(complaint.as_bytes(), "a complaint of pickletools");
            }
        }
    }
}
