//! Marshal data, code objects and bytecode of any bytes.

use pickscope::{
    code::{
        bytecode::{Disassembly, names},
        fit::Fitter,
        marshal,
        object::{Code, Form, Layout, Locals, Object, Objects},
        repr::{Budget, repr},
    },
    decode::text::utf8,
    python::Python,
};

use super::streams::Choices;

/// Marshal data is read or refused, in room that grows with it, and what is read can be shown and judged.
pub fn marshalled(bytes: &[u8]) {
    let readings = match marshal::read(bytes) {
        Ok(readings) => readings,
        Err(fault) => {
            assert!(fault.offset <= bytes.len() && !fault.to_string().is_empty());
            return;
        }
    };
    assert!(!readings.is_empty());
    for reading in readings {
        assert!(reading.length <= bytes.len());
        let objects = &reading.objects;
        assert!(objects.len() <= bytes.len(), "an object takes a byte");
        let mut budget = Budget::of(bytes.len());
        let mut fitter = Fitter::of(bytes.len());
        let mut names = Budget::of(bytes.len());
        let python = reading
            .pythons
            .iter()
            .next()
            .expect("a reading is some Python's");
        let shown = repr(objects, reading.root, Layout::of(python), &mut budget);
        assert!(shown.text.len() < 100_000);
        for code in objects.codes() {
            assert!(objects.tuple(code.consts).len() <= bytes.len());
            for dill in [false, true] {
                let fit = fitter.fit(objects, code, dill);
                let judged = fit.pythons.iter().count() + fit.misfits.len();
                assert_eq!(judged, code.layout.pythons().iter().count());
            }
            for python in code.layout.pythons().iter() {
                disassembled(objects, code, python, &mut names);
            }
        }
    }
}

/// Bytes of an instruction each, tables of lines and exceptions: as code of every Python.
pub fn bytecode(input: &[u8]) {
    let mut choices = Choices::new(input);
    let lines = choices.byte().unwrap_or(0);
    let lines = choices.bytes((lines & 31).into());
    let exceptions = choices.byte().unwrap_or(0);
    let exceptions = choices.bytes((exceptions & 31).into());
    let first = choices
        .bytes(2)
        .iter()
        .fold(0, |sum, byte| sum << 8 | i64::from(*byte));
    let code = choices.rest();
    for python in Python::all() {
        hostile(python, code, lines, exceptions, first - 100);
    }
}

/// A pickle that holds marshal data or a code object's arguments, as dill, cloudpickle and hands write it.
#[cfg(feature = "cli")]
pub fn pickled(input: &[u8]) -> Vec<u8> {
    let mut choices = Choices::new(input);
    let way = choices.byte().unwrap_or(0);
    let data = choices.rest();
    let counted = |data: &[u8]| [&[b'B'][..], &(data.len() as u32).to_le_bytes(), data].concat();
    let call = |name: &[u8]| [b"c", name, &counted(data), b"\x85R"].concat();
    let unmarshal = |name: &[u8]| [b"\x80\x04", call(name).as_slice()].concat();
    match way % 5 {
        0 => [unmarshal(b"dill._dill\n_unmarshal\n").as_slice(), b"."].concat(),
        1 => [
            b"\x80\x04cdill._dill\n_create_function\n(",
            call(b"dill._dill\n_unmarshal\n").as_slice(),
            b"}X\x01\0\0\0fNN}tR.",
        ]
        .concat(),
        2 => [
            b"\x80\x04ctypes\nFunctionType\n",
            call(b"marshal\nloads\n").as_slice(),
            b"}\x86R.",
        ]
        .concat(),
        // Arguments of a code object, in an order that is some Python's or nobody's.
        3 => {
            let piece = data.len() / 4;
            let mut arguments =
                b"\x80\x05ccloudpickle.cloudpickle\n_builtin_type\nX\x08\0\0\0CodeType\x85R("
                    .to_vec();
            let numbers = 4 + way / 5 % 3;
            for _ in 0..numbers {
                arguments.extend(b"K\x02");
            }
            arguments.extend(counted(&data[..piece]));
            arguments.extend(b"(NK\x05X\x01\0\0\0at(X\x01\0\0\0b\x32t)X\x01\0\0\0fX\x01\0\0\0g");
            if way & 0x80 != 0 {
                arguments.extend(b"X\x01\0\0\0g");
            }
            arguments.extend(b"K\x01");
            arguments.extend(counted(&data[piece..2 * piece]));
            if way & 0x40 != 0 {
                arguments.extend(counted(&data[2 * piece..3 * piece]));
            }
            arguments.extend(b"))tR.");
            arguments
        }
        _ => super::streams::stream(data),
    }
}

/// A code object of these bytes, with three things in each tuple.
pub fn code_of<'a>(
    python: Python,
    code: &[u8],
    lines: &[u8],
    exceptions: &[u8],
    firstlineno: i64,
) -> (Objects<'a>, Code) {
    let mut objects = Objects::default();
    let mut put = |object| objects.put(object).expect("there is room");
    let names = [
        put(Object::None),
        put(Object::Str(utf8(b"x").expect("it is UTF-8"))),
        put(Object::Float(0.5)),
    ];
    let code = put(Object::Bytes(code.to_vec().into()));
    let lines = put(Object::Bytes(lines.to_vec().into()));
    let exceptions = put(Object::Bytes(exceptions.to_vec().into()));
    let items = objects.put_items(names).expect("there is room");
    let tuple = objects.put(Object::Tuple(items)).expect("there is room");
    let code = Code {
        layout: Layout::of(python),
        form: Form::Marshal,
        argcount: 0,
        posonlyargcount: 0,
        kwonlyargcount: 0,
        stacksize: 0,
        flags: 0,
        code,
        consts: tuple,
        names: tuple,
        locals: Locals::Apart {
            varnames: tuple,
            freevars: tuple,
            cellvars: tuple,
        },
        filename: names[1],
        name: names[1],
        qualname: None,
        firstlineno,
        lines,
        exceptions: Some(exceptions),
    };
    (objects, code)
}

/// Code of these bytes is disassembled for a Python: each byte stands in an instruction once or in the rest.
pub fn hostile(python: Python, code: &[u8], lines: &[u8], exceptions: &[u8], firstlineno: i64) {
    let (objects, code) = code_of(python, code, lines, exceptions, firstlineno);
    let mut budget = Budget::of(1000);
    disassembled(&objects, &code, python, &mut budget);
}

/// The same, of a code object that stands somewhere.
fn disassembled(objects: &Objects<'_>, code: &Code, python: Python, budget: &mut Budget) {
    let disassembly = Disassembly::new(objects, code, python).with_handlers();
    let mut at = 0;
    for instruction in disassembly.instructions() {
        let step = &instruction.step;
        assert_eq!(step.offset, at, "{python}: nothing is left out");
        assert!(step.start <= step.offset);
        at = step.end(disassembly.table());
        match disassembly.argument(step) {
            Ok(argument) => {
                assert!(disassembly.argrepr(&argument, budget).len() < 100_000);
            }
            Err(trouble) => assert!(!trouble.to_string().is_empty()),
        }
    }
    assert_eq!(
        at + disassembly.rest(),
        disassembly.bytes().len(),
        "{python}"
    );
    assert!(disassembly.handlers().count() <= exceptions_of(objects, code) / 4);
    let loaded = names::globals(objects, code, python).count();
    assert!(loaded <= disassembly.instructions().count());
}

fn exceptions_of(objects: &Objects<'_>, code: &Code) -> usize {
    code.exceptions.map_or(0, |id| objects.bytes(id).len())
}
