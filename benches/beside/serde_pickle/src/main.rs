//! Loads all pickles of a file with serde-pickle, as `serde_pickle::value_from_reader` does one, and prints how many there were.

use std::{env, error::Error, fs::File, io::Write, process};

use serde_pickle::{DeOptions, Deserializer, Error as Refused, ErrorCode};

fn main() -> Result<(), Box<dyn Error>> {
    let path = env::args_os()
        .nth(1)
        .ok_or("usage: serde_pickle_load FILE")?;
    // The most lenient that it has: what it can't make becomes None.
    let options = DeOptions::new()
        .replace_unresolved_globals()
        .replace_recursive_structures();
    let mut reader = Deserializer::new(File::open(path)?, options);
    let mut last = None;
    for count in 0.. {
        reader.reset_memo();
        match reader.deserialize_value() {
            Ok(value) => last = Some(value),
            Err(Refused::Eval(ErrorCode::EOFWhileParsing, _)) if last.is_some() => {
                println!("{count}");
                std::io::stdout().flush()?;
                // As in the measurement of pickle.load, the values aren't taken down again.
                process::exit(0);
            }
            Err(refused) => return Err(refused.into()),
        }
    }
    Ok(())
}
