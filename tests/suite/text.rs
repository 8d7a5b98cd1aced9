//! What arguments mean, against what readers of CPython made of them: a checked-in list, and every Python that pyenv
//! has on texts of the moment.

use std::{
    env, fs,
    io::Write,
    path::Path,
    process::{Command, Stdio},
};

use pickscope::{
    decode::{
        Argument, Op, ops,
        text::{
            self, Agreement, Dialect, Integer, Key, Meaning, Text, Unreadable, agreement,
            agreement_among, key, meaning, readings,
        },
    },
    limits,
    opcode::Opcode,
    reader::Reading,
};

use crate::{
    asm::Asm,
    python::{pythons, say},
};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The dialect that follows a reader, of 3.6 to 3.12 the one that follows 3.13's.
fn dialect(version: &str, reader: &str) -> Option<Dialect> {
    Some(match (version, reader) {
        ("2.7", "c") => Dialect::C2,
        ("2.7", "py") => Dialect::Python2,
        ("3.14", "c") => Dialect::C314,
        ("3.14", "py") => Dialect::Python314,
        ("3.13", "genops") => Dialect::Tools,
        ("2.7" | "3.14", _) | (_, "genops") => return None,
        (_, "c") => Dialect::C,
        (_, "py") => Dialect::Python,
        _ => panic!("no reader {reader}"),
    })
}

/// The one opcode of a stream that has an argument; `None` where the decoder finds that it isn't there.
fn subject(stream: &[u8]) -> Option<Op<'_>> {
    ops(stream)
        .filter_map(Result::ok)
        .find(|op| op.argument != Argument::None)
}

/// Bytes as `escaped` of `tools/text_facts.py` writes them.
fn escaped(bytes: &[u8]) -> String {
    bytes
        .iter()
        .map(|&byte| match byte {
            b'\\' => "\\x5c".to_owned(),
            b'!'..=b'~' => char::from(byte).to_string(),
            _ => format!("\\x{byte:02x}"),
        })
        .collect()
}

/// An integer as `number` of `tools/text_facts.py` writes it.
fn number(n: &Integer<'_>) -> String {
    let hex = n.hex().unwrap_or_else(|| {
        let decimal = n.decimal().expect("decimal text");
        let number: num_bigint::BigInt = decimal.parse().expect("an integer");
        format!("{number:#x}")
    });
    let (sign, digits) = match hex.strip_prefix('-') {
        Some(rest) => ("-", rest.trim_start_matches("0x")),
        None => ("", hex.trim_start_matches("0x")),
    };
    if digits.len() <= 64 {
        return format!("int {}", n.decimal().expect("few digits"));
    }
    let (head, tail) = (&digits[..24], &digits[digits.len() - 24..]);
    format!("int {sign}0x{head}...{tail} ({} digits)", digits.len())
}

fn words(meaning: &Meaning<'_>, joined: bool) -> String {
    match meaning {
        Meaning::Bool(true) => "bool True".to_owned(),
        Meaning::Bool(false) => "bool False".to_owned(),
        Meaning::Int(n) => number(n),
        Meaning::Float(n) => format!("float {n:?}"),
        Meaning::Str(text) => format!("str {}", escaped(text.as_bytes())),
        Meaning::Bytes(bytes) => format!("bytes {}", escaped(bytes)),
        Meaning::Names { module, name } if joined => {
            let parts = [module.as_bytes(), b" ", name.as_bytes()];
            format!("joined {}", escaped(&parts.concat()))
        }
        Meaning::Names { module, name } => {
            let parts = [module, name].map(|part| escaped(part.as_bytes()));
            format!("names {}", parts.join(" "))
        }
        other => panic!("no words for {other:?}"),
    }
}

/// Python's names for what it raises where we refuse.
fn exceptions(why: Unreadable) -> &'static [&'static str] {
    match why {
        Unreadable::Empty => &["UnpicklingError"],
        // C fails to make its message of text that isn't UTF-8.
        Unreadable::NotANumber => &["ValueError", "UnicodeDecodeError"],
        // C looks at the size before it looks at what follows.
        Unreadable::NotAFloat => &["ValueError", "OverflowError"],
        Unreadable::TooManyDigits | Unreadable::NegativeIndex => &["ValueError"],
        Unreadable::FloatOverflow | Unreadable::IndexTooLarge => &["OverflowError"],
        Unreadable::UnquotedString => &["UnpicklingError", "ValueError"],
        Unreadable::BadEscape { .. } => &["ValueError", "UnicodeDecodeError"],
        Unreadable::NotUtf8 { .. } => &["UnicodeDecodeError"],
        Unreadable::NotAscii { .. } => &["UnicodeDecodeError", "UnpicklingError"],
        other => panic!("no exception for {other:?}"),
    }
}

/// Holds our reading of a stream to a reader's; else says both.
fn hold(stream: &[u8], seen: &str, version: &str, reader: &str) -> Result<(), String> {
    let Some(dialect) = dialect(version, reader) else {
        return Ok(());
    };
    let Some(op) = subject(stream) else {
        // The decoder finds no argument: it is cut, or its length lies.
        return match seen.starts_with("raises ") {
            true => Ok(()),
            false => Err(format!(
                "{}\n    {version}:{reader} has {seen}",
                escaped(stream)
            )),
        };
    };
    let ours = meaning(&op, dialect);
    let extension = matches!(op.opcode, Opcode::Ext1 | Opcode::Ext2 | Opcode::Ext4);
    let same = match (&ours, seen.split_once(' ')) {
        // 3.6 has no limit; the dialects follow 3.13.
        (Err(Unreadable::TooManyDigits), _) if version == "3.6" => true,
        (Err(why), Some(("raises", exception))) => exceptions(*why).contains(&exception),
        // What `repr` makes of the number is its key there.
        (Ok(Meaning::Int(n)), Some(("bytes", seen))) if dialect == Dialect::Python2 => {
            n.decimal().as_deref() == Some(seen)
        }
        // No extension has such a code; which one it was isn't said.
        (Ok(Meaning::Int(code)), Some(("raises", _))) if extension => {
            code.to_i64().is_some_and(|code| code <= 0)
        }
        (Ok(Meaning::Float(ours)), Some(("float", seen))) => {
            let seen: f64 = seen.parse().expect("a float");
            ours.to_bits() == seen.to_bits() || ours.is_nan() && seen.is_nan()
        }
        (Ok(ours), _) => words(ours, dialect == Dialect::Tools) == seen,
        _ => false,
    };
    if same {
        return Ok(());
    }
    let ours = match &ours {
        Ok(ours) => words(ours, dialect == Dialect::Tools),
        Err(why) => format!("refused: {why}"),
    };
    let stream = escaped(stream);
    Err(format!(
        "{stream}\n    {version}:{reader} has {seen}\n    {dialect:?} has {ours}"
    ))
}

/// The stream of a fact's first column: `4c 39*4301 0a2e`.
fn stream_of(column: &str) -> Vec<u8> {
    let byte = |hex: &str| u8::from_str_radix(hex, 16).expect("a byte in hex");
    let word = |word: &str| match word.split_once('*') {
        Some((hex, count)) => vec![byte(hex); count.parse().expect("a count")],
        None => (0..word.len())
            .step_by(2)
            .map(|at| byte(&word[at..at + 2]))
            .collect(),
    };
    column.split(' ').flat_map(word).collect()
}

fn facts() -> String {
    let path = root().join("tests/facts/text.tsv");
    fs::read_to_string(path).expect("tests/facts/text.tsv")
}

fn tell(wrong: &[String], of: usize) {
    let shown: Vec<&str> = wrong.iter().take(30).map(String::as_str).collect();
    assert!(
        wrong.is_empty(),
        "{} of {of} readings differ:\n{}",
        wrong.len(),
        shown.join("\n")
    );
}

#[test]
fn meanings_are_those_of_the_readers() {
    let facts = facts();
    let versions: Vec<&str> = facts
        .lines()
        .filter_map(|line| Some(line.strip_prefix("# ")?.split_once(' ')?.0))
        .collect();
    let place = |name: &str| {
        let place = versions.iter().position(|version| *version == name);
        place.expect("a version of the first lines")
    };
    let (mut held, mut wrong) = (0, Vec::new());
    for line in facts.lines().filter(|line| !line.starts_with('#')) {
        let columns: Vec<&str> = line.split('\t').collect();
        let [stream, _, seen, readers] = columns[..] else {
            panic!("four columns: {line}");
        };
        let stream = stream_of(stream);
        for group in readers.split(' ') {
            let (span, reader) = group.split_once(':').expect("versions and a reader");
            let (from, to) = span.split_once('-').unwrap_or((span, span));
            for version in &versions[place(from)..=place(to)] {
                held += 1;
                wrong.extend(hold(&stream, seen, version, reader).err());
            }
        }
    }
    assert!(held > 30_000, "only {held} facts");
    tell(&wrong, held);
}

/// Numbers that are the same in every run.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        // Knuth's MMIX; the high bits are the good ones.
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % bound
    }

    fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len())]
    }
}

/// A stream with one opcode of `like`'s, its text changed in up to four places.
fn mutated(like: &Op<'_>, random: &mut Random) -> Option<Vec<u8>> {
    const NUMBERS: &[u8] = b"0011289_xXoObBLl+-. \t\r\x00aefFE\xff";
    const STRINGS: &[u8] = b"\\\\\\'\"uUxnd8019aAfF \r\x00\x7f\x80\xc3\xa9\xed\xa0\x80\xbf\xf0\x9f";
    let (text, alphabet) = match (like.opcode, like.argument) {
        (Opcode::Int | Opcode::Long | Opcode::Float, Argument::Line(line)) => (line, NUMBERS),
        (Opcode::Get | Opcode::Put, Argument::Line(line)) => (line, NUMBERS),
        (_, Argument::Line(line)) => (line, STRINGS),
        (_, Argument::Pair { name, .. }) => (name, STRINGS),
        (Opcode::BinUnicode, Argument::Bytes(payload)) => (payload, STRINGS),
        _ => return None,
    };
    let mut text = text.to_vec();
    for _ in 0..=random.below(4) {
        let byte = *random.pick(alphabet);
        let at = random.below(text.len() + 1);
        match random.below(4) {
            0 if at < text.len() => text[at] = byte,
            1 if at < text.len() => drop(text.remove(at)),
            _ => text.insert(at, byte),
        }
    }
    let asm = Asm::new();
    Some(match like.opcode {
        // C's memo is as long as the index is large.
        Opcode::Put if text.iter().filter(|byte| byte.is_ascii_digit()).count() > 5 => return None,
        Opcode::Put => asm.op(Opcode::None).line(Opcode::Put, text).stop(),
        Opcode::Global => asm.pair(Opcode::Global, "m", text).stop(),
        Opcode::Inst => asm.op(Opcode::Mark).pair(Opcode::Inst, "m", text).stop(),
        Opcode::BinUnicode => asm.payload(Opcode::BinUnicode, text).stop(),
        opcode => asm.line(opcode, text).stop(),
    })
}

/// What the readers of an interpreter make of streams: `c`, `py` and `genops` of each.
fn ask(python: &Path, streams: &[Vec<u8>]) -> Result<Vec<Vec<String>>, String> {
    let mut child = Command::new(python)
        .arg("-B")
        .arg(root().join("tools/text_facts.py"))
        .arg("--probe")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| error.to_string())?;
    let asked: String = streams
        .iter()
        .map(|stream| {
            let hex: String = stream.iter().map(|byte| format!("{byte:02x}")).collect();
            hex + "\n"
        })
        .collect();
    let mut stdin = child.stdin.take().expect("a pipe");
    let writer = std::thread::spawn(move || stdin.write_all(asked.as_bytes()));
    let output = child
        .wait_with_output()
        .map_err(|error| error.to_string())?;
    let _ = writer.join();
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned());
    }
    let answer = String::from_utf8(output.stdout).expect("ASCII");
    let rows = answer
        .lines()
        .map(|line| line.split('\t').map(str::to_owned).collect());
    Ok(rows.collect())
}

#[test]
fn meanings_of_random_texts_are_those_of_living_pythons() {
    let facts = facts();
    let mut likes: Vec<Vec<u8>> = facts
        .lines()
        .filter(|line| !line.starts_with('#'))
        .map(|line| stream_of(line.split('\t').next().expect("a column")))
        .filter(|stream| stream.len() < 100)
        .collect();
    likes.dedup();
    let mut random = Random(20_260_101);
    let mut streams = Vec::new();
    while streams.len() < 600 {
        let like = random.pick(&likes);
        if let Some(op) = subject(like) {
            streams.extend(mutated(&op, &mut random));
        }
    }
    let (mut held, mut wrong) = (0, Vec::new());
    for (version, python) in pythons() {
        let answers = match ask(&python, &streams) {
            Ok(answers) if answers.len() == streams.len() => answers,
            failed => {
                say(&format!(
                    "skipped: Python {version} doesn't run: {failed:?}"
                ));
                continue;
            }
        };
        for (stream, answers) in streams.iter().zip(answers) {
            for (reader, seen) in ["c", "py", "genops"].iter().zip(answers) {
                if seen != "raises MemoryError" {
                    held += 1;
                    wrong.extend(hold(stream, &seen, &version, reader).err());
                }
            }
        }
    }
    tell(&wrong, held);
}

fn only(stream: &[u8]) -> Op<'_> {
    subject(stream).expect("an argument")
}

fn int(stream: &[u8], dialect: Dialect) -> Integer<'_> {
    match meaning(&only(stream), dialect) {
        Ok(Meaning::Int(n)) => n,
        other => panic!("{} is {other:?}", escaped(stream)),
    }
}

#[test]
fn integers_are_equal_by_value() {
    let huge = 1u128 << 80;
    let stream = Asm::new().payload(Opcode::Long1, huge.to_le_bytes()).stop();
    let same = [
        int(&stream, Dialect::C),
        int(b"I1208925819614629174706176\n.", Dialect::C),
        int(b"L1_208925819614629174706176L\n.", Dialect::C),
        int(b"I0x100000000000000000000\n.", Dialect::C),
        int(b"L0b100000000000000000000000000000000000000000000000000000000000000000000000000000000L\n.", Dialect::C),
        int(b"L0400000000000000000000000000\n.", Dialect::C2),
    ];
    for one in &same {
        for other in &same {
            assert_eq!(one, other);
        }
        assert_eq!(one.to_i64(), None);
        assert_eq!(one.to_u64(), None);
        assert_eq!(one.bits(), Some(81));
        assert_eq!(one.hex().as_deref(), Some("0x100000000000000000000"));
        assert_eq!(one.decimal().as_deref(), Some("1208925819614629174706176"));
        assert_ne!(*one, int(b"I1208925819614629174706177\n.", Dialect::C));
        assert_ne!(*one, int(b"I-1208925819614629174706176\n.", Dialect::C));
    }
}

#[test]
fn integers_of_64_bits_have_one_form() {
    for text in ["18446744073709551615", "0xffffffffffffffff"] {
        let stream = Asm::new().line(Opcode::Int, text).stop();
        assert_eq!(int(&stream, Dialect::C), Integer::from(u64::MAX));
        assert_eq!(int(&stream, Dialect::C).to_u64(), Some(u64::MAX));
    }
    let unsigned = [&u64::MAX.to_le_bytes()[..], &[0]].concat();
    assert_eq!(
        Integer::from_twos_complement(&unsigned),
        Integer::from(u64::MAX)
    );
    for n in [
        i64::MIN,
        -256,
        -129,
        -128,
        -1,
        0,
        1,
        127,
        128,
        255,
        i64::MAX,
    ] {
        let decimal = n.to_string();
        let stream = Asm::new().line(Opcode::Long, &decimal).stop();
        assert_eq!(int(&stream, Dialect::Python).to_i64(), Some(n));
        for fill in 0..20 {
            let sign = if n < 0 { 0xff } else { 0 };
            let bytes = [&n.to_le_bytes()[..], &vec![sign; fill]].concat();
            let integer = Integer::from_twos_complement(&bytes);
            assert_eq!(integer.to_i64(), Some(n));
            assert_eq!(integer.decimal().as_deref(), Some(&*decimal));
        }
    }
    assert_eq!(Integer::from_twos_complement(b"").to_i64(), Some(0));
    assert_eq!(Integer::from(-31i64).hex().as_deref(), Some("-0x1f"));
    assert_eq!(Integer::from(i64::MIN).bits(), Some(64));
    assert_eq!(Integer::from(0i64).bits(), Some(0));
}

#[test]
fn long_integers_are_told_without_quadratic_work() {
    let most = limits::DECIMAL_DIGITS;
    // 10^4300 - 1 is the largest of 4300 digits, and 10^4300 the smallest of 4301.
    let ends = [
        ("9".repeat(most), true),
        (format!("1{}", "0".repeat(most)), false),
    ];
    for (digits, written) in ends {
        let number = num_bigint::BigInt::parse_bytes(digits.as_bytes(), 10).unwrap();
        let bytes = number.to_signed_bytes_le();
        let integer = Integer::from_twos_complement(&bytes);
        assert_eq!(integer.decimal().is_some(), written);
        assert_eq!(integer.bits(), Some(number.bits()));
    }
    let million = 1_000_000;
    let stream = Asm::new().line(Opcode::Long, "9".repeat(million)).stop();
    assert_eq!(
        meaning(&only(&stream), Dialect::C),
        Err(Unreadable::TooManyDigits)
    );
    let integer = int(&stream, Dialect::Python2);
    assert_eq!(integer.decimal().map(|text| text.len()), Some(million));
    assert_eq!((integer.bits(), integer.hex()), (None, None));
    assert_eq!(integer, integer.clone());
    let stream = Asm::new()
        .line(Opcode::Int, format!("0x{}", "f".repeat(million)))
        .stop();
    let integer = int(&stream, Dialect::C);
    assert_eq!(integer.decimal(), None);
    assert_eq!(integer.bits(), Some(4 * million as u64));
    let blob = vec![0x7f; million];
    let integer = Integer::from_twos_complement(&blob);
    assert_eq!(integer.decimal(), None);
    assert_eq!(integer.bits(), Some(8 * million as u64 - 1));
}

/// Whether two slices are the same place in memory.
fn borrows(from: &[u8], part: &[u8]) -> bool {
    from.as_ptr_range().contains(&part.as_ptr())
}

#[test]
fn plain_arguments_are_borrowed() {
    for stream in [
        &b"S'abc'\n."[..],
        b"T\x03\x00\x00\x00abc.",
        b"B\x03\x00\x00\x00abc.",
    ] {
        match meaning(&only(stream), Dialect::C) {
            Ok(Meaning::Bytes(bytes)) => assert!(borrows(stream, &bytes)),
            other => panic!("{other:?}"),
        }
    }
    for stream in [
        &b"Vabc\\n\n."[..],
        b"Pabc\n.",
        b"\x8c\x03abc.",
        b"\x8c\x03\xed\xa0\x80.",
    ] {
        match meaning(&only(stream), Dialect::C) {
            Ok(Meaning::Str(text)) => assert!(borrows(stream, text.as_bytes())),
            other => panic!("{other:?}"),
        }
    }
    for stream in [
        &b"L123456789012345678901234567890L\n."[..],
        b"L-123456789012345678901234567890L\n.",
        b"I +0123456789012345678901234567890 \n.",
    ] {
        let integer = int(stream, Dialect::Tools);
        assert!(borrows(stream, integer.decimal().unwrap().as_bytes()));
    }
}

#[test]
fn text_that_utf_8_cannot_hold() {
    let of = |stream: &'static [u8]| match meaning(&only(stream), Dialect::C) {
        Ok(Meaning::Str(text)) => Ok(text),
        Err(why) => Err(why),
        other => panic!("{other:?}"),
    };
    let pair = Text::Wtf8(b"\xed\xa0\xbd\xed\xb8\x80"[..].into());
    assert_eq!(of(b"V\\ud83d\\ude00\n."), Ok(pair.clone()));
    assert_eq!(of(b"\x8c\x06\xed\xa0\xbd\xed\xb8\x80."), Ok(pair));
    assert_eq!(of(b"V\\U0001f600\n."), Ok(Text::Str("\u{1f600}".into())));
    assert_eq!(of(b"V\\ud83d\n.").unwrap().as_str(), None);
    let refused = [
        (&b"\x8c\x02a\xff."[..], Unreadable::NotUtf8 { at: 1 }),
        (
            b"\x8c\x06a\xed\xa0\x80b\xff.",
            Unreadable::NotUtf8 { at: 5 },
        ),
        (b"Vab\\u12\n.", Unreadable::BadEscape { at: 2 }),
        (b"Pab\xff\n.", Unreadable::NotAscii { at: 2 }),
        (b"S'a\\x1'\n.", Unreadable::BadEscape { at: 2 }),
        (b"cm\na\xe9\n.", Unreadable::NotUtf8 { at: 1 }),
    ];
    for (stream, why) in refused {
        assert_eq!(
            meaning(&only(stream), Dialect::C),
            Err(why),
            "{}",
            escaped(stream)
        );
    }
}

#[test]
fn places_in_the_memo() {
    let of = |stream: &'static [u8], dialect| key(&only(stream), dialect);
    let text = |text: &'static str| Ok(Some(Key::Text(text.as_bytes().into())));
    let index = |n| Ok(Some(Key::Index(n)));
    for dialect in [
        Dialect::C,
        Dialect::Python,
        Dialect::C314,
        Dialect::Python314,
    ] {
        assert_eq!(of(b"g5\n.", dialect), index(5));
        assert_eq!(of(b"g 0_5 \n.", dialect), index(5));
        assert_eq!(of(b"g010\n.", dialect), index(10));
        assert_eq!(of(b"h\x05.", dialect), index(5));
        assert_eq!(of(b"j\xff\xff\xff\xff.", dialect), index(0xffff_ffff));
        assert_eq!(of(b"g-5\n.", dialect), Err(Unreadable::NegativeIndex));
        assert_eq!(of(b"p-5\n.", dialect), Err(Unreadable::NegativeIndex));
        assert_eq!(of(b"p0x5\n.", dialect), Err(Unreadable::NotANumber));
        assert_eq!(key(&only(b"I5\n."), dialect), Ok(None));
    }
    // cPickle: text and numbers never meet (`Np0\n0h\0.` raises BadPickleGet there).
    assert_eq!(of(b"g5\n.", Dialect::C2), text("5"));
    assert_eq!(of(b"h\x05.", Dialect::C2), index(5));
    assert_eq!(of(b"j\xfb\xff\xff\xff.", Dialect::C2), index(0xffff_fffb));
    assert_eq!(of(b"p\n.", Dialect::C2), Err(Unreadable::Empty));
    // 2.7's pickle.py: a number is its text.
    assert_eq!(of(b"g5\n.", Dialect::Python2), index(5));
    assert_eq!(of(b"h\x05.", Dialect::Python2), index(5));
    assert_eq!(of(b"g05\n.", Dialect::Python2), text("05"));
    assert_eq!(of(b"g-5\n.", Dialect::Python2), text("-5"));
    assert_eq!(of(b"j\xfb\xff\xff\xff.", Dialect::Python2), text("-5"));
    assert_eq!(of(b"g4294967291\n.", Dialect::Python2), text("4294967291"));
    assert_eq!(of(b"p\n.", Dialect::Python2), text(""));
    // Only C ends where an address does.
    let far = Ok(Some(Key::Decimal("99999999999999999999".into())));
    assert_eq!(of(b"p99999999999999999999\n.", Dialect::Python), far);
    assert_eq!(
        of(b"p99999999999999999999\n.", Dialect::C),
        Err(Unreadable::IndexTooLarge)
    );
    assert_eq!(of(b"p01\n.", Dialect::Tools), index(1));
    assert_eq!(
        of(b"p-1\n.", Dialect::Tools),
        Ok(Some(Key::Decimal("-1".into())))
    );
}

#[test]
fn agreement_is_told_from_the_readings() {
    let cases: [(&[u8], Agreement); 16] = [
        (b"I5\n.", Agreement::All),
        (b"I01\n.", Agreement::All),
        (b"I 1\n.", Agreement::Some),
        (b"I-0\n.", Agreement::Some),
        (b"I010\n.", Agreement::Some),
        (b"I0x10\n.", Agreement::All),
        (b"Ix\n.", Agreement::None(Unreadable::NotANumber)),
        (b"I\n.", Agreement::None(Unreadable::Empty)),
        (b"F1e400\n.", Agreement::Some),
        (b"Fnan\n.", Agreement::All),
        (b"F1_0.5\n.", Agreement::Some),
        (b"S'a\n.", Agreement::None(Unreadable::UnquotedString)),
        (
            b"\x8c\x01\xff.",
            Agreement::None(Unreadable::NotUtf8 { at: 0 }),
        ),
        (b"c\nn\n.", Agreement::Some),
        (b"p99999999999999999999\n.", Agreement::Some),
        (b"K\x05.", Agreement::All),
    ];
    for (stream, expected) in cases {
        assert_eq!(agreement(&only(stream)), expected, "{}", escaped(stream));
    }
    let three = [Dialect::C, Dialect::Python, Dialect::C314];
    assert_eq!(agreement_among(&only(b"I0x10\n."), &three), Agreement::Some);
    let op = only(b"I0x10\n.");
    assert_eq!(
        readings(op).filter(|(_, reading)| reading.is_ok()).count(),
        3
    );
}

/// The short way of [`agreement`] gives what the long way would.
#[test]
fn agreement_at_a_glance_is_agreement() {
    for line in facts().lines().filter(|line| !line.starts_with('#')) {
        let stream = stream_of(line.split('\t').next().expect("a column"));
        let Some(op) = subject(&stream) else {
            continue;
        };
        assert_eq!(
            agreement(&op),
            agreement_among(&op, &[Dialect::C, Dialect::Python]),
            "{}",
            escaped(&stream)
        );
    }
}

/// A float that is taken at a glance is one and the same to all loaders, and what `float.__repr__` writes is taken so but for
/// those that nearly overflow.
#[test]
fn floats_at_a_glance_are_those_of_the_readers() {
    let mut plain = 0;
    let mut hold = |text: &str, wanted: bool| {
        let stream = format!("F{text}\n.");
        let op = only(stream.as_bytes());
        let is_plain = text::is_plain(&op);
        assert!(is_plain || !wanted, "{text} isn't taken at a glance");
        if is_plain {
            plain += 1;
            assert_eq!(
                agreement_among(&op, &Dialect::LOADERS),
                Agreement::All,
                "{text}"
            );
        }
    };
    for written in [
        "0.0",
        "-0.0",
        "1.0",
        "0.1",
        "-2.5",
        "1e-05",
        "1.5e-07",
        "-1e+16",
        "1.2345678901234567e+22",
        "5e-324",
        "2.2250738585072014e-308",
        "1.7976931348623157e+299",
        "inf",
        "-inf",
        "nan",
    ] {
        hold(written, true);
    }
    for sign in ["", "+", "-", " "] {
        for digits in [
            "", "0", "7", "12", ".", "1.", ".5", "1.5", "1.5.5", "1_0", "\u{661}", "inf", "nan",
            "Inf",
        ] {
            for exponent in [
                "", "e", "e5", "e05", "e+05", "e-05", "e_05", "e 05", "e+299", "e+300", "e+308",
                "e-308", "e-999", "e+999", "e+0005", "E+05", "e++5", "e+5_", "e05 ", "e+05\0", " ",
                "\0", "y",
            ] {
                hold(&format!("{sign}{digits}{exponent}"), false);
            }
        }
    }
    assert!(plain > 50, "{plain}");
}

/// The short way of a reader with GET and PUT leads to the place that the long way does, and takes no more than it.
#[test]
fn indexes_at_a_glance_are_those_of_the_readers() {
    let mut spellings: Vec<Vec<u8>> = Vec::new();
    for digits in [
        "", "0", "1", "01", "00", "7", "10", "0x1", "300", "123456", "1_0",
    ] {
        for before in ["", " ", "+", "-", "\t", "0"] {
            for after in ["", " ", "\r", "L", ".0", "\0", "\u{661}"] {
                spellings.push(format!("{before}{digits}{after}").into_bytes());
            }
        }
    }
    let mut met = 0;
    for spelling in spellings {
        let put = [b"p", spelling.as_slice(), b"\n"].concat();
        let op = ops(&put).next().expect("an opcode").expect("it is whole");
        let reads = |index: u32| {
            let got = [b"Np", &spelling[..], b"\n0j", &index.to_le_bytes(), b"."].concat();
            pickscope::pickles(&got).next().map(|pickle| pickle.reading)
        };
        let place = match key(&op, Dialect::C) {
            Ok(Some(Key::Index(index))) => u32::try_from(index).ok(),
            _ => None,
        };
        for index in [0, 1, 7, 10, 300, 123_456] {
            let is_whole = reads(index) == Some(Reading::Complete);
            if place != Some(index) {
                assert!(!is_whole, "{} isn't {index}", escaped(&put));
            } else if key(&op, Dialect::Python) == key(&op, Dialect::C) {
                assert!(is_whole, "{} is {index}", escaped(&put));
                met += 1;
            }
        }
    }
    assert!(met > 50, "{met}");
}
