//! What the machine and the reader make of a stream, one behaviour a test. `unpicklers.rs` holds them to real unpicklers.

use pickscope::{
    machine::{
        effect::EffectKind,
        lookup::{Lookup, Target},
    },
    opcode::Opcode,
    reader::{Pickle, Reader, Readers, Reading},
};

use crate::asm::Asm;

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
    assert_eq!(names(&stream), ["collections.OrderedDic by python"]);
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
        .effects
        .iter()
        .map(|effect| effect.kind())
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
    assert_eq!(read(&stream).effects, []);
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
