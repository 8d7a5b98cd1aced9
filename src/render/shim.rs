//! `explain --shim`: a Python program that loads a file whose names have moved.
//!
//! It runs on Python 2.7 and 3 alike. Of the input's text it holds names of plain words, as Python quotes them, and what stands
//! in comments: escaped, in ASCII, cut, and never on the first two lines, where a comment could choose the encoding (PEP 263).

use std::{
    fmt::{self, Write as _},
    io::{self, Write},
};

use crate::{
    count::Counted,
    lookup::renames::Place,
    python::Pythons,
    report::shim::{Mapping, Shim, Why},
    repr::{Chars, Str},
};

use super::shown::Shown;

/// So many names that can't be helped are told one by one.
const TOLD: usize = 50;

/// Comments are no wider.
const WIDTH: usize = 99;

/// Writes the program, or, where nothing can be mapped, the sentence that says so, as a comment.
///
/// # Errors
/// Those of `out`.
pub fn shim(name: &str, shim: &Shim, out: &mut dyn Write) -> io::Result<()> {
    out.write_all(program(name, shim).as_bytes())
}

/// The program's text.
pub fn program(name: &str, shim: &Shim) -> String {
    let mut program = Program::default();
    program.head(name, shim);
    if shim.is_needed() {
        program.body(shim);
    }
    program.text
}

/// What a name is looked up as: module and name in Python's quotes.
fn pair(module: &str, name: &str) -> String {
    format!("({}, {})", Str(Chars::Utf8(module)), Str(Chars::Utf8(name)))
}

/// Pythons in a sentence.
fn these(pythons: Pythons) -> String {
    match pythons {
        Pythons::NONE => "no Python".to_owned(),
        Pythons::ALL => "every Python".to_owned(),
        pythons => format!("Python {pythons}"),
    }
}

/// Text of the input for a comment: in one line of ASCII.
fn shown(text: &str) -> String {
    let mut shown = Vec::new();
    Shown::Path(text.as_bytes()).write(&mut shown, Some(60));
    ascii(&String::from_utf8_lossy(&shown))
}

/// Text in ASCII: Python 2 takes nothing else, not in comments either.
fn ascii(text: &str) -> String {
    text.chars()
        .map(|character| match character {
            '…' => "...".to_owned(),
            ' '..='~' => character.to_string(),
            _ => character.escape_unicode().to_string(),
        })
        .collect()
}

#[derive(Default)]
struct Program {
    text: String,
}

impl Program {
    fn line(&mut self, line: fmt::Arguments<'_>) {
        // Writing to memory doesn't fail.
        let _ = self.text.write_fmt(line);
        self.text.push('\n');
    }

    /// A comment, on as many lines as it takes.
    fn comment(&mut self, indent: &str, text: &str) {
        let first = format!("{indent}# ");
        let options = textwrap::Options::new(WIDTH)
            .initial_indent(&first)
            .subsequent_indent(&first)
            .break_words(false)
            .word_splitter(textwrap::WordSplitter::NoHyphenation);
        for line in textwrap::wrap(&ascii(text), options) {
            self.line(format_args!("{line}"));
        }
    }

    fn head(&mut self, name: &str, shim: &Shim) {
        self.line(format_args!("#!/usr/bin/env python"));
        let what = if shim.dill {
            "No shim helps: this is dill's."
        } else if !shim.mappings.is_empty() {
            "Loads a pickle some of whose names have moved."
        } else if shim.is_needed() {
            "Loads a pickle that holds text or data of Python 2."
        } else if !shim.fails && shim.asked.without(shim.readers).is_empty() {
            "No shim is needed: no name of this pickle is known to have moved."
        } else {
            "No shim helps: what fails isn't known to be anywhere else."
        };
        self.comment("", &format!("{what} (pickscope explain --shim)"));
        self.comment("", &format!("The file: {}", shown(name)));
        let able = shim.asked.and(shim.readers);
        self.comment(
            "",
            &format!("For {}; its protocol is {}.", these(able), shim.protocol),
        );
        if shim.is_needed() {
            self.comment(
                "",
                "Loading a pickle runs whatever it says: load only what you trust.",
            );
        }
        if shim.is_needed() {
            self.parts(shim);
        }
        self.cannot(shim);
    }

    /// Where in the file the pickles are, if not all are the file itself.
    fn parts(&mut self, shim: &Shim) {
        let more = Counted(shim.more_parts, "more part");
        let says = match (&shim.part, shim.more_parts) {
            (None, 0) => return,
            (None, _) => format!(
                "It has pickles inside, in {more}. What unpacks them loads them, and not this program, unless you give each to load()."
            ),
            (Some(part), more_parts) => {
                let more = match more_parts {
                    0 => String::new(),
                    _ => format!(" and {more}"),
                };
                format!(
                    "The pickle is inside the file, in {}{more}: open what is there in binary mode, and give that to load(). Offsets are within it.",
                    shown(part)
                )
            }
        };
        self.line(format_args!("#"));
        self.comment("", &says);
    }

    /// What the program can't help with.
    fn cannot(&mut self, shim: &Shim) {
        let unable = shim.asked.without(shim.readers);
        if !unable.is_empty() {
            self.line(format_args!("#"));
            self.comment(
                "",
                &format!(
                    "{} can't read protocol {}: write the file again with a lower one.",
                    these(unable),
                    shim.protocol
                ),
            );
            let backport = unable.and(Pythons::since(6)).and(Pythons::until(7));
            if shim.protocol == 5 && !backport.is_empty() {
                self.comment(
                    "",
                    &format!(
                        "On {backport} the package pickle5 reads it: `import pickle5 as pickle`."
                    ),
                );
            }
        }
        if shim.dill {
            self.line(format_args!("#"));
            self.comment(
                "",
                "dill wrote this: load it with dill (pip install dill; dill.load(file)), which answers its own marks.",
            );
            let mut fixes: Vec<&str> = Vec::new();
            for mapping in &shim.mappings {
                let of = match &mapping.why {
                    Why::Library(moves) => moves.first(),
                    Why::Python { .. } => None,
                };
                if let Some(of) = of.filter(|of| !fixes.contains(&of.fix)) {
                    fixes.push(of.fix);
                    let (module, name) = &mapping.from;
                    self.comment("", &format!("{module} {name}: {}", of.fix));
                }
            }
        }
        if !shim.packages.is_empty() {
            let packages: Vec<String> = shim.packages.iter().map(|one| shown(one)).collect();
            self.line(format_args!("#"));
            self.comment("", &format!("It needs packages: {}", packages.join(", ")));
        }
        for given in &shim.given {
            self.line(format_args!("#"));
            self.comment(
                "",
                &match *given {
                    given if given.starts_with("persistent_load") => {
                        "It has persistent ids, which only the program that wrote them understands: write persistent_load(self, pid) as a method of the Unpickler."
                            .to_owned()
                    }
                    given if given.starts_with("buffers") => {
                        "It has out-of-band buffers: give them, load(file, buffers=...).".to_owned()
                    }
                    given => format!("It needs {given}."),
                },
            );
        }
        if !shim.unhelped.is_empty() {
            self.line(format_args!("#"));
            self.comment("", "What another name doesn't help with:");
        }
        for unhelped in shim.unhelped.iter().take(TOLD) {
            let (module, name) = &unhelped.name;
            let fails = match unhelped.fails {
                Pythons::NONE => String::new(),
                fails => format!(", on {}", these(fails)),
            };
            self.comment(
                "",
                &format!(
                    "- {} {} at offset {}{fails}: {}",
                    shown(module),
                    shown(name),
                    unhelped.offset,
                    unhelped.why
                ),
            );
        }
        let more = shim.unhelped.len().saturating_sub(TOLD) as u64;
        let more = more.saturating_add(shim.more);
        if more > 0 {
            self.comment("", &format!("- and {}", Counted(more, "more name")));
        }
        if shim.unjudged > 0 {
            let names = Counted(shim.unjudged, "name");
            self.comment(
                "",
                &format!("Not judged: {names} that a call makes or that no Python could have."),
            );
        }
    }

    fn body(&mut self, shim: &Shim) {
        let mapped = !shim.mappings.is_empty();
        let encoding = shim.encoding_for_readers();
        self.text.push('\n');
        if mapped {
            self.line(format_args!("import importlib"));
        }
        self.line(format_args!("import pickle\nimport sys"));
        if mapped {
            self.line(format_args!("\nMOVED = {{"));
            for mapping in &shim.mappings {
                self.mapping(mapping);
            }
            self.line(format_args!("}}"));
            self.text.push_str(CLASS);
        }
        let unpickler = if mapped {
            "Unpickler"
        } else {
            "pickle.Unpickler"
        };
        self.text.push_str("\n\ndef load(file, **options):\n");
        self.line(format_args!(
            "    \"\"\"The next object of a file that is open in binary mode.\"\"\""
        ));
        if let Some(encoding) = encoding {
            self.comment(
                "    ",
                &format!(
                    "Python 2 text at offset {}: {}.",
                    encoding.first, encoding.why
                ),
            );
            self.comment("    ", &format!("Without: {}", encoding.error()));
            if shim.encodings_differ {
                self.comment(
                    "    ",
                    "Another pickle of the file holds text in UTF-8: load that one with encoding='utf-8'.",
                );
            }
            if shim.asked.and(shim.readers).and(Pythons::PY2).is_empty() {
                self.line(format_args!(
                    "    options.setdefault('encoding', '{}')",
                    encoding.name
                ));
            } else {
                self.line(format_args!(
                    "    if sys.version_info[0] > 2:\n        options.setdefault('encoding', '{}')",
                    encoding.name
                ));
            }
        }
        self.line(format_args!(
            "    return {unpickler}(file, **options).load()"
        ));
        self.text.push_str(MAIN);
        if shim.pickles > 1 {
            self.line(format_args!(
                "        for _ in range({}):\n            print(repr(load(file)))",
                shim.pickles
            ));
        } else {
            self.line(format_args!("        print(repr(load(file)))"));
        }
    }

    /// A row of the table, with what is known of it.
    fn mapping(&mut self, mapping: &Mapping) {
        let why = match &mapping.why {
            Why::Python {
                fails,
                nowhere,
                found,
                verdict,
            } => {
                let looked = match &verdict.renamed {
                    Some((module, name)) => format!("looks for {module}.{name}"),
                    None => "doesn't find it".to_owned(),
                };
                let found = match *found {
                    Pythons::NONE => "none finds it".to_owned(),
                    found => format!(
                        "{found} {}",
                        if found.iter().count() == 1 {
                            "finds it"
                        } else {
                            "find it"
                        }
                    ),
                };
                let nowhere = match *nowhere {
                    Pythons::NONE => String::new(),
                    nowhere => format!(" {nowhere} has it nowhere."),
                };
                format!(
                    "Offset {}: {} {looked}: {}; {found}.{nowhere}",
                    mapping.offset,
                    these(*fails),
                    verdict.reason.words()
                )
            }
            Why::Library(moves) => {
                let moves: Vec<String> = moves
                    .iter()
                    .map(|of| {
                        let side = |pattern: Option<crate::lookup::moves::Pattern>| {
                            pattern.map_or_else(String::new, |pattern| match pattern.name {
                                Some(name) => format!("{}.{name}", pattern.module),
                                None => pattern.module.to_owned(),
                            })
                        };
                        format!(
                            "{} {} renamed {} to {}",
                            of.library,
                            of.changed.unwrap_or("of some version"),
                            side(of.old),
                            side(of.new)
                        )
                    })
                    .collect();
                format!("Offset {}: {}.", mapping.offset, moves.join("; "))
            }
        };
        self.comment("    ", &why);
        let places: Vec<String> = mapping
            .to
            .iter()
            .map(|(module, name): &Place| pair(module, name))
            .collect();
        self.line(format_args!(
            "    {}: [{}],",
            pair(&mapping.from.0, &mapping.from.1),
            places.join(", ")
        ));
    }
}

const CLASS: &str = r#"

class Unpickler(pickle.Unpickler):
    def find_class(self, module, name):
        try:
            return pickle.Unpickler.find_class(self, module, name)
        except (ImportError, AttributeError) as error:
            if (module, name) not in MOVED:
                raise
            failed = error
        for new_module, new_name in MOVED[module, name]:
            try:
                found = importlib.import_module(new_module)
                for attribute in new_name.split('.'):
                    found = getattr(found, attribute)
                return found
            except (ImportError, AttributeError):
                pass
        raise failed
"#;

const MAIN: &str = r"

if __name__ == '__main__':
    if len(sys.argv) != 2:
        sys.exit('usage: ' + sys.argv[0] + ' FILE')
    with open(sys.argv[1], 'rb') as file:
";
