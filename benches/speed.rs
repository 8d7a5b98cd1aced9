//! How long each operation takes on each shape of stream, and to explain a message: `cargo bench --bench speed`.
//!
//! Times are of this machine and this moment; what was made slower or faster is told by `benches/instructions.sh`.

mod operations;
mod streams;

use std::time::Duration;

use divan::{
    Bencher, Divan, black_box,
    counter::{BytesCount, ItemsCount},
};

use operations::{MESSAGES, OPERATIONS, Operation};
use streams::Shape;

/// An operation and a shape, as a line of the table of times.
struct Cell(&'static Operation, &'static Shape);

impl std::fmt::Display for Cell {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:<16} {}", self.0.name, self.1.name)
    }
}

fn cells() -> impl Iterator<Item = Cell> {
    OPERATIONS.iter().flat_map(|operation| {
        let shapes = operation.shapes.iter();
        shapes.map(move |shape| Cell(operation, Shape::named(shape)))
    })
}

#[divan::bench(args = cells())]
fn on_streams(bencher: Bencher<'_, '_>, Cell(operation, shape): &Cell) {
    let stream = shape.stream(shape.opcodes);
    bencher
        .counter(BytesCount::new(stream.len()))
        .counter(ItemsCount::new(streams::count(&stream)))
        .bench_local(|| (operation.run)(black_box(&stream)));
}

#[divan::bench(args = MESSAGES.iter().map(|(name, _)| *name))]
fn on_messages(bencher: Bencher<'_, '_>, name: &str) {
    let (_, text) = MESSAGES
        .iter()
        .find(|(found, _)| *found == name)
        .expect("args are names of messages");
    bencher.bench_local(|| operations::explain_message(black_box(text)));
}

fn main() {
    // Each line takes a second or its one hundred samples, whichever ends first: all of it, some two minutes.
    Divan::default()
        .max_time(Duration::from_secs(1))
        .config_with_args()
        .main();
}
