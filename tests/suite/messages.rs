//! Errors that real interpreters raised, and what is made of them: `tools/messages.py` writes the facts.

use std::collections::BTreeSet;

use pickscope::{
    lookup::{
        causes,
        explain::explain_message,
        message::{Level, Message, Unknown, find, templates, text},
    },
    python::{Python, Pythons},
    report::explain::{of_message, of_name, with_message},
};

use crate::clock::timed;

const FACTS: &str = include_str!("../facts/messages.tsv");
const TRACEBACKS: &str = include_str!("../facts/messages.txt");

/// An error of some interpreters.
struct Fact {
    pythons: Pythons,
    implementation: &'static str,
    stage: &'static str,
    case: &'static str,
    template: &'static str,
    cause: &'static str,
    exception: &'static str,
    message: String,
    notes: Vec<&'static str>,
}

fn facts() -> Vec<Fact> {
    FACTS
        .lines()
        .map(|line| {
            let cells: Vec<&str> = line.split('\t').collect();
            let [
                mask,
                implementation,
                stage,
                case,
                template,
                cause,
                exception,
                message,
                notes,
            ] = cells[..]
            else {
                panic!("nine columns: {line}");
            };
            Fact {
                pythons: Pythons::from_mask(u16::from_str_radix(mask, 16).expect("a mask")),
                implementation,
                stage,
                case,
                template,
                cause,
                exception,
                message: message
                    .replace("\\\\", "\0")
                    .replace("\\n", "\n")
                    .replace("\\r", "\r")
                    .replace("\\t", "\t")
                    .replace('\0', "\\"),
                notes: notes.split("; ").filter(|note| !note.is_empty()).collect(),
            }
        })
        .collect()
}

impl Fact {
    /// What the method of pickle.py that raises is called.
    fn saves_or_loads(&self) -> &'static str {
        match self.stage {
            "dump" => "save_global",
            _ => "load_global",
        }
    }

    fn last_line(&self) -> String {
        match self.message.as_str() {
            "" => self.exception.to_owned(),
            message => format!("{}: {message}", self.exception),
        }
    }

    fn traceback(&self) -> String {
        let notes: String = self.notes.iter().map(|note| format!("\n{note}")).collect();
        format!(
            "Traceback (most recent call last):\n  File \"job.py\", line 3, in <module>\n    pickle.{}s(obj)\n{}{notes}\n",
            self.stage,
            self.last_line()
        )
    }

    /// What is wrong with what is made of a text that has it.
    fn wrong(&self, text: &str) -> Option<String> {
        let found = find(text);
        let message = match &found {
            Ok(message) => message,
            Err(why) => return Some(format!("{why:?}")),
        };
        let cause = explain_message(message, Pythons::ALL).cause.id;
        (message.template.id != self.template || cause != self.cause)
            .then(|| format!("{} {cause}", message.template.id))
    }
}

/// Every message is recognised, and its cause is found, in a traceback and in what programs make of one.
#[test]
fn messages_of_interpreters() {
    let all = facts();
    assert!(all.len() > 150, "{}", all.len());
    let mut wrong = Vec::new();
    for fact in &all {
        let plain = fact.traceback();
        let each = |before: &str| -> String {
            plain
                .lines()
                .map(|line| format!("{before}{line}\n"))
                .collect()
        };
        // Libraries' frames show the source that raises, on lines of its own since 3.13.
        let of_library = plain.replace(
            "pickle.",
            "pickle.x()\n  File \"/home/me/py/copy_reg.py\", line 70, in _reduce_ex\n    raise TypeError, \"can't pickle %s objects\" % base.__name__\n  File \"/home/me/py/pickle.py\", line 1086, in save_global\n    raise PicklingError(\n        \"Can't pickle %r: it's not found as %s.%s\" %\n        (obj, module_name, name)) from None\n    raise PicklingError(f\"Can't pickle {obj!r}: it's not found as {module}.{name}\")\n    raise TypeError(\"cannot pickle 'generator' object\")\n  File \"job.py\", line 4, in f\n    pickle.",
        );
        let of_library = of_library.replace("save_global", fact.saves_or_loads());
        let dressed = [
            plain.clone(),
            of_library.clone(),
            of_library.replace('\n', "\n[rank0]: "),
            plain.replace('\n', "\r\n"),
            each("> "),
            each("  | "),
            each("[rank0]: "),
            each("2026-11-21 10:00:00,123 ERROR app: "),
            each("    "),
            plain.replace(
                fact.exception,
                &format!("\x1b[0;31m{}\x1b[0m", fact.exception),
            ),
            format!("a log\nValueError: something else\n{plain}and more of it\n"),
            plain.replace(&fact.last_line(), &format!("_pickle.{}", fact.last_line())),
        ];
        for (number, dressed) in dressed.iter().enumerate() {
            // A message of two lines is found by its first, wherever it is.
            let cleaned = text(dressed.as_bytes()).expect("it is text");
            if let Some(said) = fact.wrong(&cleaned) {
                wrong.push(format!(
                    "{} {} ({}), form {number}: {} | {} {}, not {said}",
                    fact.case,
                    fact.implementation,
                    fact.pythons,
                    fact.last_line(),
                    fact.template,
                    fact.cause
                ));
                break;
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of {}:\n{}",
        wrong.len(),
        all.len(),
        wrong.join("\n")
    );
}

/// A wording is said to be of the Pythons that said it, at least.
#[test]
fn wordings_have_their_pythons() {
    let mut wrong = Vec::new();
    for fact in facts() {
        let traceback = fact.traceback();
        let Ok(message) = find(&traceback) else {
            continue;
        };
        let own = message.template;
        let says = own.implementation == "any"
            || fact.implementation == own.implementation
            || fact.implementation == "mp";
        if !fact.pythons.without(own.pythons).is_empty() || !says {
            wrong.push(format!(
                "{}: {} {} | {} {}",
                own.id,
                fact.pythons,
                fact.implementation,
                own.pythons,
                fact.last_line()
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Messages that nobody else says need nothing around them.
#[test]
fn messages_alone() {
    for fact in facts() {
        for bare in [fact.last_line(), fact.message.clone()] {
            let Ok(message) = find(&bare) else { continue };
            assert!(
                bare != fact.message || message.template.level != Level::Near,
                "{bare}"
            );
            let cause = explain_message(&message, Pythons::ALL).cause.id;
            if message.template.id == fact.template && message.template.level == Level::Own {
                assert_eq!(cause, fact.cause, "{bare}");
            }
        }
    }
    let own = facts().into_iter().filter(|fact| {
        templates().any(|own| own.id == fact.template && own.level == Level::Own)
            && !fact.message.is_empty()
    });
    for fact in own {
        let found = find(&fact.message).map(|message| message.template.id);
        assert!(
            found.is_ok() || !fact.traceback().contains("pickle "),
            "{}",
            fact.message
        );
    }
}

#[test]
fn every_wording_has_a_cause() {
    let known: BTreeSet<&str> = causes::ids().collect();
    let lacking: BTreeSet<&str> = templates()
        .map(|template| template.cause)
        .filter(|cause| !known.contains(cause))
        .collect();
    assert!(lacking.is_empty(), "{lacking:?}");
    let ids: BTreeSet<&str> = templates().map(|template| template.id).collect();
    assert!(ids.len() >= 126, "{}", ids.len());
}

/// What a message says beside its cause narrows the Pythons that it can be from.
#[test]
fn pythons_are_narrowed() {
    let pythons = |text: &str| find(text).expect("a message").pythons();
    assert_eq!(
        pythons("unsupported pickle protocol: 5"),
        Pythons::PY2.or(Pythons::until(7))
    );
    assert_eq!(pythons("unsupported pickle protocol: 9"), Pythons::ALL);
    assert_eq!(pythons("pickle protocol must be <= 2"), Pythons::PY2);
    let of_path = "Traceback (most recent call last):\n  File \"/usr/lib/python3.10/pickle.py\", line 1\nTypeError: cannot pickle 'generator' object";
    assert_eq!(pythons(of_path).to_string(), "3.10");
    let of_others = of_path.replace("3.10", "3.6");
    assert_eq!(pythons(&of_others), Pythons::since(8));
}

/// Whole tracebacks, as they were printed.
#[test]
fn tracebacks_of_interpreters() {
    let mut met = 0;
    for section in TRACEBACKS.split("=== ").skip(1) {
        let (head, traceback) = section.split_once('\n').expect("a heading");
        let [name, python, cause] = head.split('\t').collect::<Vec<_>>()[..] else {
            panic!("three columns: {head}");
        };
        let message = find(traceback).unwrap_or_else(|why| panic!("{name}: {why:?}"));
        let explained = explain_message(&message, Pythons::ALL);
        assert_eq!(explained.cause.id, cause, "{name}: {}", message.text);
        let python: Python = python.parse().expect("a version");
        assert!(
            message.pythons().has(python),
            "{name}: {}",
            message.pythons()
        );
        let path = traceback.contains("/usr/lib/python");
        assert!(
            !path || message.pythons().iter().count() == 1,
            "{name}: {}",
            message.pythons()
        );
        met += 1;
    }
    assert!(met >= 10, "{met}");
}

/// A method of Python 2.7 has one cause, whoever tells of it.
#[test]
fn methods_of_python_2() {
    let traceback = TRACEBACKS
        .split("=== ")
        .find(|section| section.starts_with("Pool.map of a method"))
        .expect("it was provoked");
    let message = find(traceback).expect("it is recognised");
    let id = "bound-method-python-2";
    let explanation = of_message(&message, None);
    assert_eq!(explanation.explained.cause.id, id);
    assert_eq!(explanation.about, Pythons::PY2);
    assert_eq!(
        of_name("__builtin__", "instancemethod", Pythons::ALL)
            .explained
            .cause
            .id,
        id
    );
    for same in [
        "can't pickle instancemethod objects",
        "Can't pickle <type 'instancemethod'>: it's not found as __builtin__.instancemethod",
    ] {
        let message = find(same).expect("it is recognised");
        assert_eq!(
            explain_message(&message, Pythons::ALL).cause.id,
            id,
            "{same}"
        );
    }
}

fn parts<'m>(message: &'m Message<'_>) -> Vec<(&'static str, &'m str)> {
    let parts = message.parts.iter();
    parts.map(|(place, text)| (*place, text.as_ref())).collect()
}

#[test]
fn parts_are_taken_out() {
    let message = find("AttributeError: Can't get attribute 'A.b' on <module 'm' from '/x/m.py'>")
        .expect("a message");
    assert_eq!(
        parts(&message),
        [("name", "A.b"), ("module", "m"), ("path", "/x/m.py")]
    );
    let message = find("ModuleNotFoundError: No module named 'os\\r'").expect("a message");
    assert_eq!(parts(&message), [("module", "os\r")]);
    let many_lines = "PicklingError: Can't pickle [1,\n 2]: attribute lookup x on y failed";
    let message = find(many_lines).expect("a message");
    assert_eq!(
        parts(&message),
        [("obj", "[1,\n 2]"), ("name", "x"), ("module", "y")]
    );
}

/// What went before is the reason of what comes after, and notes tell where.
#[test]
fn chains_and_notes() {
    let text = "Traceback (most recent call last):\n  File \"a.py\", line 1, in <module>\n    pickle.dumps(x)\nAttributeError: module '__main__' has no attribute 'Gone'\n\nThe above exception was the direct cause of the following exception:\n\nTraceback (most recent call last):\n  File \"a.py\", line 1, in <module>\n    pickle.dumps(x)\n_pickle.PicklingError: Can't pickle <class '__main__.Gone'>: it's not found as __main__.Gone\nwhen serializing dict item 'k'\nwhen serializing Holder state\nwhen serializing Holder object\n";
    let message = find(text).expect("a message");
    assert_eq!(message.template.id, "dump.py.notfound");
    assert_eq!(message.line, 11);
    assert_eq!(
        message.notes,
        ["dict item 'k'", "Holder state", "Holder object"]
    );
    assert_eq!(message.others, 0);

    let text = "multiprocessing.pool.MaybeEncodingError: Error sending result: '[1]'. Reason: 'TypeError(\"cannot pickle '_thread.lock' object\")'";
    let message = find(text).expect("a message");
    assert_eq!(message.template.id, "dump.38.cannot");
    assert_eq!(message.exception, Some("TypeError"));
    assert_eq!(message.within, Some("MaybeEncodingError"));
    let torch = "UnpicklingError: Weights only load failed. This file can still be loaded\n\tWeightsUnpickler error: Unsupported global: GLOBAL a.b.Net was not an allowed global by default.";
    let message = find(torch).expect("a message");
    assert_eq!(message.part("dotted"), Some("a.b.Net"));
    // It is refused before it is looked up, wherever it is.
    for name in ["a.b.Net", "argparse.Namespace", "builtins.getattr"] {
        let torch = torch.replace("a.b.Net", name);
        let message = find(&torch).expect("a message");
        let explained = explain_message(&message, Pythons::ALL);
        assert_eq!(explained.cause.id, "torch-weights-only", "{name}");
        let (module, name) = name.rsplit_once('.').expect("it has a dot");
        assert_eq!(explained.parts.get("module"), Some(module));
        assert_eq!(explained.parts.get("name"), Some(name));
    }
    let message = find("MaybeEncodingError: Error sending result: '[1]'. Reason: 'Odd()'")
        .expect("a message");
    assert_eq!(message.template.id, "mp.maybeencoding");
    assert_eq!(message.part("reason"), Some("Odd()"));
}

/// Of one chain, what pickle itself says counts; what is not of it stays first.
#[test]
fn pickles_own_error_of_a_chain() {
    let slots =
        "TypeError: a class that defines __slots__ without defining __getstate__ cannot be pickled";
    let first = "Traceback (most recent call last):\n  File \"/usr/lib/python3.6/copyreg.py\", line 69, in _reduce_ex\n    getstate = self.__getstate__\nAttributeError: 'S' object has no attribute '__getstate__'\n";
    let second = format!(
        "Traceback (most recent call last):\n  File \"job.py\", line 38, in <module>\n    pickle.dumps(o)\n{slots}\n"
    );
    let chained = format!(
        "{first}\nDuring handling of the above exception, another exception occurred:\n\n{second}"
    );
    let cause = |text: &str| {
        let message = find(text).expect("a message");
        explain_message(&message, Pythons::ALL).cause.id
    };
    assert_eq!(cause(&chained), "slots-old-protocol");
    assert_eq!(cause(&format!("{first}{second}")), "state-mismatch");
    let key = "Traceback (most recent call last):\n  File \"pickle.py\", line 1, in save\nKeyError: \"x\"\n\nDuring handling of the above exception, another exception occurred:\n\nTraceback (most recent call last):\n  File \"job.py\", line 3, in <module>\n    pickle.dumps(o)\n_pickle.PicklingError: Can't pickle <function f at 0x7f0000000000>: it's not the same object as __main__.f\n";
    assert_eq!(
        find(key).expect("a message").exception,
        Some("PicklingError")
    );
}

/// What decides where the wording alone doesn't.
#[test]
fn names_decide() {
    for (text, cause) in [
        (
            "TypeError: E.__init__() missing 1 required positional argument: 'b'",
            "exception-cannot-be-rebuilt",
        ),
        (
            "TypeError: __init__() missing 1 required positional argument: 'b'",
            "exception-cannot-be-rebuilt",
        ),
        (
            "TypeError: E.__new__() missing 1 required positional argument: 'b'",
            "constructor-mismatch",
        ),
        (
            "ModuleNotFoundError: No module named '__mp_main__'",
            "main-module",
        ),
        ("ImportError: No module named __mp_main__", "main-module"),
        ("ImportError: No module named copy_reg", "carriage-return"),
        (
            "ImportError: No module named copy_reg\r\n",
            "carriage-return",
        ),
        ("ImportError: No module named zlib", "depends-on-build"),
        (
            "ModuleNotFoundError: No module named 'zlib'",
            "depends-on-build",
        ),
        (
            "AttributeError: 'module' object has no attribute '__main__'",
            "dill-main",
        ),
        (
            "AttributeError: 'module' object has no attribute 'Model'",
            "main-module",
        ),
        (
            "TypeError: argument must have 'read' and 'readline' attributes",
            "api-misuse",
        ),
        (
            "TypeError: loads() argument 1 must be string, not unicode",
            "api-misuse",
        ),
    ] {
        let message = find(text).unwrap_or_else(|why| panic!("{text}: {why:?}"));
        assert_eq!(
            explain_message(&message, Pythons::ALL).cause.id,
            cause,
            "{text}"
        );
    }
    // pandas 1.5.3 wrote an Index, a Series and a DataFrame; pandas 2.2.3 loads all three with this mapping.
    let message =
        find("ModuleNotFoundError: No module named 'pandas.core.indexes.numeric'").expect("one");
    let explained = explain_message(&message, Pythons::ALL);
    assert_eq!(explained.cause.id, "library-moved");
    let parts = ["module", "instead_module", "instead_name"].map(|part| explained.parts.get(part));
    assert_eq!(
        parts,
        [
            Some("pandas.core.indexes.numeric"),
            Some("pandas.core.indexes.base"),
            Some("Index")
        ]
    );
    let message = find("ImportError: No module named copy_reg").expect("a message");
    let explained = explain_message(&message, Pythons::ALL);
    assert_eq!(explained.parts.get("near_module"), Some("copy_reg"));
}

/// Modules that only a pickle asks for need no frame that says pickle.
#[test]
fn modules_that_tell() {
    let traceback = |module: &str| {
        format!(
            "Traceback (most recent call last):\n  File \"job.py\", line 3, in <module>\n    m = pc.loads(b)\nModuleNotFoundError: No module named '{module}'\n"
        )
    };
    for module in ["copy_reg\\r", "__mp_main__"] {
        assert!(find(&traceback(module)).is_ok(), "{module}");
    }
    assert!(matches!(
        find(&traceback("numpy")),
        Err(Unknown::Anyones(_))
    ));
}

#[test]
fn what_isnt_pickles_is_refused() {
    assert_eq!(find("").err(), Some(Unknown::Empty));
    assert_eq!(find(" \n").err(), Some(Unknown::Empty));
    for other in [
        "ZeroDivisionError: division by zero",
        "hello world",
        "error: cannot borrow `x` as mutable",
        "EOFError is what pickle raises",
    ] {
        assert_eq!(find(other).err(), Some(Unknown::NoError), "{other}");
    }
    for anyones in [
        "KeyError: 'x'",
        "IndexError: pop from empty list",
        "Traceback (most recent call last):\n  File \"a.py\", line 1, in f\n    g()\nAttributeError: 'A' object has no attribute 'b'",
        "Traceback (most recent call last):\n  File \"a.py\", line 1, in f\n    import x\nModuleNotFoundError: No module named 'x'",
    ] {
        assert!(
            matches!(find(anyones), Err(Unknown::Anyones(_))),
            "{anyones}"
        );
    }
}

#[test]
fn a_json_log_is_unfolded() {
    let log = r#"{"level":"error","exc":"Traceback (most recent call last):\n  File \"a.py\", line 1\n    pickle.load(f)\nIndexError: pop from empty list\n"}"#;
    let cause = with_message(log, |found| {
        let message = found.expect("a message");
        explain_message(&message, Pythons::ALL).cause.id
    });
    assert_eq!(cause, "corrupted");
    for error in [
        "TypeError: cannot pickle '_thread.lock' object",
        "_pickle.PicklingError: Can't pickle <class 'm.K'>: it's not found as m.K",
    ] {
        let log = format!(
            r#"{{"exc":"Traceback (most recent call last):\n  File \"a.py\", line 1\n    pickle.dumps(f)\n{error}\n"}}"#
        );
        let (exception, said) = with_message(&log, |found| {
            let message = found.expect("a message");
            (
                message.exception.map(str::to_owned),
                message.text.to_owned(),
            )
        });
        let own = error
            .split(": ")
            .next()
            .and_then(|name| name.rsplit('.').next());
        assert_eq!(exception.as_deref(), own);
        assert!(error.ends_with(&said), "{said}");
    }
}

/// Logs of 10 MB, friendly and hostile, take time linear in their length.
#[test]
fn long_logs() {
    let error = "TypeError: cannot pickle '_thread.lock' object\n";
    let lines = [
        "2026-11-21 10:00:00 INFO app: nothing to see here, move along, 12345\n",
        "KeyError: 'x'\n",
        "pickle.load(f)\nValueError: x is not a valid y z\n",
        "]: attribute lookup x on y failed\n",
        "Can't pickle ",
        "has no attribute '' object has no attribute ",
        "AttributeError: 'a' object has no attribute 'b' ",
        "Error sending result: '",
        "x",
        "\n",
        "\\n",
        "\x1b[",
        "Traceback (most recent call last):\n",
    ];
    for line in lines {
        let took = |length: usize| {
            let mut log = line.repeat(length / line.len());
            log.push('\n');
            log.push_str(error);
            let (found, took) = timed(|| {
                let cleaned = text(log.as_bytes()).expect("it is text");
                with_message(&cleaned, |found| {
                    found.map(|found| found.template.id).is_ok()
                })
            });
            assert!(found, "{line:?}");
            took
        };
        let _ = took(1 << 16);
        let (short, long) = (took(2 << 20), took(10 << 20));
        // Tests run beside others, without all optimisations.
        assert!(
            long < short * 15 + std::time::Duration::from_millis(300),
            "{line:?}: {short:?} and {long:?}"
        );
    }
}

/// No text makes it panic.
#[test]
fn odd_texts() {
    let all = facts();
    let mut seed = 1_u64;
    let mut next = move |below: usize| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (seed >> 33) as usize % below
    };
    for _ in 0..20_000 {
        let mut bytes = Vec::new();
        for _ in 0..next(6) {
            let of = all[next(all.len())].traceback();
            let (from, to) = (next(of.len()), next(of.len()));
            bytes.extend(of.as_bytes().get(from..to).unwrap_or(of.as_bytes()));
            for _ in 0..next(4) {
                bytes.push(next(256) as u8);
            }
        }
        if let Ok(text) = text(&bytes) {
            with_message(&text, |found| {
                if let Ok(message) = found {
                    let explanation = of_message(&message, None);
                    assert!(!explanation.explained.cause.id.is_empty(), "{text}");
                }
            });
        }
    }
}
