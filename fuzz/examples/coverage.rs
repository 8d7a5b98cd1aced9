//! Which of the 68 opcodes inputs of a target have: `coverage TARGET FOLDER`.
//!
//! Counted are inputs in whose pickles an opcode stands that were read to their STOP by every reader, and inputs in which the
//! machine ran it at all.

use std::{collections::BTreeMap, env, fs};

use pickscope::{decode::ops, opcode::Opcode, pickles, reader::Reading};
use pickscope_fuzz::bodies::{codes, packed, streams};

fn main() {
    let mut arguments = env::args().skip(1);
    let (Some(target), Some(folder)) = (arguments.next(), arguments.next()) else {
        panic!("usage: coverage TARGET FOLDER");
    };
    let stream = |input: &[u8]| -> Vec<u8> {
        let (way, rest) = input.split_first().unwrap_or((&0, &[]));
        match (target.as_str(), way) {
            ("opcodes", _) => streams::stream(input),
            ("printers", way) if way % 4 == 1 => streams::stream(rest),
            ("printers", way) if way % 4 == 2 => codes::pickled(rest),
            ("unpickler", way) if way & 1 == 1 => streams::stream(rest),
            ("containers", way) if way & 1 == 1 => packed::packed(rest),
            ("printers" | "unpickler" | "containers", _) => rest.to_vec(),
            _ => input.to_vec(),
        }
    };
    let mut whole: BTreeMap<Opcode, usize> = BTreeMap::new();
    let mut run: BTreeMap<Opcode, usize> = BTreeMap::new();
    let mut inputs = 0;
    for entry in fs::read_dir(folder).expect("a folder of inputs") {
        let input = fs::read(entry.expect("it can be read").path()).expect("so can its files");
        let stream = stream(&input);
        inputs += 1;
        let mut here: BTreeMap<Opcode, bool> = BTreeMap::new();
        for pickle in pickles(&stream) {
            let (start, end) = (pickle.span.start as usize, pickle.span.end as usize);
            let is_whole = pickle.reading == Reading::Complete;
            for op in ops(&stream[start..end]).flatten() {
                *here.entry(op.opcode).or_default() |= is_whole;
            }
        }
        for (opcode, is_whole) in here {
            *run.entry(opcode).or_default() += 1;
            *whole.entry(opcode).or_default() += usize::from(is_whole);
        }
    }
    let count = |of: &BTreeMap<Opcode, usize>| of.values().filter(|inputs| **inputs > 0).count();
    println!(
        "{target}: {inputs} inputs; of 68 opcodes {} stand in pickles read whole, {} were run",
        count(&whole),
        count(&run)
    );
    for opcode in Opcode::all() {
        let of = |of: &BTreeMap<Opcode, usize>| of.get(&opcode).copied().unwrap_or(0);
        println!("{:<18}{:>8}{:>8}", opcode.name(), of(&whole), of(&run));
    }
}
