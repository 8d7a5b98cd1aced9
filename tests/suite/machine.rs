//! What the machine and the reader make of a stream, one behaviour a test. `unpicklers.rs` holds them to real unpicklers.

use std::time::Duration;

use pickscope::{
    machine::{
        effect::EffectKind,
        lookup::{Lookup, Target},
    },
    opcode::Opcode,
    pickles,
    reader::{Pickle, Reader, Readers, Reading},
};

use crate::{asm::Asm, clock::timed};

fn asm() -> Asm {
    Asm::new().int(Opcode::Proto, 4)
}

fn read(stream: &[u8]) -> Pickle<'_> {
    let mut reader = Reader::new(stream, 0);
    while reader.advance() {}
    reader.finish()
}

/// The names that are looked up, `?` for what the stream doesn't decide; with the readers where not all do.
fn names(stream: &[u8]) -> Vec<String> {
    let part = |part: &Option<pickscope::machine::lookup::Name<'_>>| {
        part.as_ref()
            .map_or_else(|| "?".to_owned(), |part| part.text().into_owned())
    };
    let one = |(lookup, readers): &(Lookup<'_>, Readers)| {
        let name = match &lookup.target {
            Target::Name { module, name } => format!("{}.{}", part(module), part(name)),
            Target::Extension(code) => format!("extension {code}"),
            Target::Persistent(id) => format!("persistent {}", part(id)),
            Target::Nested => "nested".to_owned(),
        };
        if readers.are_all() {
            name
        } else {
            format!(
                "{name} by {}",
                readers.names().collect::<Vec<_>>().join(" ")
            )
        }
    };
    read(stream).lookups.iter().map(one).collect()
}

fn text(asm: Asm, text: &str) -> Asm {
    asm.payload(Opcode::ShortBinUnicode, text)
}

#[test]
fn names_come_from_the_stack_and_not_from_what_stands_before() {
    let between = text(text(asm(), "collections"), "OrderedDict");
    let between = text(between, "decoy")
        .op(Opcode::Pop)
        .op(Opcode::StackGlobal);
    assert_eq!(names(&between.stop()), ["collections.OrderedDict"]);
    // A mark that is popped, and a string that is duplicated.
    let twice = text(asm(), "array")
        .op(Opcode::Mark)
        .op(Opcode::PopMark)
        .op(Opcode::Dup);
    assert_eq!(
        names(&twice.op(Opcode::StackGlobal).stop()),
        ["array.array"]
    );
}

#[test]
fn put_keeps_the_top_whatever_came_last() {
    let stream = text(asm(), "builtins");
    let stream = text(stream, "junk").int(Opcode::BinPut, 0).op(Opcode::Pop);
    // The top is `builtins` again.
    let stream = text(stream.int(Opcode::BinPut, 1), "len")
        .op(Opcode::StackGlobal)
        .op(Opcode::Pop);
    let stream = stream
        .int(Opcode::BinGet, 1)
        .int(Opcode::BinGet, 0)
        .op(Opcode::StackGlobal);
    assert_eq!(names(&stream.stop()), ["builtins.len", "builtins.junk"]);
}

#[test]
fn memoize_takes_the_number_of_entries_for_its_index() {
    // Index 5 is taken, so that the next is 1.
    let stream = text(text(asm(), "a").int(Opcode::BinPut, 5), "b").op(Opcode::Memoize);
    let stream = stream
        .int(Opcode::BinGet, 5)
        .int(Opcode::BinGet, 1)
        .op(Opcode::StackGlobal);
    assert_eq!(names(&stream.stop()), ["a.b"]);
}

#[test]
fn a_sparse_index_costs_nothing() {
    let stream = asm()
        .op(Opcode::None)
        .int(Opcode::LongBinPut, 0xffff_ffff)
        .stop();
    // C alone would allocate for it, and fails.
    assert_eq!(read(&stream).reading, Reading::Ambiguous);
    // A row up to this index takes 512 MB, and a tenth of a second and more.
    let stream = asm()
        .op(Opcode::None)
        .int(Opcode::LongBinPut, (1 << 26) - 1)
        .stop();
    let ((), took) = timed(|| {
        for _ in 0..1000 {
            assert_eq!(read(&stream).reading, Reading::Complete);
        }
    });
    assert!(took < Duration::from_secs(5), "{took:?}");
}

#[test]
fn what_a_call_makes_is_no_constant() {
    let module = text(asm(), "collections");
    let computed = module
        .pair(Opcode::Global, "builtins", "str")
        .op(Opcode::EmptyTuple)
        .op(Opcode::Reduce);
    assert_eq!(
        names(&computed.op(Opcode::StackGlobal).stop()),
        ["builtins.str", "collections.?"]
    );
    // Bytes are none either, and every loader refuses them.
    let bytes = text(asm(), "builtins")
        .payload(Opcode::ShortBinBytes, "len")
        .op(Opcode::StackGlobal)
        .stop();
    assert_eq!(
        (names(&bytes), read(&bytes).reading),
        (vec![], Reading::Incomplete)
    );
}

#[test]
fn a_frame_that_a_name_crosses_has_two_readings() {
    let stream = asm()
        .int(Opcode::Frame, 5)
        .pair(Opcode::Global, "not_builtins", "len")
        .stop();
    assert_eq!(
        names(&stream),
        ["not_builtins.len by c-bytes", "builtins.len by c-file"],
        "the frame ends in the first line"
    );
    assert_eq!(read(&stream).reading, Reading::Ambiguous);
}

#[test]
fn python_takes_a_line_without_an_end_for_a_line() {
    let stream = Asm::new().raw("ccollections\nOrderedDict").bytes();
    assert_eq!(names(&stream), ["collections.OrderedDic by python python2"]);
    assert_eq!(read(&stream).reading, Reading::Incomplete);
}

#[test]
fn python_2_tells_00_from_0_in_the_memo() {
    let stream = Asm::new()
        .line(Opcode::String, "'a'")
        .line(Opcode::Put, "00")
        .op(Opcode::Pop)
        .line(Opcode::String, "'b'")
        .line(Opcode::Put, "0")
        .line(Opcode::Get, "00")
        .op(Opcode::BinPersId)
        .stop();
    assert_eq!(names(&stream), ["persistent b", "persistent a by python2"]);
    assert_eq!(read(&stream).reading, Reading::Complete);
}

#[test]
fn c_wants_a_tuple_and_python_takes_a_list() {
    let call = |arguments: Opcode| {
        let stream = asm()
            .pair(Opcode::Global, "builtins", "list")
            .op(arguments)
            .op(Opcode::Reduce)
            .stop();
        read(&stream).reading
    };
    assert_eq!(call(Opcode::EmptyTuple), Reading::Complete);
    assert_eq!(call(Opcode::EmptyList), Reading::Ambiguous);
    assert_eq!(call(Opcode::None), Reading::Incomplete);
}

#[test]
fn effects_stay_when_the_result_is_dropped() {
    let stream = asm()
        .op(Opcode::Mark)
        .pair(Opcode::Global, "builtins", "print")
        .op(Opcode::Obj)
        .op(Opcode::Pop)
        .pair(Opcode::Global, "sys", "path")
        .op(Opcode::None)
        .op(Opcode::Append)
        .op(Opcode::EmptyDict)
        .op(Opcode::Build)
        .stop();
    let kinds: Vec<_> = read(&stream)
        .effects()
        .map(|done| done.effect.kind())
        .collect();
    use EffectKind::{Append, Call, Import, State};
    assert_eq!(kinds, [Import, Call, Import, Append, State]);
}

#[test]
fn filling_the_streams_own_containers_is_no_effect() {
    let stream = asm()
        .op(Opcode::EmptyList)
        .op(Opcode::None)
        .op(Opcode::Append)
        .op(Opcode::EmptyDict)
        .op(Opcode::None)
        .op(Opcode::None)
        .op(Opcode::SetItem)
        .op(Opcode::Append)
        .stop();
    assert_eq!(read(&stream).effects().count(), 0);
}

#[test]
fn a_call_that_loads_a_pickle_is_told() {
    let loads = || asm().pair(Opcode::Global, "_pickle", "loads");
    let bytes = |asm: Asm| asm.payload(Opcode::ShortBinBytes, b"N.");
    let calls = [
        bytes(loads()).op(Opcode::Tuple1).op(Opcode::Reduce),
        bytes(loads()).op(Opcode::Tuple1).op(Opcode::NewObj),
        bytes(loads())
            .op(Opcode::Tuple1)
            .op(Opcode::EmptyDict)
            .op(Opcode::NewObjEx),
        bytes(
            asm()
                .op(Opcode::Mark)
                .pair(Opcode::Global, "_pickle", "loads"),
        )
        .op(Opcode::Obj),
        bytes(asm().op(Opcode::Mark)).pair(Opcode::Inst, "_pickle", "loads"),
    ];
    for call in calls {
        let stream = call.stop();
        assert_eq!(names(&stream), ["_pickle.loads", "nested"], "{stream:?}");
    }
    let called = |module: &str, name: &str| {
        let stream = text(text(asm(), module), name)
            .op(Opcode::StackGlobal)
            .op(Opcode::EmptyTuple)
            .op(Opcode::Reduce)
            .stop();
        names(&stream).len() == 2
    };
    for (module, name) in [
        ("cloudpickle.cloudpickle", "loads"),
        ("numpy.lib._npyio_impl", "load"),
        ("torch.storage", "_load_from_bytes"),
        // Reached through another module.
        ("pandas.io.pickle", "pickle.loads"),
    ] {
        assert!(called(module, name), "{module}.{name}");
    }
    // What marshal reads looks nothing up.
    assert!(!called("marshal", "loads") && !called("pickle", "dumps"));
}

#[test]
fn a_text_that_is_looked_up_often_is_there_once() {
    let stream = Asm::new()
        .line(Opcode::Unicode, "\\u0041bc")
        .line(Opcode::Put, "0")
        .op(Opcode::BinPersId)
        .line(Opcode::Get, "0")
        .op(Opcode::BinPersId)
        .stop();
    let pickle = read(&stream);
    let ids: Vec<&[u8]> = pickle
        .lookups
        .iter()
        .filter_map(|(lookup, _)| match &lookup.target {
            Target::Persistent(Some(id)) => Some(id.bytes()),
            _ => None,
        })
        .collect();
    assert_eq!(ids, [b"Abc", b"Abc"]);
    assert!(std::ptr::eq(ids[0], ids[1]));
}

/// What is done with each lookup of a stream's first pickle.
fn uses(stream: &[u8]) -> Vec<Vec<&'static str>> {
    let pickle = pickscope::pickles(stream).next().expect("it is a pickle");
    let uses = |lookup: &Lookup<'_>| lookup.uses.names().collect();
    pickle.lookups.iter().map(|(one, _)| uses(one)).collect()
}

#[test]
fn arguments_of_calls_are_known() {
    let partial = || {
        asm()
            .pair(Opcode::Global, "functools", "partial")
            .pair(Opcode::Global, "os", "system")
    };
    let reduce = partial().op(Opcode::Tuple1).op(Opcode::Reduce).stop();
    assert_eq!(uses(&reduce), [vec!["call"], vec!["argument"]]);
    // In a tuple in a tuple.
    let nested = partial().op(Opcode::Tuple1).op(Opcode::Tuple1);
    assert_eq!(
        uses(&nested.op(Opcode::Reduce).stop()),
        [vec!["call"], vec!["argument"]]
    );
    // By OBJ and INST they lie on the stack.
    let obj = asm()
        .op(Opcode::Mark)
        .pair(Opcode::Global, "functools", "partial")
        .pair(Opcode::Global, "os", "system")
        .op(Opcode::Obj)
        .stop();
    assert_eq!(uses(&obj), [vec!["instance"], vec!["argument"]]);
    let inst = asm()
        .op(Opcode::Mark)
        .int(Opcode::Ext1, 7)
        .pair(Opcode::Inst, "functools", "partial")
        .stop();
    assert_eq!(uses(&inst), [vec!["argument"], vec!["instance"]]);
    // What no call is given is held.
    let held = partial().op(Opcode::Tuple2).stop();
    assert_eq!(uses(&held), [vec![""; 0], vec![]]);
}

#[test]
fn bases_of_classes_are_known() {
    let class = |callee: (&str, &str), metaclass: bool| {
        let mut class = asm()
            .pair(Opcode::Global, callee.0, callee.1)
            .op(Opcode::Mark);
        if metaclass {
            class = class.pair(Opcode::Global, "builtins", "type");
        }
        text(class, "Name")
            .pair(Opcode::Global, "a", "Base")
            .op(Opcode::Tuple1)
            .op(Opcode::EmptyDict)
            .op(Opcode::Tuple)
            .op(Opcode::Reduce)
            .stop()
    };
    let plain = [vec!["call"], vec!["base", "argument"]];
    assert_eq!(uses(&class(("builtins", "type"), false)), plain);
    assert_eq!(uses(&class(("types", "new_class"), false)), plain);
    let with_metaclass = [vec!["call"], vec!["argument"], vec!["base", "argument"]];
    assert_eq!(
        uses(&class(("dill._dill", "_create_type"), true)),
        with_metaclass
    );
    let inst = text(asm().op(Opcode::Mark), "Name")
        .pair(Opcode::Global, "a", "Base")
        .op(Opcode::Tuple1)
        .op(Opcode::EmptyDict)
        .pair(Opcode::Inst, "builtins", "type")
        .stop();
    assert_eq!(uses(&inst), [vec!["base", "argument"], vec!["instance"]]);
    let cloudpickle = ("cloudpickle.cloudpickle", "_make_skeleton_class");
    assert_eq!(uses(&class(cloudpickle, true)), with_metaclass);
    assert_eq!(
        uses(&class(("a", "f"), false)),
        [vec!["call"], vec!["argument"]]
    );
}

#[test]
fn what_an_extension_code_or_an_id_stands_for_has_uses_too() {
    let stream = asm()
        .int(Opcode::Ext1, 7)
        .op(Opcode::EmptyTuple)
        .op(Opcode::Reduce)
        .op(Opcode::BinPersId)
        .op(Opcode::EmptyDict)
        .op(Opcode::Build)
        .stop();
    assert_eq!(uses(&stream), [vec!["call"], vec!["state"]]);
}

#[test]
fn what_is_wrong_stays_with_the_pickle() {
    let stream = b"\x80\x02h\x05.\x80\x02}h\x06.";
    let faults: Vec<Vec<u64>> = pickscope::pickles(stream)
        .map(|pickle| {
            pickle
                .faults
                .iter()
                .map(|trouble| trouble.offset())
                .collect()
        })
        .collect();
    assert_eq!(faults, [[2], [8]]);
    // So many are kept, and all are counted.
    let many = [&b"\x80\x02"[..], &b"h\x05".repeat(5_000), b"."].concat();
    let pickle = pickscope::pickles(&many)
        .next()
        .map(|pickle| (pickle.faults.len(), pickle.more_faults))
        .expect("it is a pickle");
    assert_eq!(pickle, (pickscope::limits::TROUBLES, 4_000));
}

#[test]
fn a_protocol_says_which_python_reads_it() {
    let since = |stream: &[u8]| read(stream).since();
    assert_eq!(since(b"\x80\x02N."), None);
    assert_eq!(since(b"\x80\x05N."), Some("3.8"));
    // Whatever PROTO says.
    assert_eq!(since(b"\x80\x02\x8c\x01a."), Some("3.4"));
}

#[test]
fn uses_are_noted_at_the_lookup() {
    let stream = asm()
        .pair(Opcode::Global, "a", "f")
        .int(Opcode::BinPut, 0)
        .op(Opcode::EmptyTuple)
        .op(Opcode::Reduce)
        .int(Opcode::BinGet, 0)
        .op(Opcode::EmptyTuple)
        .op(Opcode::NewObj)
        .stop();
    let pickle = read(&stream);
    let (lookup, _) = &pickle.lookups[0];
    assert_eq!(
        lookup.uses.names().collect::<Vec<_>>(),
        ["call", "instance"]
    );
}

/// What is done beside importing: kind and name, or kind of value; with the readers where not all do.
fn done(stream: &[u8]) -> Vec<String> {
    let pickle = read(stream);
    let effects = pickle.effects().filter(|done| {
        // An import has the name that its lookup has.
        done.effect.kind() != EffectKind::Import
    });
    effects
        .map(|done| {
            let on = match done.found.map(|lookup| &lookup.target) {
                Some(Target::Name {
                    module: Some(module),
                    name: Some(name),
                }) => format!("{}.{}", module.text(), name.text()),
                _ => done.effect.subject().kind().name().to_owned(),
            };
            let what = format!("{} {on}", done.effect.kind().name());
            if done.readers.are_all() {
                what
            } else {
                format!(
                    "{what} by {}",
                    done.readers.names().collect::<Vec<_>>().join(" ")
                )
            }
        })
        .collect()
}

#[test]
fn a_call_that_only_python_makes_is_told() {
    // Run: both pickle.py call it with the list's items, of which there are none; both in C refuse.
    let stream = b"cos\nsystem\n]R.";
    assert_eq!(done(stream), ["call os.system by python python2"]);
    let pickle = read(stream);
    let (lookup, _) = &pickle.lookups[0];
    assert_eq!(lookup.uses.names().collect::<Vec<_>>(), ["call"]);
    // C refuses the frame's length and so does nothing at all.
    let stream = b"\x80\x04\x95\xff\0\0\0\0\0\0\0cos\nsystem\nVx\n\x85R.";
    assert_eq!(done(stream), ["call os.system by python"]);
    // What one reader found has another number than what another did.
    let stream = b"\x95\x05\0\0\0\0\0\0\0cnot_a\nf\n)Rcb\ng\n)R.";
    assert_eq!(
        done(stream),
        [
            "call not_a.f by c-bytes",
            "call a.f by c-file",
            "call b.g by c-bytes c-file"
        ]
    );
}

#[test]
fn what_comes_after_a_failure_is_no_use() {
    // Every loader fails at the first call.
    let pickle = read(b"cos\nsystem\n2NR0Vx\n\x85R.");
    assert_eq!(pickle.effects().count(), 1);
    let (lookup, _) = &pickle.lookups[0];
    assert_eq!(lookup.uses.names().count(), 0);
}

#[test]
fn operands_that_the_stream_made_are_judged() {
    use Reading::{Ambiguous, Complete, Incomplete};
    // Each was run on 2.7, 3.6, 3.8, 3.11 and 3.13.
    let streams: &[(&[u8], Reading)] = &[
        (b"]NN\x86b.", Ambiguous),
        (b"]N}\x86b.", Complete),
        (b"]N}K\x01Ns\x86b.", Incomplete),
        (b"]K\x01K\x02\x86b.", Incomplete),
        (b"]K\x05b.", Incomplete),
        (b"]]b.", Ambiguous),
        (b"]q\0]q\x01Na0h\0h\x01b.", Incomplete),
        (b"\x80\x04cA\nB\n)N\x92.", Incomplete),
        (b"\x80\x04cA\nB\n)]\x92.", Incomplete),
        (b"\x80\x04cA\nB\n)}\x92.", Complete),
        (b"\x80\x02K\x01)\x81.", Incomplete),
        (b"K\x01)R.", Incomplete),
        (b"(K\x01o.", Incomplete),
        (b"\x80\x05N\x98.", Incomplete),
        (b"}]Ns.", Incomplete),
        (b"}(N]u.", Complete),
        (b"\x80\x04(]\x91.", Incomplete),
        (b"]K\0Ns.", Incomplete),
        (b"]NaK\0Ns.", Complete),
        (b"]Vx\nNs.", Incomplete),
    ];
    for (stream, reading) in streams {
        assert_eq!(read(stream).reading, *reading, "{}", stream.escape_ascii());
        assert!(
            done(stream)
                .iter()
                .all(|done| !done.starts_with("call int"))
        );
    }
}

#[test]
fn payloads_that_are_read_into_place_go_on_behind_a_frame() {
    for payload in [
        &b"C\x02ab"[..],
        b"B\x02\0\0\0ab",
        b"\x8e\x02\0\0\0\0\0\0\0ab",
        b"\x96\x02\0\0\0\0\0\0\0ab",
    ] {
        let frame = (payload.len() as u64 - 1).to_le_bytes();
        let stream = [b"\x95", &frame[..], payload, b"cx.y\nA\n."].concat();
        assert_eq!(names(&stream), ["x.y.A by c-bytes c-file"]);
    }
    // A str isn't.
    let stream = b"\x95\x03\0\0\0\0\0\0\0\x8c\x02abcx.y\nA\n.";
    assert_eq!(names(stream), ["x.y.A by c-bytes"]);
}

#[test]
fn python_2_is_asked_by_its_own_rules() {
    // Each was run on cPickle and pickle.py of 2.7.18.
    let streams: &[(&[u8], &[&str])] = &[
        (b"h\0cos\nsystem\n.", &[]),
        (
            b"\x80\x02I010\n0\x8c\x02os\x8c\x06system\x93.",
            &["os.system by c-bytes c-file"],
        ),
        (
            b"(ios\nsyst\xc3\xa9m\n\x94.",
            &["os.syst\u{e9}m by python2"],
        ),
        (b"\x80\x02L5l\nc\nA.B\n.", &[".A.B by python2"]),
        // cPickle has no fence at a mark, and drops the odd one of a dict.
        (b"cA\nB\n)(RcC\nD\n.", &["A.B", "C.D by python2"]),
        (b"(K\x01dcA\nB\n.", &["A.B by python2"]),
        (b"NN(\x86dcA\nB\n.", &["A.B by python2"]),
        // To pickle.py a mark is an object among the others.
        (b"(\x85cA\nB\n.", &["A.B by python2"]),
        (b"(2cA\nB\n1cC\nD\n.", &["A.B by python2", "C.D by python2"]),
        (b"(ucA\nB\n.", &["A.B by python2"]),
        (
            b"NQ\x88c\x80\nB\n.",
            &["persistent ?", "\u{fffd}.B by python2"],
        ),
    ];
    for (stream, expected) in streams {
        assert_eq!(names(stream), *expected, "{}", stream.escape_ascii());
    }
}

#[test]
fn numbers_are_what_an_unpickler_takes_for_one() {
    // All unpicklers look the name up before they fail, or those in Python do.
    for number in [
        "I\t5\n",
        "I5 \n",
        "L\x0b5\n",
        "Finfinity\n",
        "F1.5 \n",
        "F\tnan\n",
    ] {
        let stream = format!("{number}cos\nsystem\n");
        for before in ["", "N."] {
            let stream = [before, &stream].concat();
            let looked_up: usize = pickles(stream.as_bytes())
                .map(|pickle| pickle.lookups.len())
                .sum();
            assert_eq!(looked_up, 1, "{stream:?}");
        }
    }
    // Text is no pickle for all that.
    for text in [
        "I am\nno number\n",
        "Five\nlines\n",
        "Large\n",
        "get\nput\n",
    ] {
        assert_eq!(pickles(text.as_bytes()).count(), 0, "{text:?}");
    }
}

#[test]
fn what_looks_up_otherwise_than_by_name_is_a_pickle() {
    let counts = |stream: &[u8]| -> Vec<usize> {
        let lookups = |pickle: Pickle<'_>| pickle.lookups.len();
        pickles(stream).map(lookups).collect()
    };
    assert_eq!(counts(b"\x82\x02x"), [1]);
    assert_eq!(counts(b"NQ\x93\xdf"), [1]);
    assert_eq!(counts(b"NPid\n\xdf"), [1]);
}
