//! Bytes between opcodes: what joblib writes behind an array's wrapper is crossed exactly, and nothing else is.

use std::{fs, path::Path};

use pickscope::{
    machine::lookup::Target,
    opcode::{Opcode, Storage as Stored},
    pickles,
    reader::{Pickle, Reading, Storage, Trouble, Unread},
};
use proptest::{collection::vec, prelude::*};

use crate::{asm::Asm, bodies, clock::timed};

fn text(asm: Asm, text: &str) -> Asm {
    asm.payload(Opcode::ShortBinUnicode, text)
}

fn int(asm: Asm, number: i64) -> Asm {
    asm.payload(Opcode::Long1, number.to_le_bytes())
}

/// A dtype, as numpy writes it.
fn dtype(asm: Asm, code: &str, order: &str, flags: i64) -> Asm {
    let asm = text(asm.pair(Opcode::Global, "numpy", "dtype"), code);
    let asm = asm
        .op(Opcode::NewFalse)
        .op(Opcode::NewTrue)
        .op(Opcode::Tuple3)
        .op(Opcode::Reduce)
        .op(Opcode::Mark)
        .int(Opcode::BinInt1, 3);
    let asm = text(asm, order)
        .op(Opcode::None)
        .op(Opcode::None)
        .op(Opcode::None);
    int(int(int(asm, -1), -1), flags)
        .op(Opcode::Tuple)
        .op(Opcode::Build)
}

/// A wrapper with its state, up to BUILD.
struct Wrapper<'w> {
    module: &'w str,
    code: &'w str,
    flags: i64,
    shape: &'w [i64],
    alignment: Option<i64>,
}

const PLAIN: Wrapper<'_> = Wrapper {
    module: "joblib.numpy_pickle",
    code: "f8",
    flags: 0,
    shape: &[2],
    alignment: None,
};

impl Wrapper<'_> {
    fn append(&self, asm: Asm) -> Asm {
        let asm = asm
            .pair(Opcode::Global, self.module, "NumpyArrayWrapper")
            .op(Opcode::EmptyTuple)
            .op(Opcode::NewObj)
            .op(Opcode::EmptyDict)
            .op(Opcode::Mark);
        let order = if self.code == "O8" { "|" } else { "<" };
        let asm = dtype(text(asm, "dtype"), self.code, order, self.flags);
        let asm = text(asm, "shape").op(Opcode::Mark);
        let asm = self
            .shape
            .iter()
            .fold(asm, |asm, side| int(asm, *side))
            .op(Opcode::Tuple);
        let asm = match self.alignment {
            Some(alignment) => int(text(asm, "numpy_array_alignment_bytes"), alignment),
            None => asm,
        };
        asm.op(Opcode::SetItems).op(Opcode::Build)
    }

    fn stream(&self) -> Asm {
        self.append(Asm::new().int(Opcode::Proto, 4))
    }
}

fn only(stream: &[u8]) -> Pickle<'_> {
    let mut all = pickles(stream);
    let first = all.next().expect("there is one");
    assert!(all.next().is_none(), "there is one");
    first
}

/// Of a stream that may fall apart.
fn first(stream: &[u8]) -> Pickle<'_> {
    pickles(stream).next().expect("there is one")
}

fn names(pickle: &Pickle<'_>) -> Vec<String> {
    let name = |target: &Target<'_>| match target {
        Target::Name {
            module: Some(module),
            name: Some(name),
        } => format!("{}.{}", module.text(), name.text()),
        other => format!("{other:?}"),
    };
    pickle
        .lookups
        .iter()
        .map(|(lookup, readers)| {
            assert!(readers.are_all());
            name(&lookup.target)
        })
        .collect()
}

fn uncrossed(pickle: &Pickle<'_>) -> Option<Unread> {
    pickle.faults.iter().find_map(|trouble| match trouble {
        Trouble::Uncrossed(_, why) => Some(*why),
        _ => None,
    })
}

const USUAL: [&str; 2] = ["joblib.numpy_pickle.NumpyArrayWrapper", "numpy.dtype"];

/// What `pickle.load` would take for an import and a call.
const OPCODES: &[u8; 16] = b"cos\nsystem\n)R0N.";

#[test]
fn files_of_joblib_are_read_whole() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus/joblib");
    let mut files = 0;
    for entry in fs::read_dir(folder).expect("the corpus is there") {
        let path = entry.expect("it is listed").path();
        let bytes = fs::read(&path).expect("it can be read");
        let pickle = only(&bytes);
        assert_eq!(pickle.reading, Reading::Complete, "{path:?}");
        assert_eq!(pickle.span.end, bytes.len() as u64, "{path:?}");
        assert!(pickle.raws.len() > 1, "{path:?}");
        files += 1;
    }
    assert!(files > 2);
}

#[test]
fn bytes_that_look_like_opcodes_are_data() {
    let stream = PLAIN.stream().raw(OPCODES).stop();
    let pickle = only(&stream);
    assert_eq!(pickle.reading, Reading::Complete);
    assert_eq!(names(&pickle), USUAL);
    let [raw] = &pickle.raws[..] else {
        panic!("{:?}", pickle.raws)
    };
    assert_eq!((raw.span.length(), raw.padding), (16, 0));
    assert_eq!(raw.what, "float64 array (2,), 16 bytes");
    let [Trouble::Raw(at)] = pickle.faults[..] else {
        panic!("{:?}", pickle.faults)
    };
    assert_eq!(at, raw.span.start);
    assert_eq!(
        pickle.tally.bytes(None)
            + pickle.tally.bytes(Some(Stored::Value))
            + pickle.tally.bytes(Some(Stored::Reference)),
        stream.len() as u64
    );
}

#[test]
fn a_padding_is_counted_by_its_first_byte() {
    let aligned = Wrapper {
        alignment: Some(16),
        ..PLAIN
    };
    for padding in [0u8, 3, 255] {
        let filler = vec![b'c'; padding.into()];
        let stream = aligned.stream().raw([padding]).raw(filler).raw(OPCODES);
        let stream = stream.stop();
        let pickle = only(&stream);
        assert_eq!(pickle.reading, Reading::Complete);
        assert_eq!(pickle.raws[0].padding, u64::from(padding) + 1);
        assert_eq!(pickle.raws[0].span.end, stream.len() as u64 - 1);
    }
    let cut = aligned.stream().bytes();
    let pickle = only(&cut);
    assert!(matches!(uncrossed(&pickle), Some(Unread::Short { .. })));
    assert_eq!(pickle.reading, Reading::Incomplete);
}

#[test]
fn no_other_class_has_bytes_behind_it() {
    for module in ["joblib.numpy_pickle2", "numpy", "joblib"] {
        let stream = Wrapper { module, ..PLAIN }.stream().stop();
        let pickle = only(&stream);
        assert_eq!(pickle.reading, Reading::Complete);
        assert!(pickle.raws.is_empty() && pickle.faults.is_empty());
    }
    // The class is looked up and isn't that of what gets the state.
    let stream = PLAIN
        .stream()
        .raw([7; 16])
        .op(Opcode::Pop)
        .pair(Opcode::Global, "other", "Class")
        .op(Opcode::EmptyTuple)
        .op(Opcode::NewObj)
        .op(Opcode::EmptyDict)
        .op(Opcode::Build)
        .stop();
    let pickle = only(&stream);
    assert_eq!(pickle.raws.len(), 1);
    assert_eq!(pickle.reading, Reading::Complete);
}

#[test]
fn sizes_that_cannot_be_are_told() {
    let huge = [1i64 << 40, 1 << 40];
    for shape in [&huge[..], &[-1], &[i64::MAX]] {
        let stream = Wrapper { shape, ..PLAIN }.stream().raw(OPCODES).stop();
        let pickle = first(&stream);
        assert_eq!(uncrossed(&pickle), Some(Unread::Shape), "{shape:?}");
        assert_ne!(pickle.reading, Reading::Complete);
        // What can't be crossed isn't hidden: `pickle.load` reads on.
        assert!(names_of_all(&pickle).contains(&"os.system".to_owned()));
    }
    let stream = Wrapper {
        shape: &[3],
        ..PLAIN
    };
    let stream = stream.stream().raw(OPCODES).stop();
    let pickle = first(&stream);
    let wanted = Unread::Short {
        wanted: 24,
        left: 17,
    };
    assert_eq!(uncrossed(&pickle), Some(wanted));
    assert_ne!(pickle.reading, Reading::Complete);
    // The flags of the dtype that say whether it has objects disagree.
    let stream = Wrapper { flags: 1, ..PLAIN }.stream().raw(OPCODES).stop();
    assert_eq!(uncrossed(&first(&stream)), Some(Unread::Dtype));
    // The frame goes on where joblib would read the array from behind it.
    let inner = PLAIN.append(Asm::new()).stop();
    let stream = Asm::new()
        .int(Opcode::Proto, 4)
        .int(Opcode::Frame, inner.len() as i64)
        .raw(&inner)
        .raw([0; 16])
        .bytes();
    let pickle = first(&stream);
    assert_eq!(uncrossed(&pickle), Some(Unread::Frame));
}

/// An array of objects is a pickle of its own, with a memo and a stack of its own.
#[test]
fn a_pickle_inside_keeps_to_itself() {
    let objects = Wrapper {
        code: "O8",
        flags: 63,
        ..PLAIN
    };
    let start = text(Asm::new().int(Opcode::Proto, 2), "outer")
        .int(Opcode::BinPut, 0)
        .op(Opcode::Mark);
    let inner = text(Asm::new().int(Opcode::Proto, 2), "inner")
        .int(Opcode::BinPut, 0)
        .op(Opcode::Pop)
        .pair(Opcode::Global, "collections", "OrderedDict")
        .op(Opcode::EmptyTuple)
        .op(Opcode::Reduce)
        .stop();
    let stream = objects
        .append(start)
        .raw(&inner)
        .int(Opcode::BinGet, 0)
        .op(Opcode::List)
        .op(Opcode::Tuple2)
        .stop();
    let pickle = only(&stream);
    assert!(
        matches!(pickle.faults[..], [Trouble::Raw(_)]),
        "{:?}",
        pickle.faults
    );
    assert_eq!(pickle.reading, Reading::Complete);
    assert_eq!(pickle.span.end, stream.len() as u64);
    let mut wanted = USUAL.to_vec();
    wanted.push("collections.OrderedDict");
    assert_eq!(names(&pickle), wanted);
    assert!(pickle.raws[0].is_pickle);
    assert_eq!(pickle.raws[0].span.length(), inner.len() as u64);
    bodies::readings(&stream);
    bodies::rows_in_order(&stream);
    // What it takes of the outer stack isn't there.
    let stream = objects
        .append(text(Asm::new().int(Opcode::Proto, 2), "below"))
        .raw(Asm::new().op(Opcode::Tuple2).stop())
        .op(Opcode::Tuple2)
        .stop();
    assert_eq!(only(&stream).reading, Reading::Incomplete);
    // One that never ends.
    let stream = objects.stream().raw(b"N").bytes();
    assert_eq!(only(&stream).reading, Reading::Incomplete);
}

/// All readers cross the same bytes, also where something else makes them part.
#[test]
fn each_reader_crosses() {
    let stream = PLAIN
        .stream()
        .raw(OPCODES)
        .line(Opcode::Int, "1_0")
        .op(Opcode::Tuple2)
        .stop();
    let pickle = only(&stream);
    assert_eq!(pickle.raws.len(), 1);
    assert!(!names_of_all(&pickle).contains(&"os.system".to_owned()));
}

fn names_of_all(pickle: &Pickle<'_>) -> Vec<String> {
    pickle
        .lookups
        .iter()
        .filter_map(|(lookup, _)| match &lookup.target {
            Target::Name { module, name } => Some(format!(
                "{}.{}",
                module.as_ref()?.text(),
                name.as_ref()?.text()
            )),
            _ => None,
        })
        .collect()
}

#[test]
fn many_arrays_take_linear_time() {
    let of = |count: usize| {
        let start = Asm::new().int(Opcode::Proto, 4).op(Opcode::Mark);
        let all = (0..count).fold(start, |asm, _| PLAIN.append(asm).raw([b'.'; 16]));
        let stream = all.op(Opcode::List).stop();
        let (pickle, took) = timed(|| only(&stream));
        assert_eq!(pickle.raws.len(), count);
        took
    };
    let (one, eight) = (of(2000), of(16_000));
    assert!(
        eight < one * 32 + std::time::Duration::from_millis(500),
        "{one:?}, {eight:?}"
    );
}

fn container(name: &str) -> Vec<u8> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus/containers");
    fs::read(folder.join(name)).expect("the corpus is there")
}

#[test]
fn storages_of_old_torch_are_crossed() {
    let file = container("legacy.pt");
    let all: Vec<_> = pickles(&file).collect();
    assert_eq!(all.len(), 5);
    assert!(all.iter().all(|pickle| pickle.faults.is_empty()));
    let behind = &all[4].behind;
    let what: Vec<_> = behind.iter().map(|raw| raw.what.as_str()).collect();
    assert_eq!(
        what,
        [
            "storage 0: 6 float32, 24 bytes",
            "storage 1: 2 float32, 8 bytes"
        ]
    );
    assert_eq!(behind[0].span.start, all[4].span.end);
    assert_eq!(behind[1].span.end, file.len() as u64);
    assert!(all[..4].iter().all(|pickle| pickle.behind.is_empty()));
    bodies::rows_in_order(&file);
}

#[test]
fn a_cut_storage_is_told() {
    let file = container("legacy.pt");
    let end = pickles(&file).last().expect("five").span.end as usize;
    for length in end..file.len() {
        let cut = &file[..length];
        let last = pickles(cut).last().expect("five");
        let told = last
            .faults
            .iter()
            .any(|trouble| matches!(trouble, Trouble::Storage(_, Storage::Short { .. })));
        assert!(told, "{length}");
        bodies::rows_in_order(cut);
    }
    // Another number of items than the object's persistent id says.
    let mut file = file;
    file[end] = 5;
    let last = pickles(&file).nth(4).expect("five");
    let differs = Storage::Count {
        stated: 6,
        found: 5,
    };
    assert!(
        last.faults
            .iter()
            .any(|trouble| matches!(trouble, Trouble::Storage(_, found) if *found == differs))
    );
}

#[test]
fn a_computed_magic_number_is_told() {
    let file = container("legacy-computed.pt");
    let last = pickles(&file).last().expect("five");
    assert!(matches!(last.faults[..], [Trouble::Magic(0)]));
    assert_eq!(last.behind.len(), 2);
    // Five pickles that are nothing of the kind.
    assert!(pickles(b"N.N.N.N.N.").all(|pickle| pickle.faults.is_empty()));
    assert!(pickles(b"K\x01.M\xe9\x03.N.N.].").all(|pickle| pickle.faults.is_empty()));
}

proptest! {
    #[test]
    fn anything_may_follow_a_wrapper(
        side in -2i64..40,
        objects in any::<bool>(),
        alignment in proptest::option::of(Just(16)),
        rest in vec(any::<u8>(), 0..400),
    ) {
        let (code, flags) = if objects { ("O8", 63) } else { ("f8", 0) };
        let shape = [side];
        let stream = Wrapper { code, flags, alignment, shape: &shape, ..PLAIN }.stream().raw(rest).bytes();
        bodies::readings(&stream);
        bodies::rows_in_order(&stream);
    }
}
