//! The command `pickscope`. What it does stands in `cli`, one file a command.

mod cli;

fn main() -> std::process::ExitCode {
    cli::main()
}
