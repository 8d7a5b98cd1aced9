//! `explain --shim`: the program that it prints, run with the Pythons that pyenv has, and what hostile names make of it.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use pickscope::{
    lookup::near::Searches,
    opcode::Opcode,
    python::{Python, Pythons},
    render::shim::program,
    report::{
        betrays::{Clue, Versions, betrays},
        explain::of_reference,
        needs::{Needs, needs},
        refs::{Row, rows},
        shim::Shim,
        weights::{What, weights},
    },
};

use crate::{asm::Asm, bodies, python};

fn corpus(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("corpus")
        .join(name)
}

/// Calls `with` with the needs of each pickle.
fn each(bytes: &[u8], asked: Option<Pythons>, mut with: impl FnMut(&Needs<'_, '_>)) {
    for row in rows(bytes, true).on(asked) {
        if let Row::Pickle(read) = row {
            with(&needs(&read));
        }
    }
}

fn shim(bytes: &[u8], asked: Option<Pythons>) -> Shim {
    let mut shim = Shim::default();
    each(bytes, asked, |needs| shim.add(needs));
    shim
}

fn read(name: &str) -> Vec<u8> {
    fs::read(corpus(name)).expect("the corpus has it")
}

fn set(text: &str) -> Pythons {
    text.split(' ')
        .map(|one| one.parse::<Python>().expect("a known version"))
        .collect()
}

/// Files of the project's own that need a shim somewhere, and nothing that isn't Python's.
const FILES: &[&str] = &[
    "builtin-types-py27-p2.pkl",
    "moved-py27-p0.pkl",
    "moved-py27-p2.pkl",
    "paths-py313-p4.pkl",
    "strings-py27-p0.pkl",
    "strings-py27-p2.pkl",
    "dates-py27-p0.pkl",
    "dates-py27-p2.pkl",
    "typed-arrays-py27-p2.pkl",
];

/// Plain loading fails, and the program loads it, on each Python that is there.
#[test]
fn printed_programs_load_the_files_that_need_them() {
    let mut ran = 0;
    for (version, interpreter) in python::pythons() {
        let Ok(python) = version.parse::<Python>() else {
            continue;
        };
        let asked = [python].into_iter().collect();
        for name in FILES {
            let shim = shim(&read(name), Some(asked));
            if !shim.is_needed() {
                continue;
            }
            assert!(
                !shim.still_fails(),
                "{name} on {version}: {:?}",
                shim.unhelped
            );
            let folder = std::env::temp_dir();
            let path = folder.join(format!(
                "pickscope-shim-{}-{version}.py",
                std::process::id()
            ));
            fs::write(&path, program(name, &shim)).expect("a temporary file");
            let run = |arguments: &[&std::ffi::OsStr]| {
                Command::new(&interpreter)
                    .args(arguments)
                    .env("PYTHONDONTWRITEBYTECODE", "1")
                    // Where the classes of the corpus are.
                    .env(
                        "PYTHONPATH",
                        concat!(env!("CARGO_MANIFEST_DIR"), "/tools/corpus"),
                    )
                    .env("PYTHONIOENCODING", "utf-8")
                    .output()
                    .expect("the interpreter runs")
            };
            let plain = "import pickle, sys; pickle.load(open(sys.argv[1], 'rb'))";
            let file = corpus(name);
            let plain = run(&["-c".as_ref(), plain.as_ref(), file.as_ref()]);
            let with = run(&[path.as_ref(), file.as_ref()]);
            fs::remove_file(&path).expect("it was written");
            assert!(
                !plain.status.success(),
                "{name} loads on {version} as it is"
            );
            assert!(
                with.status.success(),
                "{name} on {version}: {}",
                String::from_utf8_lossy(&with.stderr)
            );
            ran += 1;
        }
    }
    if !python::pythons().is_empty() {
        assert!(ran > 0, "no Python here needs a shim");
    }
}

/// One program for all Pythons that read the file.
#[test]
fn one_program_serves_all_pythons() {
    let shim = shim(&read("moved-py27-p2.pkl"), None);
    assert!(!shim.still_fails());
    let program = program("x", &shim);
    for (version, interpreter) in python::pythons() {
        let script = format!(
            "import io, sys\n{program}\nload(open({:?}, 'rb'))",
            corpus("moved-py27-p2.pkl")
        );
        let script = script.replace("if __name__ == '__main__':", "if False:");
        let output = Command::new(&interpreter)
            .args(["-c", &script])
            .output()
            .expect("the interpreter runs");
        assert!(
            output.status.success(),
            "{version}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
}

/// A name gets into the program as a quoted word, or not at all; a comment ends with its line, and the first two lines, where
/// a comment may choose the encoding, are ours.
#[test]
fn names_of_the_file_stay_what_they_are() {
    let names = [
        ("numpy._core.x', 'y'): []}\nimport os #", "a"),
        ("numpy._core.x", "a'), ('b"),
        ("numpy._core.x\n", "__import__('os')"),
        ("numpy._core.é", "a"),
        ("numpy._core.x", "-*- coding: rot13 -*-"),
        ("collections\r", "Mapping"),
        ("collections", "Mapping\u{2028}os"),
        ("numpy._core.class", "a"),
        ("numpy._core.fine", "too"),
        ("__main__", "x\nimport os"),
        ("# -*- coding: rot13 -*-", "x"),
    ];
    let mut asm = Asm::new().int(Opcode::Proto, 4);
    for (module, name) in names {
        asm = asm
            .payload(Opcode::BinUnicode, module)
            .payload(Opcode::BinUnicode, name)
            .op(Opcode::StackGlobal);
    }
    let bytes = asm.stop();
    let shim = shim(&bytes, None);
    let program = program("a\nb # -*- coding: rot13 -*-", &shim);
    assert!(program.is_ascii(), "{program}");
    let lines: Vec<&str> = program.lines().collect();
    assert_eq!(lines[0], "#!/usr/bin/env python");
    assert!(lines[1].starts_with("# Loads a pickle"), "{}", lines[1]);
    assert!(!lines[1].contains("coding"));
    let mapped: Vec<&str> = lines
        .iter()
        .filter(|line| line.starts_with("    ('"))
        .copied()
        .collect();
    assert_eq!(
        mapped,
        ["    ('numpy._core.fine', 'too'): [('numpy.core.fine', 'too')],"]
    );
    assert!(
        lines
            .iter()
            .all(|line| line.starts_with('#') || !line.contains("import os")),
        "{program}"
    );
    for (version, interpreter) in python::pythons() {
        let script = "import sys; compile(sys.stdin.read(), 'x', 'exec')";
        python::run(&interpreter, &[], script, &program);
        println!("{version} compiles it");
    }
}

/// A module that Python 3 renames keeps the stream's name, which may hold anything.
#[test]
fn a_renamed_name_is_escaped() {
    bodies::printers::explain_texts(b"c__builtin__\na\x0b\x1b[31m\n.");
}

#[test]
fn dill_s_own_marks_are_for_dill() {
    let shim = shim(&read("squared.pkl"), None);
    assert!(shim.dill && shim.still_fails() && !shim.is_needed());
    let program = program("squared.pkl", &shim);
    assert!(program.lines().all(|line| line.starts_with('#')));
    assert!(program.contains("load it with dill"));
}

#[test]
fn what_loads_as_it_is_gets_no_program() {
    for name in ["everyday-p4.pkl", "frames-p4.pkl"] {
        let shim = shim(&read(name), None);
        assert!(!shim.is_needed() && !shim.still_fails(), "{name}");
        let program = program(name, &shim);
        assert!(program.contains("No shim is needed"), "{program}");
    }
    // A Python that can't read the protocol fails, whatever is mapped.
    let shim = shim(&read("everyday-p4.pkl"), Some(set("2.7")));
    assert!(!shim.is_needed() && shim.still_fails());
}

#[test]
fn text_of_python_2_tells_its_encoding() {
    let encoding = |bytes: &[u8]| {
        let mut found = None;
        each(bytes, None, |needs| found = needs.encoding);
        found
    };
    let utf8 = encoding(b"\x80\x02U\x05caf\xc3\xa9.").expect("it isn't ASCII");
    assert_eq!(
        (utf8.name, utf8.first, utf8.byte, utf8.strings),
        ("utf-8", 2, (0xc3, 3), 1)
    );
    assert_eq!(
        utf8.error(),
        "UnicodeDecodeError: 'ascii' codec can't decode byte 0xc3 in position 3: ordinal not in range(128)"
    );
    let latin1 = encoding(b"\x80\x02U\x04caf\xe9.").expect("nor is this");
    assert_eq!(latin1.name, "latin1");
    // Data, whatever it looks like.
    let date = encoding(b"\x80\x02cdatetime\ndate\nU\x05caf\xc3\xa9\x85R.").expect("nor this");
    assert_eq!(date.name, "latin1");
    // Escapes of a line are bytes, too.
    assert_eq!(encoding(b"S'\\xe9'\n.").map(|own| own.name), Some("latin1"));
    assert_eq!(encoding(b"\x80\x02U\x03caf."), None);
    assert_eq!(encoding(b"\x80\x04\x8c\x05caf\xc3\xa9."), None);
}

/// One encoding can't be right for pickles that need different ones: that is said.
#[test]
fn several_pickles_may_take_several_encodings() {
    let utf8 = b"\x80\x02U\x05caf\xc3\xa9.";
    let date = b"\x80\x02cdatetime\ndate\nU\x04\x07\xe9\x01\x01\x85R.";
    let of = |parts: [&[u8]; 2]| shim(&parts.concat(), None);
    for both in [of([utf8, date]), of([date, utf8])] {
        assert!(both.encodings_differ);
        assert_eq!(both.encoding.map(|own| own.name), Some("latin1"));
        assert!(program("x", &both).contains("load that one with encoding='utf-8'"));
    }
    assert!(!of([utf8, utf8]).encodings_differ && !of([date, date]).encodings_differ);
}

/// Searches for near names are bounded by the input: what goes without is counted.
#[test]
fn near_names_are_sought_for_so_many() {
    let names = 2 * u64::from(pickscope::limits::NEAR_SEARCHES);
    let mut stream = b"\x80\x02".to_vec();
    for number in 0..names {
        stream.extend_from_slice(format!("ccollections\nOrdredDct{number}\n0").as_bytes());
    }
    stream.extend_from_slice(b"N.");
    let mut searches = Searches::default();
    let mut told = 0;
    each(&stream, None, |needs| {
        for (reference, _) in needs.names() {
            of_reference(needs.read, reference, &mut searches, |_| told += 1);
        }
    });
    assert_eq!((told, searches.forgone), (names, names / 2));
}

fn clues(bytes: &[u8]) -> Vec<Clue> {
    let mut clues = Vec::new();
    each(bytes, None, |needs| clues.extend(betrays(needs)));
    clues
}

fn said(clues: &[Clue]) -> Vec<(&'static str, String)> {
    clues
        .iter()
        .map(|clue| match &clue.versions {
            Versions::Ours(versions) | Versions::Theirs(versions) => {
                (clue.library, versions.clone())
            }
        })
        .collect()
}

#[test]
fn a_version_stands_behind_its_key() {
    let mut stream = Asm::new()
        .int(Opcode::Proto, 2)
        .pair(Opcode::Global, "sklearn.svm._classes", "SVC")
        .op(Opcode::EmptyTuple)
        .op(Opcode::NewObj)
        .op(Opcode::EmptyDict)
        .payload(Opcode::BinUnicode, "_sklearn_version")
        .int(Opcode::BinPut, 0)
        .payload(Opcode::BinUnicode, "1.3.2\x1b[31m")
        .int(Opcode::BinPut, 1)
        .op(Opcode::SetItem)
        .op(Opcode::Build)
        .stop();
    let found = clues(&stream);
    assert!(
        said(&found).contains(&("scikit-learn", "1.3.2\x1b[31m".to_owned())),
        "{found:?}"
    );
    // A number behind it is no version.
    stream = Asm::new()
        .int(Opcode::Proto, 2)
        .pair(Opcode::Global, "sklearn.x", "y")
        .payload(Opcode::BinUnicode, "_sklearn_version")
        .int(Opcode::BinInt1, 1)
        .payload(Opcode::BinUnicode, "1.3.2")
        .stop();
    assert!(
        clues(&stream)
            .iter()
            .all(|clue| !matches!(clue.versions, Versions::Theirs(_)))
    );
}

/// What wrote the corpus is known: no clue contradicts it.
#[test]
fn the_corpus_betrays_who_wrote_it() {
    for (name, library, versions) in [
        ("numpy1-p2.pkl", "numpy", "older than 2.0"),
        ("numpy2-p5.pkl", "numpy", "2.0 or newer"),
        ("pandas3-frames-p5.pkl", "pandas", "3.0"),
        ("pandas024-frames-p2.pkl", "pandas", "0.20 to 2.3"),
        (
            "dill-closure-py313-p4.pkl",
            "dill",
            "0.3.6 or newer, on Python 3.11 or newer",
        ),
        ("squared.pkl", "dill", "0.2.4 or older"),
        ("paths-py313-p4.pkl", "Python", "3.13"),
        ("strings-py27-p2.pkl", "Python", "2"),
    ] {
        let found = said(&clues(&read(name)));
        assert!(
            found.contains(&(library, versions.to_owned())),
            "{name}: {found:?}"
        );
    }
    let pandas024 = said(&clues(&read("pandas024-frames-p2.pkl")));
    assert!(
        !pandas024
            .iter()
            .any(|(_, versions)| versions.starts_with("1.3")),
        "{pandas024:?}"
    );
    let pandas1 = said(&clues(&read("pandas1-indexes-p4.pkl")));
    assert!(
        pandas1
            .iter()
            .all(|(library, versions)| *library != "pandas" || !versions.starts_with('2')),
        "{pandas1:?}"
    );
}

#[test]
fn torch_is_told_what_it_refuses() {
    let of = |bytes: &[u8]| {
        let mut found = None;
        each(bytes, None, |needs| found = weights(needs));
        found
    };
    assert!(of(&read("everyday-p2.pkl")).is_none(), "nothing of torch");
    let saved = of(&read("torch2-saved-p2.pkl")).expect("it is torch's");
    assert!(saved.since.is_some() && saved.refused.is_empty() && saved.obstacles.is_empty());
    let module = of(&read("torch2-module-p2.pkl")).expect("so is this");
    let refused: Vec<_> = module.refused.iter().map(|own| own.name.as_str()).collect();
    assert_eq!(refused, ["Linear"]);
    assert!(module.obstacles.is_empty());
    assert_eq!(
        module.lines(),
        [
            "import torch",
            "import torch.nn.modules.linear",
            "torch.serialization.add_safe_globals([",
            "    torch.nn.modules.linear.Linear,",
            "])"
        ]
    );
    let protocol4 = of(&read("torch-state-dict-p4.pkl")).expect("and this");
    let unknown = |opcode| {
        protocol4
            .obstacles
            .iter()
            .any(|own| own.what == What::Opcode(opcode))
    };
    assert!(unknown(Opcode::StackGlobal) && unknown(Opcode::Memoize));
    // `os.system` is refused whatever is allowed, and no line allows it.
    let stream = b"\x80\x02ctorch\nSize\ncposix\nsystem\nX\x02\x00\x00\x00ls\x85R.";
    let blocked = of(stream).expect("a name of torch");
    assert_eq!(blocked.obstacles[0].what, What::Blocked);
    assert!(blocked.lines().is_empty() && blocked.since.is_none());
    // What would open the file to any code is told, and no line allows it.
    let names = [
        "ctorch.storage\n_load_from_bytes\n",
        "c__builtin__\ngetattr\n",
        "c__builtin__\neval\n",
        "csubprocess\nPopen\n",
        "cfunctools\npartial\n",
        "cnumpy.testing\nos.system\n",
        "csix.moves.builtins\nexec\n",
        "cdill._dill\n_create_function\n",
        "ctorch.fx.graph_module\nreduce_graph_module\n",
        "cio\nFileIO\n",
        "cos.path\nexists\n",
    ];
    let stream = format!("(ctorch\nSize\n{}t.", names.concat());
    let harmful = of(stream.as_bytes()).expect("names of torch");
    assert_eq!(harmful.refused.len(), names.len());
    for refused in &harmful.refused {
        assert!(refused.harm.is_some(), "{refused:?}");
    }
    assert!(harmful.lines().is_empty(), "{:?}", harmful.lines());
    assert!(harmful.advice().is_some());
    let stream = b"(ctorch\nSize\ncargparse\nNamespace\nc__builtin__\ngetattr\nc__main__\nNet\nt.";
    let lines = of(stream).expect("names of torch").lines();
    assert_eq!(
        lines,
        [
            "import torch",
            "import __main__",
            "import argparse",
            "torch.serialization.add_safe_globals([",
            "    argparse.Namespace,",
            "    __main__.Net,",
            "])"
        ]
    );
    // A name that isn't one in Python gets into no line.
    let stream = b"\x80\x02ctorch\nSize\nca]); import os; (b\nc\n.";
    let odd = of(stream).expect("a name of torch");
    assert_eq!((odd.refused.len(), odd.lines().len()), (1, 0));
}
