//! What `benches/instructions.sh` counts the instructions of.
//!
//! Without arguments it lists what there is to count: operation, shape, and how many opcodes or messages.
//! `instructions OPERATION SHAPE` does that once as a rehearsal, on a short stream, and once in [`measured`].

mod operations;
mod streams;

use std::hint::black_box;

use operations::{MESSAGES, OPERATIONS, Operation, explain_message};
use streams::Shape;

/// So many opcodes make what is built once in a process, such as tables that are sorted on first use.
const REHEARSAL: usize = 500;

fn main() {
    let arguments: Vec<String> = std::env::args()
        .skip(1)
        .filter(|argument| argument != "--bench")
        .collect();
    match arguments.as_slice() {
        [operation, shape] if operation == "message" => {
            let (_, text) = MESSAGES
                .iter()
                .find(|(name, _)| name == shape)
                .expect("it is the name of a message");
            explain_message(black_box(text));
            measured(|| explain_message(black_box(text)));
        }
        [operation, shape] => {
            let operation = OPERATIONS
                .iter()
                .find(|known| known.name == operation)
                .expect("it is the name of an operation");
            let shape = Shape::named(shape);
            (operation.run)(&black_box(shape.stream(REHEARSAL)));
            let stream = black_box(counted(operation, shape));
            measured(|| (operation.run)(&stream));
        }
        _ => list(),
    }
}

/// The one function that instructions are counted in, with all that it calls.
#[inline(never)]
fn measured(run: impl Fn()) {
    run();
    // A call in the last place would be a jump, and counting would not end where it returns.
    black_box(());
}

/// Operations that are counted on a tenth of what times are taken on: valgrind is some fifty times slower, and what is done
/// once in a stream, such as a look at its first 64 KiB, weighs little beside their thousands of instructions an opcode.
const COSTLY: [&str; 4] = ["dump-text", "dump-json", "tree", "explain"];

/// The stream that an operation's instructions are counted on.
fn counted(operation: &Operation, shape: &Shape) -> Vec<u8> {
    let part = if COSTLY.contains(&operation.name) {
        10
    } else {
        1
    };
    shape.stream(shape.opcodes / part)
}

fn list() {
    for operation in OPERATIONS {
        for shape in operation.shapes {
            let opcodes = streams::count(&counted(operation, Shape::named(shape)));
            println!("{}\t{shape}\t{opcodes}", operation.name);
        }
    }
    for (name, _) in MESSAGES {
        println!("message\t{name}\t1");
    }
}
