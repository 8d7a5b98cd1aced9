//! Lists the names that the opcodes of a pickle import, with nothing but the library:
//!
//!     cargo run --no-default-features --example names corpus/squared.pkl

use std::{env, error::Error, fs};

use pickscope::decode::{Argument, ops};

fn main() -> Result<(), Box<dyn Error>> {
    let path = env::args_os().nth(1).ok_or("usage: names FILE")?;
    let bytes = fs::read(path)?;
    for op in ops(&bytes) {
        let op = op?;
        if let Argument::Pair { module, name } = op.argument {
            println!(
                "{:>8}  {}.{}",
                op.offset,
                module.escape_ascii(),
                name.escape_ascii()
            );
        }
    }
    Ok(())
}
