//! Golden files: for each `tests/cli/NAME.cmd`, what the command prints stands in `NAME.stdout` and `NAME.stderr`.
//!
//! A `.cmd` file holds the arguments of one call of pickscope, run from the project's root by no shell: words are parted
//! by blanks, `'…'` keeps a word together. Further lines: `status N` (0 without), `stdin FILE`, `env NAME=VALUE`, and `#`
//! before a comment. `BLESS=1 cargo test --test cli` writes the outputs again.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use libtest_mimic::{Arguments, Failed, Trial};

fn main() {
    let arguments = Arguments::from_args();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cli");
    let names: BTreeSet<PathBuf> = fs::read_dir(&folder)
        .expect("tests/cli is there")
        .map(|entry| entry.expect("its entries can be read").path())
        .collect();
    let mut trials: Vec<Trial> = names
        .iter()
        .filter(|path| path.extension().is_some_and(|ending| ending == "cmd"))
        .map(|path| {
            let (name, path) = (
                path.file_stem()
                    .expect("it has a name")
                    .to_string_lossy()
                    .into_owned(),
                path.clone(),
            );
            Trial::test(name, move || compare(&path))
        })
        .collect();
    trials.push(Trial::test("nothing is left over", move || {
        left_over(&names)
    }));
    libtest_mimic::run(&arguments, trials).exit();
}

/// An output without its command is a test that nobody runs.
fn left_over(names: &BTreeSet<PathBuf>) -> Result<(), Failed> {
    match names
        .iter()
        .find(|path| !names.contains(&path.with_extension("cmd")))
    {
        Some(path) => Err(format!("{} has no .cmd beside it", path.display()).into()),
        None => Ok(()),
    }
}

fn compare(path: &Path) -> Result<(), Failed> {
    let call = Call::read(path)?;
    let output = call.run()?;
    let mut wrong = String::new();
    for (ending, got) in [("stdout", output.stdout), ("stderr", output.stderr)] {
        let got = String::from_utf8(got).map_err(|_| format!("{ending} isn't UTF-8"))?;
        let golden = path.with_extension(ending);
        let due = fs::read_to_string(&golden).unwrap_or_default();
        if got == due {
            continue;
        }
        if std::env::var_os("BLESS").is_some() {
            if got.is_empty() {
                fs::remove_file(golden)?;
            } else {
                fs::write(golden, got)?;
            }
            continue;
        }
        wrong += &format!("{ending} differs; due:\n{due}\ngot:\n{got}\n");
    }
    let status = output.status.code();
    if status != Some(call.status) {
        wrong += &format!("exit status {status:?}, due: {}\n", call.status);
    }
    if wrong.is_empty() {
        Ok(())
    } else {
        Err(wrong.into())
    }
}

#[derive(Default)]
struct Call {
    arguments: Vec<String>,
    status: i32,
    stdin: Option<String>,
    env: Vec<(String, String)>,
}

impl Call {
    fn read(path: &Path) -> Result<Self, Failed> {
        let mut call = Self::default();
        for (number, line) in fs::read_to_string(path)?.lines().enumerate() {
            let (first, rest) = line.split_once(' ').unwrap_or((line, ""));
            match first {
                "#" | "" => {}
                "status" => call.status = rest.parse()?,
                "stdin" => call.stdin = Some(rest.to_owned()),
                "env" => {
                    let (name, value) = rest.split_once('=').ok_or("env NAME=VALUE")?;
                    call.env.push((name.to_owned(), value.to_owned()));
                }
                "pickscope" => call.arguments = words(rest),
                _ => return Err(format!("{}:{}: {line}", path.display(), number + 1).into()),
            }
        }
        Ok(call)
    }

    fn run(&self) -> std::io::Result<std::process::Output> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let stdin = match &self.stdin {
            Some(file) => fs::File::open(root.join(file))?.into(),
            None => Stdio::null(),
        };
        Command::new(env!("CARGO_BIN_EXE_pickscope"))
            .args(&self.arguments)
            .current_dir(root)
            .stdin(stdin)
            .env_remove("NO_COLOR")
            .env_remove("CLICOLOR_FORCE")
            .envs(self.env.iter().cloned())
            .output()
    }
}

/// Words parted by blanks; `'…'` keeps one together.
fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    for (index, part) in line.split('\'').enumerate() {
        if index % 2 == 1 {
            words.push(part.to_owned());
        } else {
            words.extend(part.split_whitespace().map(str::to_owned));
        }
    }
    words
}
