//! Which Pythons code fits, and code objects out of arguments: on the samples of `tests/facts/code.jsonl`, and on hostile
//! bytecode. The standard library is in `marshal.rs`.

use pickscope::{
    code::{
        fit::{Fault, Fit, Fitter, Misfit},
        layout::{self, Checker, of_arguments},
        marshal,
        object::{Code, Form, Id, Layout, Locals, Object, Objects},
    },
    python::Python,
};
use proptest::prelude::*;
use serde_json::Value;

use crate::{
    marshal::{facts, ours, within},
    python::unhex,
};

/// Each sample of each Python, as the newest version of marshal has it.
fn samples(mut each: impl FnMut(Python, &Objects<'_>, Vec<&Code>)) {
    for line in facts("code.jsonl").lines() {
        let sample: Value = serde_json::from_str(line).expect("JSON");
        let python: Python = sample["python"]
            .as_str()
            .expect("text")
            .parse()
            .expect("one");
        let versions = sample["marshal"].as_object().expect("by version");
        let data = versions.values().next_back().expect("some version");
        let data = unhex(data.as_str().expect("hexadecimal"));
        let reading = marshal::read(&data).expect("it is read").swap_remove(0);
        let root = reading.objects.get(reading.root).expect("it is there");
        each(python, &reading.objects, within(&reading.objects, root));
    }
}

fn fit(objects: &Objects<'_>, code: &Code, dill: bool) -> Fit {
    Fitter::of(1 << 20).fit(objects, code, dill)
}

#[test]
fn the_writer_of_a_sample_is_among_those_that_it_fits() {
    samples(|python, objects, codes| {
        for code in codes {
            let fit = fit(objects, code, false);
            assert!(fit.pythons.has(python), "{python}: {:?}", fit.misfits);
            assert_eq!(fit.fault, None);
            if matches!(python.version(), (2, _) | (3, 10 | 13 | 14 | 15)) {
                assert_eq!(fit.pythons.to_string(), python.to_string());
            }
            assert!(fit.pythons.without(code.layout.pythons()).is_empty());
        }
    });
}

/// What the constructor of a Python takes for a code object.
struct Arguments {
    counts: Vec<i64>,
    first: Vec<Id>,
    qualname: Option<Id>,
    firstlineno: i64,
    tables: Vec<Id>,
    variables: [Id; 2],
}

impl Arguments {
    fn of(objects: &mut Objects<'_>, code: &Code) -> Self {
        let (nlocals, varnames, variables) = match code.locals {
            Locals::Apart {
                varnames,
                freevars,
                cellvars,
            } => (
                objects.tuple(varnames).len(),
                varnames,
                [freevars, cellvars],
            ),
            Locals::Together { .. } => {
                let snapshot = objects.clone();
                let names = code.varnames(&snapshot);
                let mut tuple = |items: Vec<Id>| {
                    let items = objects.put_items(items).expect("there is room");
                    objects.put(Object::Tuple(items)).expect("there is room")
                };
                (
                    names.len(),
                    tuple(names),
                    [
                        tuple(code.freevars(&snapshot)),
                        tuple(code.cellvars(&snapshot)),
                    ],
                )
            }
        };
        let mut counts = vec![code.argcount];
        counts.extend((code.layout >= Layout::C).then_some(code.posonlyargcount));
        counts.extend((code.layout >= Layout::B).then_some(code.kwonlyargcount));
        counts.extend([nlocals as i64, code.stacksize, code.flags]);
        Self {
            counts,
            first: vec![
                code.code,
                code.consts,
                code.names,
                varnames,
                code.filename,
                code.name,
            ],
            qualname: code.qualname,
            firstlineno: code.firstlineno,
            tables: [Some(code.lines), code.exceptions]
                .into_iter()
                .flatten()
                .collect(),
            variables,
        }
    }

    fn ids(&self, objects: &mut Objects<'_>, lead: Option<Id>) -> Vec<Id> {
        let mut int = |n: i64| objects.put(Object::Int(n.into())).expect("there is room");
        let mut ids: Vec<Id> = lead.into_iter().collect();
        ids.extend(self.counts.iter().map(|n| int(*n)));
        ids.extend(&self.first);
        ids.extend(self.qualname);
        ids.push(int(self.firstlineno));
        ids.extend(&self.tables);
        ids.extend(self.variables);
        ids
    }
}

fn made<'o>(objects: &'o mut Objects<'_>, ids: &[Id]) -> Result<&'o Code, layout::Misfit> {
    let id = of_arguments(objects, &mut Checker::default(), ids)?;
    Ok(objects.code(id).expect("it was put in"))
}

#[test]
fn arguments_make_the_code_object_that_they_were_taken_from() {
    let mut counts = Vec::new();
    samples(|python, objects, codes| {
        for code in codes {
            let mut objects = objects.clone();
            let arguments = Arguments::of(&mut objects, code);
            let lnotab = objects
                .put(Object::Bytes(b"\0\x01"[..].into()))
                .expect("room");
            let leads = match python.version() >= (3, 10) {
                true => [None, Some(lnotab)],
                false => [None, None],
            };
            for lead in leads {
                let ids = arguments.ids(&mut objects, lead);
                counts.push(ids.len());
                let made = made(&mut objects, &ids).expect("it fits").clone();
                assert_eq!(ours(&objects, &made), ours(&objects, code));
                assert_eq!(
                    (made.layout, made.arguments()),
                    (code.layout, code.arguments())
                );
                let (count, lnotab) = (ids.len() as u32, lead);
                assert_eq!(made.form, Form::Arguments { count, lnotab });
                for dill in [false, true] {
                    let fit = fit(&objects, &made, dill);
                    assert!(fit.pythons.has(python), "{python}: {:?}", fit.misfits);
                    assert_eq!(fit.fault, None);
                }
            }
        }
    });
    counts.sort_unstable();
    counts.dedup();
    assert_eq!(counts, [14, 15, 16, 17, 18, 19]);
}

#[test]
fn faults_of_writers_are_told_by_name() {
    let (mut line_tables, mut never, mut others, mut unmade) = (0, 0, 0, 0);
    samples(|python, objects, codes| {
        for code in codes {
            let mut objects = objects.clone();
            let mut arguments = Arguments::of(&mut objects, code);
            let lnotab = objects
                .put(Object::Bytes(b"\0\x01"[..].into()))
                .expect("room");
            let tables = arguments.tables.clone();
            match python.version() {
                // dill 0.3.5.1: `co_lnotab` in place of the line table.
                (3, 10) => {
                    arguments.tables = vec![lnotab];
                    let ids = arguments.ids(&mut objects, None);
                    let made = made(&mut objects, &ids).expect("it fits").clone();
                    let fitting = fit(&objects, &made, true);
                    assert!(fitting.pythons.has(python));
                    let alone = fitting.pythons.to_string() == "3.10";
                    assert_eq!(fitting.fault, alone.then_some(Fault::LineTable));
                    line_tables += usize::from(alone);
                    assert!(!fit(&objects, &made, false).pythons.has(python));
                }
                (3, 11..) => {
                    // dill 0.3.4: the arguments of Python 3.8.
                    arguments.tables = vec![lnotab];
                    let qualname = arguments.qualname.take();
                    let ids = arguments.ids(&mut objects, None);
                    assert_eq!(ids.len(), 16);
                    let old = made(&mut objects, &ids).expect("it has that form").clone();
                    let fitting = fit(&objects, &old, true);
                    assert_eq!(fitting.pythons.to_string(), "none");
                    assert_eq!(fitting.fault, Some(Fault::NeverLoads));
                    assert_eq!(fit(&objects, &old, false).fault, None);
                    never += 1;
                    // PyPy 3.11, and 3.11's alphas.
                    arguments.qualname = qualname;
                    for (tables, lead, count) in [
                        (vec![tables[0]], None, 17),
                        (vec![tables[0]], Some(lnotab), 18),
                        (vec![tables[0], lnotab, lnotab, tables[1]], None, 20),
                        (vec![tables[0], lnotab, lnotab, tables[1]], Some(lnotab), 21),
                    ] {
                        arguments.tables = tables;
                        let ids = arguments.ids(&mut objects, lead);
                        assert_eq!(ids.len(), count);
                        let other = made(&mut objects, &ids).expect("it has that form").clone();
                        assert_eq!(other.layout, Layout::D);
                        assert_eq!(other.exceptions.is_some(), count >= 20);
                        let fit = fit(&objects, &other, true);
                        assert!(fit.misfits.iter().all(|(_, why)| *why == Misfit::Other));
                        assert!(fit.pythons.is_empty());
                        others += 1;
                    }
                }
                _ => {
                    arguments.counts[0] = 1000;
                    let ids = arguments.ids(&mut objects, None);
                    let why = made(&mut objects, &ids).map(|_| ()).expect_err("too many");
                    assert!(matches!(why, layout::Misfit::Arguments { .. }), "{why}");
                    let why = made(&mut objects, &ids[..ids.len() - 1])
                        .map(|_| ())
                        .expect_err("too few");
                    assert!(!why.to_string().is_empty());
                    unmade += 1;
                }
            }
        }
    });
    let counts = [line_tables, never, others, unmade];
    assert!(counts.iter().all(|count| *count > 0), "{counts:?}");
}

/// A code object of a layout around any bytecode and tables.
fn around<'a>(
    objects: &mut Objects<'a>,
    layout: Layout,
    code: &'a [u8],
    lines: &'a [u8],
    exceptions: &'a [u8],
) -> Code {
    let mut put = |object| objects.put(object).expect("there is room");
    let (code, lines) = (
        put(Object::Bytes(code.into())),
        put(Object::Bytes(lines.into())),
    );
    let exceptions = put(Object::Bytes(exceptions.into()));
    let name = put(Object::OldStr(b"f"[..].into()));
    let names = objects
        .put_items([name, name, name])
        .expect("there is room");
    let names = objects.put(Object::Tuple(names)).expect("there is room");
    Code {
        layout,
        form: Form::Marshal,
        argcount: 0,
        posonlyargcount: 0,
        kwonlyargcount: 0,
        stacksize: 1,
        flags: 0,
        code,
        consts: names,
        names,
        locals: Locals::Apart {
            varnames: names,
            freevars: names,
            cellvars: names,
        },
        filename: name,
        name,
        qualname: None,
        firstlineno: 1,
        lines,
        exceptions: (layout == Layout::D).then_some(exceptions),
    }
}

const LAYOUTS: [Layout; 4] = [Layout::A, Layout::B, Layout::C, Layout::D];

#[test]
fn long_hostile_bytecode_is_judged() {
    // EXTENDED_ARG of each Python, jumps out of the code, words without a meaning.
    for piece in [
        [145, 255],
        [144, 255],
        [71, 255],
        [69, 0],
        [67, 1],
        [110, 255],
        [113, 1],
        [0, 0],
    ] {
        let code = piece.repeat(1 << 20);
        let table = [0xff].repeat(1 << 20);
        for layout in LAYOUTS {
            let mut objects = Objects::default();
            let code = around(&mut objects, layout, &code, &table, &table);
            let fit = Fitter::of(4 << 20).fit(&objects, &code, true);
            let judged = fit.pythons.iter().count() + fit.misfits.len();
            assert_eq!(judged, layout.pythons().iter().count());
        }
    }
}

#[test]
fn bytecode_that_many_share_is_not_looked_at_for_each() {
    let code = [9, 0].repeat(1 << 16);
    let mut objects = Objects::default();
    let code = around(&mut objects, Layout::C, &code, b"", b"");
    let mut fitter = Fitter::of(100);
    let whys: Vec<_> = (0..100)
        .map(|_| fitter.fit(&objects, &code, false).misfits[0].1)
        .collect();
    assert_ne!(whys[0], Misfit::Work);
    assert_eq!(whys[99], Misfit::Work);
}

proptest! {
    #[test]
    fn any_bytecode_is_judged(code: Vec<u8>, lines: Vec<u8>, exceptions: Vec<u8>) {
        for layout in LAYOUTS {
            let mut objects = Objects::default();
            let code = around(&mut objects, layout, &code, &lines, &exceptions);
            for dill in [false, true] {
                let fit = fit(&objects, &code, dill);
                let judged = fit.pythons.iter().count() + fit.misfits.len();
                prop_assert_eq!(judged, layout.pythons().iter().count());
                for (_, why) in fit.misfits {
                    prop_assert!(!why.to_string().is_empty());
                }
            }
        }
    }
}
