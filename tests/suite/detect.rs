//! What bytes are that are no pickle: samples by hand, each with the source of its magic number.

use pickscope::{
    container::detect::{Detail, Finding, Format, detect},
    decode::ops,
    opcode::Opcode,
    reader::CrLf,
};
use proptest::prelude::*;

use crate::asm::Asm;

/// A pickle of a list, protocol 4 with a frame.
const PICKLE: &[u8] = b"\x80\x04\x95\x0b\x00\x00\x00\x00\x00\x00\x00]\x94(K\x01K\x02K\x03e.";

fn join(parts: &[&[u8]]) -> Vec<u8> {
    parts.concat()
}

fn at(offset: usize, magic: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0; offset];
    bytes.extend(magic);
    bytes
}

/// A member of a zip, stored: APPNOTE.TXT 4.3.7.
fn member(name: &[u8], content: &[u8]) -> Vec<u8> {
    let size = (content.len() as u32).to_le_bytes();
    join(&[
        b"PK\x03\x04\x14\0\0\0\0\0\0\0!P\0\0\0\0",
        &size,
        &size,
        &(name.len() as u16).to_le_bytes(),
        b"\0\0",
        name,
        content,
    ])
}

/// A tar header (POSIX ustar; without its magic, what v7 wrote) and its content.
fn tar(name: &[u8], magic: &[u8]) -> Vec<u8> {
    let mut header = vec![0; 512];
    header[..name.len()].copy_from_slice(name);
    header[100..107].copy_from_slice(b"0000644");
    header[124..135].copy_from_slice(b"00000000031");
    header[148..156].copy_from_slice(b"        ");
    header[257..257 + magic.len()].copy_from_slice(magic);
    let sum: u32 = header.iter().map(|b| u32::from(*b)).sum();
    header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    header.extend(PICKLE);
    header
}

/// numpy/lib/format.py, version 1.0: the magic, the version, the header's length, the header.
fn npy(header: &str) -> Vec<u8> {
    join(&[
        b"\x93NUMPY\x01\0",
        &(header.len() as u16).to_le_bytes(),
        header.as_bytes(),
    ])
}

/// What no honest pickle starts with.
fn strong() -> Vec<(&'static str, Vec<u8>)> {
    vec![
        ("empty", vec![]),
        ("zeros", vec![0; 70_000]),
        // RFC 1952: ID1, ID2, CM.
        ("gzip", b"\x1f\x8b\x08\0\0\0\0\0\x02\x03".to_vec()),
        // bzip2 writes `BZh`, the level, and the block's magic; without a block, the end's.
        ("bzip2", b"BZh91AY&SYT\xffn\xad".to_vec()),
        ("bzip2", b"BZh9\x17rE8P\x90\0\0\0\0".to_vec()),
        // The .xz file format 1.1, section 2.1.1.1.
        ("xz", b"\xfd7zXZ\0\0\x04\xe6\xd6\xb4F".to_vec()),
        // RFC 8878, sections 3.1.1 and 3.1.2.
        ("zstd", b"\x28\xb5\x2f\xfd\x24\x03".to_vec()),
        (
            "zstd",
            b"\x50\x2a\x4d\x18\x02\0\0\0ab\x28\xb5\x2f\xfd".to_vec(),
        ),
        // lz4_Frame_format.md: 0x184D2204, legacy 0x184C2102.
        ("lz4", b"\x04\x22\x4d\x18@@\xc0".to_vec()),
        ("lz4", b"\x02\x21\x4c\x18\x10\0\0\0".to_vec()),
        (
            "lz4",
            b"\x5f\x2a\x4d\x18\x02\0\0\0ab\x04\x22\x4d\x18".to_vec(),
        ),
        // joblib 0.9.2 wrote this.
        ("joblib-zf", b"ZF0x31f              x^k`\x8a-d".to_vec()),
        // lzma.compress(b'', lzma.FORMAT_ALONE), and joblib 0.10 with the size that it knew.
        (
            "lzma",
            b"]\0\0\x80\0\xff\xff\xff\xff\xff\xff\xff\xff\0\x83\xff".to_vec(),
        ),
        (
            "lzma",
            b"]\0\0\x80\0\xda\x03\0\0\0\0\0\0\0@\0\x87I".to_vec(),
        ),
        // RFC 1950, levels 1, 6, 9 and joblib's 3; the first is zlib.compress(b'', 0).
        ("zlib", b"x\x01\x01\0\0\xff\xff\0\0\0\x01".to_vec()),
        ("zlib", b"x\x9ck`\x99*\xcd".to_vec()),
        ("zlib", b"x\xdak`\x99*\xcd".to_vec()),
        ("zlib", b"x^k`\x8a-d\xd0H\xce".to_vec()),
        ("torch-zip", member(b"archive/data.pkl", PICKLE)),
        (
            "torch-zip",
            join(&[
                &member(b"model/version", b"3\n"),
                &member(b"model/data.pkl", PICKLE),
            ]),
        ),
        (
            "npz",
            member(
                b"arr_0.npy",
                &npy("{'descr': '<f8', 'fortran_order': False, 'shape': (), }"),
            ),
        ),
        (
            "keras-zip",
            join(&[
                &member(b"metadata.json", b"{}"),
                &member(b"config.json", b"{}"),
            ]),
        ),
        ("skops-zip", member(b"schema.json", b"{}")),
        ("office-zip", member(b"[Content_Types].xml", b"<")),
        ("zip", member(b"x.pkl", PICKLE)),
        // APPNOTE.TXT 4.3.16, an end record alone, and 8.5.4, the marker of a split archive.
        (
            "zip",
            b"PK\x05\x06\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0".to_vec(),
        ),
        ("zip", join(&[b"PK00", &member(b"x.pkl", PICKLE)])),
        (
            "npy-objects",
            npy("{'descr': '|O', 'fortran_order': False, 'shape': (3,), }\n"),
        ),
        (
            "npy-objects",
            npy("{'descr': [('a', '<f8'), ('b', '|O')], 'fortran_order': False, }\n"),
        ),
        (
            "npy",
            npy("{'descr': '<f8', 'fortran_order': False, 'shape': (3,), }\n"),
        ),
        ("torch-tar", tar(b"sys_info", b"")),
        ("tar", tar(b"load_data.pickle", b"ustar  \0")),
        ("tar", tar(b"././@PaxHeader", b"ustar\x0000")),
        ("tar", tar(b"old.pkl", b"")),
        // 7zFormat.txt: kSignature.
        ("7z", b"7z\xbc\xaf\x27\x1c\0\x04".to_vec()),
        ("rar", b"Rar!\x1a\x07\x01\0".to_vec()),
        ("git-lfs", LFS.as_bytes().to_vec()),
        ("html", b"\n<!DOCTYPE html>\n<html>".to_vec()),
        (
            "html",
            b"\xef\xbb\xbf<!-- saved --> <HTML lang=en>".to_vec(),
        ),
        ("html", b"<?xml version=\"1.0\"?>\n<html xmlns=".to_vec()),
        (
            "xml",
            b"<?xml version=\"1.0\"?><Error><Code>AccessDenied</Code></Error>".to_vec(),
        ),
        // HDF5 File Format Specification, II.A.
        ("hdf5", b"\x89HDF\r\n\x1a\n\0\0\0".to_vec()),
        // parquet-format: PAR1, then a page header in Thrift; the same magic at the end.
        ("parquet", b"PAR1\x15\x04\x15".to_vec()),
        ("parquet", b"PAR1....PAR1".to_vec()),
        // Arrow Columnar Format, IPC File Format; Feather V1.
        ("arrow", b"ARROW1\0\0\xff\xff\xff\xff".to_vec()),
        ("arrow", b"FEA1\0\0\0\0".to_vec()),
        // Avro specification, object container files.
        ("avro", b"Obj\x01\x04\x14avro.codec".to_vec()),
        // sqlite.org/fileformat2.html 1.3.1.
        ("sqlite", b"SQLite format 3\0\x10\0".to_vec()),
        // gdbmconst.h: 0x13579acd, ace, acf; whichdb of CPython's Lib/dbm/__init__.py asks for the same.
        ("gdbm", b"\xce\x9a\x57\x13\0\x10\0\0".to_vec()),
        ("gdbm", b"\x13\x57\x9a\xcf\0\0\x10\0".to_vec()),
        // file(1), Magdir/database: hash 0x61561 and B-tree 0x53162, 1.85 at 0 and later ones at 12.
        (
            "berkeley-db",
            b"\0\x06\x15\x61\0\0\0\x02\0\0\x04\xd2".to_vec(),
        ),
        (
            "berkeley-db",
            join(&[&[0; 12], b"\x61\x15\x06\0\x09\0\0\0"]),
        ),
        (
            "berkeley-db",
            join(&[&[0; 12], b"\x62\x31\x05\0\x09\0\0\0"]),
        ),
        // ZODB/FileStorage/format.py and fsIndex: packed_version.
        ("zodb", b"FS30\x03\xe0".to_vec()),
        ("zodb", b"FS21\x03\xe0".to_vec()),
        ("renpy-script", b"RENPY RPC2\x01\0\0\0.\0\0\0".to_vec()),
        (
            "renpy-archive",
            b"RPA-3.0 00000000001f5a34 42424242\n".to_vec(),
        ),
        // github.com/huggingface/safetensors, Format.
        (
            "safetensors",
            b"\x40\0\0\0\0\0\0\0{\"a\":{\"dtype\":\"F32\"".to_vec(),
        ),
        // ggml/docs/gguf.md: magic, version.
        ("gguf", b"GGUF\x03\0\0\0\0\0".to_vec()),
        // R Internals 1.8, serialization formats.
        ("rdata", b"RDX3\nX\n\0\0\0\x03".to_vec()),
        ("matlab", b"MATLAB 5.0 MAT-file, Platform: GLNXA64".to_vec()),
        ("rdkit", b"\xef\xbe\xad\xde\0\0\0\0\x0f\0\0\0".to_vec()),
        ("boost-archive", b"22 serialization::archive 10".to_vec()),
        // py_compile of each Python wrote these; the code object begins at 8, 12 and 16.
        ("pyc", b"\x03\xf3\r\n\x93\xa5\x7fgc\0\0\0\0".to_vec()),
        ("pyc", b"3\r\r\n\x93\xa5\x7fg*\0\0\0\xe3\0\0\0\0".to_vec()),
        (
            "pyc",
            b"\xf3\r\r\n\0\0\0\0\x93\xa5\x7fg*\0\0\0\xe3\0\0\0\0".to_vec(),
        ),
        // marshal.dumps of Python 3.13 and 2.7: a dict of a list, and a module's code.
        (
            "marshal",
            b"\xfb\xda\x01a[\x02\0\0\0\xe9\x01\0\0\0\xe9\x02\0\0\x000".to_vec(),
        ),
        (
            "marshal",
            b"{t\x01\0\0\0a[\x02\0\0\0i\x01\0\0\0i\x02\0\0\x000".to_vec(),
        ),
        (
            "marshal",
            b"\xe3\0\0\0\0\0\0\0\0\0\0\0\0\x02\0\0\0@\0\0\0".to_vec(),
        ),
        ("elf", b"\x7fELF\x02\x01\x01".to_vec()),
        (
            "pe",
            join(&[b"MZ", &at(0x3a, &[0x80, 0, 0, 0]), &[0; 0x40], b"PE\0\0"]),
        ),
        ("mach-o", b"\xcf\xfa\xed\xfe\x07\0\0\x01".to_vec()),
        ("png", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec()),
        ("jpeg", b"\xff\xd8\xff\xe0\0\x10JFIF".to_vec()),
        ("gif", b"GIF89a\x01\0".to_vec()),
        ("riff", b"RIFF\x24\0\0\0WAVEfmt ".to_vec()),
        ("ogg", b"OggS\0\x02".to_vec()),
        ("pdf", b"%PDF-1.7\n".to_vec()),
        // [MS-CFB] 2.2, header signature.
        ("ole", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\0".to_vec()),
        (
            "recoded",
            "\u{80}\u{4}\u{95}\u{b}\0\0\0\0\0\0\0]\u{94}."
                .as_bytes()
                .to_vec(),
        ),
        ("recoded", "\u{20ac}\u{3}]q\0.".as_bytes().to_vec()),
        (
            "replaced",
            "\u{fffd}\u{4}\u{fffd}\u{b}\0\0\0\0\0\0\0]\u{fffd}."
                .as_bytes()
                .to_vec(),
        ),
        ("utf-16", b"\xff\xfeh\0e\0l\0l\0o\0".to_vec()),
    ]
}

const LFS: &str = "version https://git-lfs.github.com/spec/v1\n\
    oid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393\n\
    size 12345\n";

/// What resembles something, and could be a pickle by its first byte.
fn weak() -> Vec<(&'static str, Vec<u8>)> {
    let hex: String = PICKLE.iter().map(|b| format!("{b:02x}")).collect();
    let literal: String = PICKLE.iter().map(|b| format!("\\x{b:02x}")).collect();
    vec![
        (
            "hdf5",
            at(512, b"\x89HDF\r\n\x1a\n")[..]
                .iter()
                .enumerate()
                .map(|(i, b)| if i < 4 { b'#' } else { *b })
                .collect(),
        ),
        ("marshal", b"c\0\0\0\0\0\0\0\0\x02\0\0\0@\0\0\0s".to_vec()),
        ("xml", b"<Error><Code>NoSuchKey</Code></Error>".to_vec()),
        ("crlf", b"(dp0\r\nS'a'\r\np1\r\nI1\r\ns.".to_vec()),
        (
            "crlf",
            b"\x80\x02c__builtin__\r\nset\r\nq\x00]q\x01\x85q\x02Rq\x03.".to_vec(),
        ),
        ("dbm-dumb", b"'key', (0, 26)\n'other', (512, 5)\n".to_vec()),
        ("literal", format!("b'{literal}'\n").into_bytes()),
        (
            "literal",
            br#"b'\x80\x04\x95\x0b\x00\x00\x00\x00\x00\x00\x00]\x94(K\x01K\x02K\x03e.'"#.to_vec(),
        ),
        ("literal", br#""(lp0\nI1\naI2\na.""#.to_vec()),
        ("escapes", literal.into_bytes()),
        (
            "xxd",
            b"00000000: 8004 950b 0000 0000 0000 005d 9428 4b01  ...........].(K.\n\
              00000010: 4b02 4b03 652e                           K.K.e.\n"
                .to_vec(),
        ),
        ("hex", hex.clone().into_bytes()),
        (
            "hex",
            hex.to_uppercase()
                .as_bytes()
                .chunks(8)
                .collect::<Vec<_>>()
                .join(&b'\n'),
        ),
        ("base64", b"gASVCwAAAAAAAABdlChLAUsCSwNlLg==\n".to_vec()),
        (
            "base64",
            b"gASVCwAA\nAAAAAABd\nlChLAUsC\nSwNlLg==\n".to_vec(),
        ),
        ("base64", b"KGxwMApJMQphSTIKYS4=".to_vec()),
        ("base64", b"H4sIAAAAAAACA2tgmSrNAAATexsuBgAAAA==".to_vec()),
        ("base64url", b"gANDBPv__vtxAC4".to_vec()),
        (
            "base64-quoted",
            b"b'gASVCwAAAAAAAABdlChLAUsCSwNlLg=='".to_vec(),
        ),
        (
            "base64-quoted",
            b"\"gASVCwAAAAAAAABdlChLAUsCSwNlLg==\"\n".to_vec(),
        ),
        (
            "embedded",
            join(&[b"HTTP/1.1 200 OK\r\nContent-Length: 22\r\n\r\n", PICKLE]),
        ),
        (
            "embedded",
            join(&[b"HTTP/1.1 200 OK\r\n\r\n", b"(lp0\nI1\na."]),
        ),
        ("embedded", join(&[b"\xef\xbb\xbf", PICKLE])),
        (
            "embedded",
            join(&[&(PICKLE.len() as u32).to_be_bytes(), PICKLE]),
        ),
        // onnx.proto: ModelProto.ir_version = 1, producer_name = 2.
        ("onnx", b"\x08\x07\x12\x07pytorch\x1a\x051.9.0".to_vec()),
        // saved_model.proto: SavedModel.saved_model_schema_version = 1, meta_graphs = 2.
        (
            "saved-model",
            b"\x08\x01\x12\xa8\xd3\x04\x0a\x9b\x1e".to_vec(),
        ),
        ("json-lines", b"{\"a\": 1}\n{\"a\": 2}\n".to_vec()),
        ("json", b"{\"error\": \"Not found\"}".to_vec()),
        ("json", b"\xef\xbb\xbf[1, 2, 3]".to_vec()),
        ("json", b"[\n  {\"a\": 1}\n]".to_vec()),
        ("yaml", b"---\na: 1\n".to_vec()),
        ("python-literal", b"{'a': [1, 2]}".to_vec()),
        ("python-literal", b"[('a', 1), ('b', 2)]".to_vec()),
        ("text", b"The file could not be found.\n".to_vec()),
        ("text", b"x^2 + y^2 = z^2 for all of them".to_vec()),
        (
            "text",
            "Une pièce jointe n'est pas une pomme.".as_bytes().to_vec(),
        ),
    ]
}

fn samples() -> Vec<(&'static str, Vec<u8>)> {
    let mut samples = strong();
    samples.extend(weak());
    samples
}

#[track_caller]
fn found(bytes: &[u8]) -> Finding<'_> {
    detect(bytes, true).unwrap_or_else(|| panic!("nothing found in {}", bytes.escape_ascii()))
}

#[test]
fn each_sample_is_told() {
    for (code, bytes) in samples() {
        assert_eq!(found(&bytes).code(), code, "{}", bytes.escape_ascii());
    }
}

#[test]
fn magic_numbers_are_strong_and_resemblances_are_not() {
    for (code, bytes) in strong() {
        assert!(found(&bytes).strong(), "{code}: {}", bytes.escape_ascii());
    }
    for (code, bytes) in weak() {
        assert!(!found(&bytes).strong(), "{code}: {}", bytes.escape_ascii());
    }
}

#[test]
fn every_format_has_a_sample_a_code_of_its_own_and_advice() {
    let samples = samples();
    let mut codes = std::collections::BTreeSet::new();
    for format in Format::all() {
        let code = format.code();
        assert!(codes.insert(code), "{code} stands twice");
        assert!(
            code.bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-'),
            "{code}"
        );
        let (_, bytes) = samples
            .iter()
            .find(|(c, _)| *c == code)
            .unwrap_or_else(|| panic!("no sample of {code}"));
        let finding = found(bytes);
        assert_eq!(finding.format, format);
        assert!(finding.advice().len() > 20, "{code}");
        assert!(finding.to_string().starts_with(finding.name()), "{code}");
    }
}

#[test]
fn pickles_are_nothing_else() {
    let pickles = [
        PICKLE.to_vec(),
        Asm::new().op(Opcode::None).stop(),
        Asm::new().line(Opcode::String, "'a'").stop(),
        Asm::new().line(Opcode::Float, "1.5").stop(),
        Asm::new()
            .pair(Opcode::Global, "copy_reg", "_reconstructor")
            .stop(),
        Asm::new()
            .payload(Opcode::BinUnicode, "<html>{\"a\": 1}")
            .stop(),
        // 0x2853 has the check of a zlib header.
        Asm::new()
            .op(Opcode::Mark)
            .line(Opcode::String, "'a'")
            .op(Opcode::Tuple)
            .stop(),
        Asm::new().line(Opcode::Unicode, "some text\r").stop(),
        // Cut and broken ones stay pickles.
        b"\x80\x04\x95".to_vec(),
        b"(dp0\nS'some words of".to_vec(),
        b"\x80\x02]q\x00(some words of text".to_vec(),
        b"\x80".to_vec(),
        // A pickle inside a broken pickle is no pickle with other bytes before it.
        join(&[b"\x80\x03C\x16", PICKLE, b"\xff"]),
    ];
    for pickle in pickles {
        let finding = detect(&pickle, true);
        assert!(finding.is_none(), "{}: {finding:?}", pickle.escape_ascii());
    }
}

#[test]
fn details_come_from_the_bytes() {
    let descr = npy(
        "{'descr': [('a', '<f8'), ('b\x1b[2J', '|O')], 'fortran_order': False, 'shape': (3,), }\n",
    );
    let finding = found(&descr);
    let Detail::Array {
        version,
        descr: dtype,
        shape,
        data,
        ..
    } = finding.detail
    else {
        panic!("{finding:?}")
    };
    assert_eq!((version, data), ((1, 0), descr.len() as u64));
    assert_eq!(dtype, b"[('a', '<f8'), ('b\x1b[2J', '|O')]");
    assert_eq!(shape, b"(3,)");
    assert_eq!(
        finding.to_string(),
        r"a NumPy array file of objects (.npy 1.0, dtype [('a', '<f8'), ('b\x1b[2J', '|O')], shape (3,))"
    );
    assert!(finding.advice().ends_with(&format!(
        "tail -c +{} FILE | pickscope dump",
        descr.len() + 1
    )));

    let zip = member(b"\x1b[2Jx.pkl", PICKLE);
    assert_eq!(
        found(&zip).to_string(),
        r"a zip archive (first member: \x1b[2Jx.pkl)"
    );

    let finding = found(LFS.as_bytes());
    assert_eq!(
        finding.to_string(),
        "a Git LFS pointer (sha256 4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393, 12345 bytes)"
    );
    let forged = LFS.replace("12345", "1\x1b[2J");
    assert_eq!(found(forged.as_bytes()).to_string(), "a Git LFS pointer");

    let embedded = join(&[b"HTTP/1.1 200 OK\r\n\r\n", PICKLE]);
    assert!(
        found(&embedded)
            .advice()
            .ends_with("tail -c +20 FILE | pickscope dump")
    );
    assert_eq!(
        found(b"H4sIAAAAAAACA2tgmSrNAAATexsuBgAAAA==").advice(),
        "Read it with --literal: pickscope dump --literal FILE. Turn it back: base64 -d FILE | zcat | pickscope dump"
    );
    assert!(
        found("\u{20ac}\u{3}]q\0.".as_bytes())
            .advice()
            .contains("-t CP1252 ")
    );
}

#[test]
fn pyc_tells_the_python() {
    let told = |bytes: &'static [u8]| match found(bytes).detail {
        Detail::Python {
            version,
            magic,
            development,
        } => (version, magic, development),
        other => panic!("{other:?}"),
    };
    assert_eq!(
        told(b"\x03\xf3\r\n\0\0\0\0c\0\0\0\0"),
        ("2.7", 62211, false)
    );
    assert_eq!(
        told(b"\xa7\r\r\n\0\0\0\0\0\0\0\0\0\0\0\0\xe3"),
        ("3.11", 3495, false)
    );
    assert_eq!(
        told(b"\xa6\r\r\n\0\0\0\0\0\0\0\0\0\0\0\0\xe3"),
        ("3.11", 3494, true)
    );
    assert_eq!(
        told(b"\x10\x0e\r\n\0\0\0\0\0\0\0\0\0\0\0\0\xe3"),
        ("3.14", 3600, false)
    );
    assert_eq!(
        told(b"\x42\x0e\r\n\0\0\0\0\0\0\0\0\0\0\0\0\xe3"),
        ("3.15", 3650, false)
    );
}

#[test]
fn lines_that_end_in_a_carriage_return_are_counted() {
    let verdict = |bytes: &[u8]| {
        let mut lines = CrLf::default();
        ops(bytes)
            .map_while(Result::ok)
            .for_each(|op| lines.see(&op));
        lines.verdict()
    };
    let damage = verdict(b"ccopy_reg\r\n_reconstructor\r\np0\r\nS'a'\r\n.").unwrap();
    assert_eq!((damage.lines, damage.carriage, damage.names), (4, 4, 2));
    assert!(damage.advice().contains("dos2unix"));
    assert_eq!(verdict(b"ccopy_reg\n_reconstructor\np0\nS'a'\n."), None);
    // A carriage return at the end of text or of a persistent id may be meant.
    assert_eq!(verdict(b"Va\r\n."), None);
    assert_eq!(verdict(b"Pa\r\n."), None);
    assert_eq!(verdict(b"\x80\x04N."), None);
    assert_eq!(verdict(b""), None);
}

#[test]
fn the_head_of_a_longer_input_is_told_alike() {
    let mut text = b"[1, 2, 3".to_vec();
    text.resize(100_000, b' ');
    assert_eq!(found(&text).format, Format::Json);
    // A character may be cut by the head's end.
    let text = format!("x{}", "é and ".repeat(20_000));
    assert_eq!(found(text.as_bytes()).format, Format::Text);
    assert!(detect(b"", false).is_none());
}

#[test]
fn every_prefix_of_every_sample_is_read_without_panic() {
    for (_, bytes) in samples() {
        for end in 0..bytes.len().min(700) {
            for whole in [false, true] {
                if let Some(finding) = detect(&bytes[..end], whole) {
                    assert!(!finding.to_string().contains('\x1b'));
                    finding.advice();
                }
            }
        }
    }
}

proptest! {
    #[test]
    fn any_bytes_are_read_without_panic(bytes: Vec<u8>, whole: bool) {
        if let Some(finding) = detect(&bytes, whole) {
            prop_assert!(!finding.to_string().chars().any(char::is_control));
            finding.advice();
        }
    }

    #[test]
    fn any_change_of_a_sample_is_read_without_panic(sample in 0..100_usize, place: usize, byte: u8) {
        let samples = samples();
        let (_, mut bytes) = samples[sample % samples.len()].clone();
        if !bytes.is_empty() {
            let place = place % bytes.len();
            bytes[place] = byte;
        }
        if let Some(finding) = detect(&bytes, true) {
            prop_assert!(!finding.to_string().chars().any(char::is_control));
            finding.advice();
        }
    }
}
