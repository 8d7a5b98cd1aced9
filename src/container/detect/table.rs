//! The table of formats: one row each, in the order in which they are tried, the surest first.
//!
//! Magic numbers follow the formats' own specifications and the database of file(1); where a row's function knows more,
//! its source stands there. In advice, `FILE` stands for the input.

use super::{Finding, Head, SURE, Seen, encoded, look, python, text};

/// How a format is told.
pub(super) enum Test {
    /// One of these magic numbers at the first byte: none begins an honest pickle.
    Magic(&'static [&'static [u8]]),
    /// A look that may be sure.
    Look(for<'a> fn(Head<'a>) -> Option<Seen<'a>>),
    /// A look at what could also be a pickle, taken only where the bytes don't read as one.
    Guess(for<'a> fn(Head<'a>) -> Option<Seen<'a>>),
}

pub(super) struct Row {
    pub(super) format: Format,
    pub(super) code: &'static str,
    pub(super) name: &'static str,
    pub(super) test: Test,
    pub(super) advice: &'static str,
}

impl Row {
    pub(super) fn look<'a>(&self, head: Head<'a>) -> Option<Finding<'a>> {
        let seen = match self.test {
            Test::Magic(magics) => {
                if !magics.iter().any(|magic| head.has(0, magic)) {
                    return None;
                }
                SURE
            }
            Test::Look(look) => look(head),
            Test::Guess(_) => None,
        };
        self.finding(seen?)
    }

    pub(super) fn finding<'a>(&self, seen: Seen<'a>) -> Option<Finding<'a>> {
        Some(Finding {
            format: self.format,
            detail: seen.detail,
            strong: seen.strong,
        })
    }
}

impl Format {
    /// Every format, in the order in which they are tried.
    pub fn all() -> impl ExactSizeIterator<Item = Self> {
        ROWS.iter().map(|row| row.format)
    }

    #[allow(clippy::indexing_slicing)] // Formats and rows come from one macro, in one order.
    pub(super) fn row(self) -> &'static Row {
        &ROWS[self as usize]
    }

    /// A stable name for programs: `gzip`.
    pub fn code(self) -> &'static str {
        self.row().code
    }

    /// What it is called, as it stands after "this is": `gzip-compressed data`.
    pub fn name(self) -> &'static str {
        self.row().name
    }
}

macro_rules! formats {
    ($($format:ident $code:literal $name:literal $test:ident $($what:expr),+ ; $advice:literal)*) => {
        /// What bytes can be that are no pickle.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum Format {
            $(#[doc = concat!($name, ".")] $format,)*
        }

        pub(super) static ROWS: &[Row] = &[$(Row {
            format: Format::$format,
            code: $code,
            name: $name,
            test: formats!(@$test $($what),+),
            advice: $advice,
        },)*];
    };
    (@magic $($magic:expr),+) => { Test::Magic(&[$($magic),+]) };
    (@look $look:expr) => { Test::Look($look) };
    (@guess $look:expr) => { Test::Guess($look) };
}

formats! {
    Empty "empty" "an empty input" look look::empty;
        "Nothing was written, or the writer never closed its file (loaders say EOFError: Ran out of input). Write it again, in a with block."
    Zeros "zeros" "nothing but zero bytes" look look::zeros;
        "The space was reserved but never written: a crash, a full disk or a broken download. Copy or write the file again."

    Gzip "gzip" "gzip-compressed data" magic b"\x1f\x8b";
        "Unpack it first: zcat FILE | pickscope dump. pandas' to_pickle('x.pkl.gz'), joblib.dump(compress=('gzip', 3)) and gzip.open write it."
    Bzip2 "bzip2" "bzip2-compressed data" look look::bzip2;
        "Unpack it first: bzip2 -dc FILE | pickscope dump. pandas' to_pickle('x.pkl.bz2'), joblib and bz2.open write it."
    Xz "xz" "xz-compressed data" magic b"\xfd7zXZ\0";
        "Unpack it first: xz -dc FILE | pickscope dump. pandas' to_pickle('x.pkl.xz'), joblib and lzma.open write it."
    Zstd "zstd" "Zstandard-compressed data" look look::zstd;
        "Unpack it first: zstd -dc FILE | pickscope dump. pandas' to_pickle('x.pkl.zst') and compression.zstd write it."
    Lz4 "lz4" "LZ4-compressed data" look look::lz4;
        "Unpack it first: lz4 -dc FILE | pickscope dump. joblib.dump(compress='lz4') writes it."
    JoblibZ "joblib-zf" "a compressed joblib dump of before 0.10" magic b"ZF0x";
        "Unpack it first: python3 -c \"import sys, zlib; sys.stdout.buffer.write(zlib.decompress(open('FILE', 'rb').read()[21:].lstrip(b' ')))\" | pickscope dump. Its arrays lie beside it in files named FILE_01.npy.z and so on."
    Lzma "lzma" "LZMA-compressed data" look look::lzma;
        "Unpack it first: xz --format=lzma -dc FILE | pickscope dump. joblib.dump(compress=('lzma', 3)) writes it."
    Zlib "zlib" "zlib-compressed data" look look::zlib;
        "Unpack it first: python3 -c \"import sys, zlib; sys.stdout.buffer.write(zlib.decompress(open('FILE', 'rb').read()))\" | pickscope dump. joblib.dump(compress=True) writes it, and so do caches that call zlib.compress(pickle.dumps(x))."

    TorchZip "torch-zip" "a PyTorch archive (zip)" look look::torch_zip;
        "Its pickle is the member that ends in data.pkl: unzip -p FILE '*data.pkl' | pickscope dump. torch.save writes it since PyTorch 1.6."
    Npz "npz" "a NumPy archive of arrays (.npz)" look look::npz;
        "List its arrays with unzip -l FILE; take one out with unzip -p FILE NAME.npy > NAME.npy and give that to pickscope. numpy.savez writes it; only arrays of objects hold a pickle."
    KerasZip "keras-zip" "a Keras model (zip)" look look::keras_zip;
        "A .keras file holds JSON and HDF5 weights, and no pickle of its own; list what it has with unzip -l FILE."
    SkopsZip "skops-zip" "a skops file (zip)" look look::skops_zip;
        "It keeps its object as JSON in schema.json, and no pickle of its own; skops.io.visualize shows it. Look with: unzip -p FILE schema.json"
    OfficeZip "office-zip" "an Office document (zip)" look look::office_zip;
        "Spreadsheets and documents hold no pickle; open it with an office program or pandas.read_excel."
    Zip "zip" "a zip archive" look look::zip;
        "List its members with unzip -l FILE; read one with: unzip -p FILE MEMBER | pickscope dump. pandas' to_pickle('x.zip') writes one member, which is the pickle."
    NpyObjects "npy-objects" "a NumPy array file of objects" look look::npy_objects;
        "numpy.save wrote the objects as a pickle behind its header."
    Npy "npy" "a NumPy array file" look look::npy;
        "numpy.save wrote it; it holds raw numbers and no pickle. Load it with numpy.load('FILE', allow_pickle=False)."
    TorchTar "torch-tar" "a PyTorch archive of before 0.1.10 (tar)" look look::torch_tar;
        "Its pickles are the members named pickle, storages and tensors: tar -xOf FILE pickle | pickscope dump"
    Tar "tar" "a tar archive" look look::tar;
        "List its members with tar -tf FILE; read one with: tar -xOf FILE MEMBER | pickscope dump. Spyder's .spydata is one, and so is what pandas' to_pickle('x.tar') writes."
    SevenZip "7z" "a 7-Zip archive" magic b"7z\xbc\xaf\x27\x1c";
        "List its members with 7z l FILE; read one with: 7z e -so FILE MEMBER | pickscope dump"
    Rar "rar" "a RAR archive" magic b"Rar!\x1a\x07";
        "Unpack it first: unrar p -inul FILE MEMBER | pickscope dump"

    GitLfs "git-lfs" "a Git LFS pointer" look text::git_lfs;
        "The real file was never fetched: run git lfs pull (git lfs install first, if that is unknown) in the repository, or download the file itself rather than its raw page."
    Html "html" "an HTML page" look text::html;
        "A web page was saved in place of the file: a download, login or error page. Open it in a browser to read what it says, then download the raw file."
    Xml "xml" "XML" look text::xml;
        "XML is no pickle; it is often a server's error message (read it with: head FILE) or another format's file (PMML, SVG)."

    Hdf5 "hdf5" "an HDF5 file" look look::hdf5;
        "It is no pickle as a whole: h5dump -H FILE, or h5py, shows what it has. Keras' .h5, pandas' to_hdf and MATLAB 7.3 write it; pandas keeps columns of objects in it as pickles."
    Parquet "parquet" "a Parquet file" look look::parquet;
        "It holds columns and no pickle; read it with pandas.read_parquet('FILE')."
    Arrow "arrow" "an Arrow (Feather) file" magic b"ARROW1\0\0", b"FEA1";
        "It holds columns and no pickle; read it with pandas.read_feather('FILE') or pyarrow."
    Avro "avro" "an Avro file" magic b"Obj\x01";
        "It holds records and no pickle; read it with fastavro."
    Sqlite "sqlite" "a SQLite database" magic b"SQLite format 3\0";
        "Pickles may lie in its BLOB columns: list tables with sqlite3 FILE .schema, write a value out with sqlite3 FILE \"select writefile('out.pkl', value) from Dict where key = 'KEY'\". shelve writes such a table Dict since Python 3.13; sqlitedict and diskcache have their own."
    Gdbm "gdbm" "a GNU dbm database" magic
        b"\xcd\x9a\x57\x13", b"\xce\x9a\x57\x13", b"\xcf\x9a\x57\x13",
        b"\x13\x57\x9a\xcd", b"\x13\x57\x9a\xce", b"\x13\x57\x9a\xcf";
        "It is what shelve writes where Python has dbm.gnu: every value is a pickle. Take one out: python3 -c \"import dbm, sys; sys.stdout.buffer.write(dbm.open('FILE')['KEY'])\" | pickscope dump"
    BerkeleyDb "berkeley-db" "a Berkeley DB database" look look::berkeley_db;
        "It is what shelve writes on macOS and in Python 2 (dbm.ndbm, bsddb): every value is a pickle. Take one out: python3 -c \"import dbm, sys; sys.stdout.buffer.write(dbm.open('FILE without .db')['KEY'])\" | pickscope dump, or list them with db_dump."
    Zodb "zodb" "a ZODB FileStorage" magic b"FS21", b"FS30";
        "Every record in it is a pair of pickles; python3 -m ZODB.FileStorage.fsdump FILE (the package ZODB) lists them."
    RenpyScript "renpy-script" "a compiled Ren'Py script (.rpyc)" magic b"RENPY RPC2";
        "Its slots are zlib-compressed pickles, whose places stand in its header; unrpyc reads them."
    RenpyArchive "renpy-archive" "a Ren'Py archive (.rpa)" magic b"RPA-2.0 ", b"RPA-3.0 ", b"RPA-3.2 ";
        "Its index is a zlib-compressed pickle at the offset that its first line tells in hexadecimal; rpatool or unrpa unpacks the archive."
    Safetensors "safetensors" "a safetensors file" look look::safetensors;
        "It holds tensors and no pickle, which is its point; read it with safetensors.safe_open."
    Gguf "gguf" "a GGUF model" look look::gguf;
        "It holds tensors for llama.cpp and no pickle."
    RData "rdata" "R data" magic b"RDX2\n", b"RDX3\n", b"RDA2\n", b"RDA3\n";
        "R's save() wrote it, not Python; read it with load() in R, or pyreadr."
    Matlab "matlab" "a MATLAB file" magic b"MATLAB 5.0 MAT-file";
        "It is no pickle; read it with scipy.io.loadmat('FILE')."
    Rdkit "rdkit" "an RDKit molecule" magic b"\xef\xbe\xad\xde\0\0\0\0";
        "Mol.ToBinary() wrote it, which is RDKit's own format and no pickle; read it with rdkit.Chem.Mol(data)."
    BoostArchive "boost-archive" "a Boost serialization archive" magic b"22 serialization::archive ", b"\x16\0\0\0\0\0\0\0serialization::archive";
        "A C++ program wrote it (RDKit does), not Python's pickle; read it with that program's library."
    Pyc "pyc" "compiled Python (.pyc)" look python::pyc;
        "It holds a marshalled code object and no pickle; disassemble it with a Python of that version: python3 -c \"import dis, marshal; dis.dis(marshal.loads(open('FILE', 'rb').read()[16:]))\" (12 from 3.3 to 3.6, 8 before)."
    Marshal "marshal" "Python marshal data" look python::marshal;
        "marshal.dump wrote it (cProfile's and pstats' files are such), not pickle; read it with marshal.load, in a Python of the version that wrote it."
    Elf "elf" "an ELF program or library" magic b"\x7fELF";
        "It is machine code and no pickle; file FILE says more."
    Pe "pe" "a Windows program or library" look look::pe;
        "It is machine code and no pickle; file FILE says more."
    MachO "mach-o" "a Mach-O program or library" magic
        b"\xfe\xed\xfa\xce", b"\xfe\xed\xfa\xcf", b"\xce\xfa\xed\xfe", b"\xcf\xfa\xed\xfe", b"\xca\xfe\xba\xbe";
        "It is machine code (Java classes start alike) and no pickle; file FILE says more."
    Png "png" "a PNG image" magic b"\x89PNG\r\n\x1a\n";
        "It is an image and no pickle; check that the right file was given."
    Jpeg "jpeg" "a JPEG image" magic b"\xff\xd8\xff";
        "It is an image and no pickle; check that the right file was given."
    Gif "gif" "a GIF image" magic b"GIF87a", b"GIF89a";
        "It is an image and no pickle; check that the right file was given."
    Riff "riff" "a RIFF file (WAV, AVI or WebP)" look look::riff;
        "It is sound or images and no pickle; check that the right file was given."
    Ogg "ogg" "an Ogg file" magic b"OggS\0";
        "It is sound or video and no pickle; check that the right file was given."
    Pdf "pdf" "a PDF document" magic b"%PDF-";
        "It is a document and no pickle; check that the right file was given."
    Ole "ole" "an OLE file (old Office documents)" magic b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1";
        "It is a document (.doc, .xls, .msi) and no pickle; check that the right file was given."

    Recoded "recoded" "a pickle that was encoded as UTF-8" look text::recoded;
        "Bytes of the pickle were taken for text and every one past 0x7f became two or three: it was written with open(path, 'w', encoding=...) or sent as a str."
    Replaced "replaced" "a pickle that was decoded as UTF-8, with losses" look text::replaced;
        "Bytes that are no UTF-8 were replaced by U+FFFD, so what they were is lost and can't be restored. Get the file again, and read and write it as bytes (open(path, 'rb'), r.content rather than r.text)."
    CarriageReturns "crlf" "a pickle whose line ends were translated" guess look::line_ends;
        ""
    Dumb "dbm-dumb" "the index of a dbm.dumb database (.dir)" guess text::dumb;
        "shelve wrote it where Python has no other dbm; the pickles stand in the .dat file of the same name, at the offsets and sizes in brackets: tail -c +OFFSET FILE.dat | pickscope dump, counting from 1."
    Literal "literal" "a pickle written as a Python literal" guess encoded::literal;
        "Somebody printed a bytes object. Turn it back: python3 -c \"import ast, sys; x = ast.literal_eval(sys.stdin.read().strip()); sys.stdout.buffer.write(x if isinstance(x, bytes) else x.encode('latin-1'))\" < FILE"
    Escapes "escapes" "a pickle written with escapes" guess encoded::escapes;
        "Turn it back: python3 -c \"import sys; sys.stdout.buffer.write(sys.stdin.read().strip().encode('latin-1').decode('unicode_escape').encode('latin-1'))\" < FILE"
    Xxd "xxd" "a hex dump of a pickle" guess encoded::xxd;
        "Turn it back: xxd -r FILE"
    Hex "hex" "a pickle written in hexadecimal" guess encoded::hex;
        "Turn it back: xxd -r -p FILE"
    Base64 "base64" "a pickle written in base64" guess encoded::base64;
        "Turn it back: base64 -d FILE"
    Base64Url "base64url" "a pickle written in URL-safe base64" guess encoded::base64_url;
        "Turn it back: python3 -c \"import base64, sys; sys.stdout.buffer.write(base64.urlsafe_b64decode(sys.stdin.read().strip() + '=='))\" < FILE"
    Base64Quoted "base64-quoted" "a pickle written in base64, in quotes" guess encoded::base64_quoted;
        "Turn it back: tr '\"' \"'\" < FILE | cut -d \"'\" -f 2 | base64 -d"
    Embedded "embedded" "a pickle with other bytes before it" guess look::embedded;
        "Something stands before the pickle: a header of a protocol, a log line, or a program's own framing."
    Onnx "onnx" "what looks like an ONNX model" guess look::onnx;
        "It holds a graph as protocol buffers and no pickle; read it with onnx.load('FILE')."
    SavedModel "saved-model" "what looks like a TensorFlow SavedModel" guess look::saved_model;
        "saved_model.pb holds a graph as protocol buffers and no pickle; read its folder with tf.saved_model.load, or saved_model_cli."
    Jsonl "json-lines" "JSON Lines" guess text::jsonl;
        "JSON is no pickle: read it line by line with json.loads, or with pandas.read_json('FILE', lines=True)."
    Json "json" "JSON" guess text::json;
        "JSON is no pickle: read it with python3 -m json.tool FILE. A short one is often a server's error message in place of the file."
    Yaml "yaml" "YAML" guess text::yaml;
        "YAML is no pickle: read it with yaml.safe_load."
    PythonLiteral "python-literal" "the text of a Python value" guess text::python_literal;
        "Somebody wrote str(x) or repr(x) rather than pickle.dump(x, f): read it with ast.literal_eval."
    Utf16 "utf-16" "text" look text::utf16;
        "It is text and no pickle; read it with: iconv -f UTF-16 -t UTF-8 FILE. PowerShell's > writes text so, and damages what it is given: redirect in cmd, or let Python write the file."
    Text "text" "text" guess text::text;
        "It is text and no pickle: see what it says with head FILE. Sources of Apple's configuration language Pkl end in .pkl as well."
}
