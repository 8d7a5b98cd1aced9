//! How long decoding and reading take, for each shape of stream: `cargo bench --bench decode`.

#[path = "streams.rs"]
mod streams;

use divan::{
    Bencher,
    counter::{BytesCount, ItemsCount},
};

const OPCODES: usize = 1_000_000;

#[divan::bench(args = streams::SHAPES.iter().map(|(name, _)| *name))]
fn decode(bencher: Bencher<'_, '_>, shape: &str) {
    let (_, make) = streams::SHAPES
        .iter()
        .find(|(name, _)| *name == shape)
        .expect("args are names of shapes");
    let stream = make(OPCODES);
    let opcodes = streams::count(&stream);
    bencher
        .counter(BytesCount::new(stream.len()))
        .counter(ItemsCount::new(opcodes))
        .bench(|| streams::decode(divan::black_box(&stream)));
}

#[divan::bench(args = streams::SHAPES.iter().map(|(name, _)| *name))]
fn read(bencher: Bencher<'_, '_>, shape: &str) {
    let (_, make) = streams::SHAPES
        .iter()
        .find(|(name, _)| *name == shape)
        .expect("args are names of shapes");
    let stream = make(OPCODES);
    bencher
        .counter(BytesCount::new(stream.len()))
        .counter(ItemsCount::new(streams::count(&stream)))
        .bench(|| streams::read(divan::black_box(&stream)));
}

fn main() {
    divan::main();
}
