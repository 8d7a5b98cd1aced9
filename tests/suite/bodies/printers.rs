//! What is printed of any bytes: shown characters only, JSON that parses.

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
        code,
        dump::{Row, rows},
        explain::Explanation,
        needs::needs,
        parts::Summary,
        refs,
        shim::Shim,
        tree::trees,
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

/// Everything that is printed of an input that is a pickle.
pub fn all(bytes: &[u8]) {
    text_for_people(bytes);
    json_lines(bytes);
    super::again::again(bytes);
    pickletools_text(bytes);
    refs_texts(bytes);
    explain_texts(bytes);
    tree_texts(bytes);
    super::trees::any(bytes);
    code_texts(bytes);
}

/// How many bytes each output has of an input.
pub fn amounts(bytes: &[u8]) -> [(&'static str, usize); 7] {
    let screen = Screen {
        color: false,
        width: 80,
        full: true,
    };
    let written = |write: &dyn Fn(&mut Vec<u8>) -> io::Result<()>| {
        let mut out = Vec::new();
        write(&mut out).expect("memory takes it");
        out.len()
    };
    let place = Place::default();
    [
        (
            "text",
            written(&|out| text::dump(None, 0, rows(bytes, true), screen, out)),
        ),
        (
            "json",
            written(&|out| json::dump(&place, rows(bytes, true), out)),
        ),
        (
            "refs",
            written(&|out| render::refs::refs(None, refs::rows(bytes, true), screen, out)),
        ),
        (
            "refs as JSON",
            written(&|out| refs_document(refs::rows(bytes, true), out)),
        ),
        ("tree", super::trees::text(bytes, 80, true, true).len()),
        ("tree as JSON", super::trees::json_text(bytes, true).len()),
        ("code as JSON", code_json(bytes).len()),
    ]
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
    render::refs::refs(None, refs::rows(bytes, true), screen, &mut out).expect("memory takes it");
    assert_shown(&out, "refs");
    let mut out = Vec::new();
    refs_document(refs::rows(bytes, true), &mut out).expect("memory takes it");
    assert_shown(&out, "refs as JSON");
    let document: serde_json::Value = serde_json::from_slice(&out).expect("it is a JSON document");
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
    let document: serde_json::Value = serde_json::from_slice(&out).expect("it is a JSON document");
    assert_eq!(document["schema"], 1);
    let program = render::shim::program("x", &shim);
    assert!(program.is_ascii(), "{program}");
    assert_shown(program.as_bytes(), "a shim");
}

/// All parts of an input: shown characters only, and JSON that parses. Gives what stands there beside pickles.
pub fn parts_texts(bytes: &[u8]) -> Summary {
    let mut summary = Summary::default();
    let mut out = Vec::new();
    let mut document = json::refs::Document::begin("x", None, &mut out).expect("memory takes it");
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
            let text = super::trees::text(bytes, 80, full, sizes);
            assert_shown(text.as_bytes(), "tree");
        }
    }
    assert_shown(&super::trees::json_text(bytes, true), "tree as JSON");
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

/// An explanation for people, in short and in full, and for programs: shown characters only, and in room that grows with
/// what is explained.
pub fn explanation(explanation: &Explanation<'_>, asked: usize) {
    for full in [false, true] {
        let screen = Screen {
            color: false,
            width: 80,
            full,
        };
        let mut out = Vec::new();
        render::explain::explain(explanation, screen, &mut out).expect("memory takes it");
        assert_shown(&out, "an explanation");
        assert!(
            out.len() < 100_000 + 100 * asked,
            "{} of {asked}",
            out.len()
        );
    }
    let mut out = Vec::new();
    json::explain::explain(explanation, &mut out).expect("memory takes it");
    assert_shown(&out, "an explanation as JSON");
    serde_json::from_slice::<serde_json::Value>(&out).expect("it is a JSON document");
}

fn code_json(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut document = json::code::Document::begin("x", None, &mut out).expect("memory takes it");
    document
        .part(
            &Place::default(),
            &mut trees(bytes, true),
            json::code::Asked::default(),
        )
        .expect("memory takes it");
    document.end(&Summary::default()).expect("memory takes it");
    out
}

/// `code` for people, with its bytecode, and for programs: shown characters only, and JSON that parses.
pub fn code_texts(bytes: &[u8]) {
    let screen = Screen {
        color: false,
        width: 80,
        full: true,
    };
    let mut page = render::code::Page::new(screen, true);
    let mut out = Vec::new();
    for grown in trees(bytes, true) {
        let marshalled = code::marshalled(&grown);
        let stored = code::stored(&grown, &marshalled);
        let mut report = code::Report::of(&grown, &stored);
        page.pickle(&grown, &mut report, true, &mut out)
            .expect("memory takes it");
    }
    page.end(None, &mut out).expect("memory takes it");
    assert_shown(&out, "code");
    let out = code_json(bytes);
    assert_shown(&out, "code as JSON");
    serde_json::from_slice::<serde_json::Value>(&out).expect("it is a JSON document");
}
