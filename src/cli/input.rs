//! Opens, maps or reads an input.

use std::{
    ffi::OsStr,
    fs::File,
    io::{self, Read, Seek},
    ops::Deref,
    path::Path,
    sync::mpsc::{RecvTimeoutError, SyncSender, sync_channel},
    time::Duration,
};

use memmap2::Mmap;
use pickscope::{
    container,
    count::Counted,
    inspect::{self, Worth},
    limits,
};

/// The bytes of an input.
pub(super) struct Input {
    bytes: Bytes,
    /// Set where the input has more bytes than were read.
    pub(super) cut: bool,
}

/// An input that could be opened.
pub(super) struct Opened {
    pub(super) input: Input,
    /// Its name, as it may be shown.
    pub(super) shown: String,
    /// Whether it is one of several.
    pub(super) several: bool,
}

impl Opened {
    /// How many bytes it has, if all were read.
    pub(super) fn bytes(&self) -> Option<u64> {
        (!self.input.cut).then_some(self.input.len() as u64)
    }
}

enum Bytes {
    Mapped(Mmap, File),
    Read(Vec<u8>),
}

impl Deref for Input {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match &self.bytes {
            Bytes::Mapped(map, _) => map,
            Bytes::Read(bytes) => bytes,
        }
    }
}

impl Input {
    /// Whether it is a file that is shorter now than when it was mapped.
    pub(super) fn shrank(&self) -> bool {
        match &self.bytes {
            Bytes::Mapped(map, file) => file
                .metadata()
                .is_ok_and(|now| now.len() < map.len() as u64),
            Bytes::Read(_) => false,
        }
    }
}

/// Opens an input: a path, or `-` for standard input.
///
/// A file is mapped. A pipe or a device is read, up to [`limits::PIPE_BYTES`], and no further than it takes to see that it
/// holds no pickle.
pub(super) fn open(name: &OsStr) -> io::Result<Input> {
    let file = if name == "-" {
        standard_input()?
    } else {
        let path = Path::new(name);
        if path.is_dir() {
            return Err(io::ErrorKind::IsADirectory.into());
        }
        File::open(path).map_err(|error| better(error, path))?
    };
    let kind = file.metadata()?;
    if kind.is_dir() {
        return Err(io::ErrorKind::IsADirectory.into());
    }
    // Files of length 0 may still give bytes (/proc), some can't be mapped (/sys), and a file that was read from before
    // begins where that ended.
    if kind.is_file()
        && kind.len() > 0
        && (&file).stream_position()? == 0
        && let Ok(map) = map(&file, name)
    {
        return Ok(Input {
            bytes: Bytes::Mapped(map, file),
            cut: false,
        });
    }
    let most = if is_device(&kind) {
        limits::DEVICE_BYTES
    } else {
        limits::PIPE_BYTES
    };
    let (bytes, cut) = read(file, most)?;
    Ok(Input {
        bytes: Bytes::Read(bytes),
        cut,
    })
}

/// The bytes of a pickle that an input stands for, which is text: see [`container::literal`].
pub(super) fn literal(name: &OsStr, shown: &str) -> io::Result<Input> {
    let mut text = Vec::new();
    let file = if name == "-" {
        standard_input()?
    } else {
        File::open(Path::new(name))?
    };
    let most = limits::MESSAGE_BYTES;
    file.take(most + 1).read_to_end(&mut text)?;
    if text.len() as u64 > most {
        return Err(io::Error::other(format!(
            "it has more than {most} bytes: cut out the literal"
        )));
    }
    let Some((bytes, how)) = container::literal(&text) else {
        return Err(io::Error::other(
            "no pickle is written in it: neither as a literal, nor in hexadecimal, nor in base64",
        ));
    };
    complain!(
        "pickscope: {shown}: read as {how}: offsets are of the {} that it stands for",
        Counted(bytes.len() as u64, "byte")
    );
    Ok(Input {
        bytes: Bytes::Read(bytes),
        cut: false,
    })
}

#[cfg(unix)]
fn standard_input() -> io::Result<File> {
    use std::os::fd::AsFd;
    Ok(io::stdin().as_fd().try_clone_to_owned()?.into())
}

#[cfg(windows)]
fn standard_input() -> io::Result<File> {
    use std::os::windows::io::AsHandle;
    Ok(io::stdin().as_handle().try_clone_to_owned()?.into())
}

#[cfg(unix)]
fn is_device(kind: &std::fs::Metadata) -> bool {
    use std::os::unix::fs::FileTypeExt;
    kind.file_type().is_char_device()
}

#[cfg(not(unix))]
fn is_device(_: &std::fs::Metadata) -> bool {
    false
}

/// Why a path can't be opened, where the system's own words don't tell.
#[cfg(unix)]
fn better(error: io::Error, path: &Path) -> io::Error {
    use std::os::unix::fs::FileTypeExt;
    match path.metadata() {
        Ok(kind) if kind.file_type().is_socket() => {
            io::Error::other("is a socket: a program listens there, and nothing is stored in it")
        }
        _ => error,
    }
}

#[cfg(not(unix))]
fn better(error: io::Error, _: &Path) -> io::Error {
    error
}

/// Maps a file.
#[allow(unsafe_code)]
fn map(file: &File, name: &OsStr) -> io::Result<Mmap> {
    signals::name(name);
    // SAFETY: nothing here depends on the bytes staying what they are; where the file shrinks, reading past its end raises
    // SIGBUS, which `signals` turns into an exit.
    unsafe { Mmap::map(file) }
}

/// What is read of a pipe at a time.
const CHUNK: usize = 1 << 16;

/// How long a pipe may be silent before what it gave is judged as it stands.
const PATIENCE: Duration = Duration::from_millis(200);

/// How long, while it gave less than [`HEAD`].
///
/// One byte of a gzip file is no pickle, and who types, or sends over a slow line, pauses: what is judged too soon is
/// judged wrongly, and a program that has nothing more to say closes its end.
const MORE_PATIENCE: Duration = Duration::from_secs(10);

/// So many bytes have what every container is known by: a tar's magic stands behind 257 bytes that may be anything.
const HEAD: usize = 512;

/// Reads `source` to its end, or to `most` bytes, or until it is clear that no pickle begins there. Tells whether it may
/// have more bytes.
fn read(source: File, most: u64) -> io::Result<(Vec<u8>, bool)> {
    // A pipe may be silent at any point of a read: only a second thread can wait for it while the first decides.
    let (sender, chunks) = sync_channel(16);
    std::thread::Builder::new()
        .spawn(move || send(source, &sender))
        .map_err(|error| {
            io::Error::other(format!("there is no thread to read it with: {error}"))
        })?;
    let mut bytes = Vec::new();
    let mut look_at = 1;
    let mut judged = false;
    loop {
        let wait = match bytes.len() {
            length if length == 0 || judged => Duration::MAX,
            ..HEAD => MORE_PATIENCE,
            _ => PATIENCE,
        };
        let silent = match chunks.recv_timeout(wait) {
            Ok(chunk) => {
                let chunk = chunk?;
                bytes.try_reserve(chunk.len())?;
                bytes.extend(chunk);
                judged = false;
                false
            }
            Err(RecvTimeoutError::Timeout) => {
                judged = true;
                true
            }
            Err(RecvTimeoutError::Disconnected) => return Ok((bytes, false)),
        };
        if bytes.len() as u64 > most {
            bytes.truncate(usize::try_from(most).unwrap_or(usize::MAX));
            return Ok((bytes, true));
        }
        if bytes.is_empty() || look_at > limits::PIPE_HEAD || !silent && bytes.len() < look_at {
            continue;
        }
        match inspect::worth(&bytes, most) {
            Worth::Nothing if silent || bytes.len() >= ENOUGH => return Ok((bytes, true)),
            Worth::TooMuch => return Ok((bytes, true)),
            Worth::Nothing | Worth::More => {}
        }
        if !silent {
            look_at = bytes.len() * 2;
        }
    }
}

/// So many bytes show what they are, if they are no pickle.
const ENOUGH: usize = 4096;

fn send(mut source: File, chunks: &SyncSender<io::Result<Vec<u8>>>) {
    loop {
        let mut chunk = vec![0; CHUNK];
        let chunk = match source.read(&mut chunk) {
            Ok(0) => return,
            Ok(length) => {
                chunk.truncate(length);
                Ok(chunk)
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => Err(error),
        };
        let failed = chunk.is_err();
        if chunks.send(chunk).is_err() || failed {
            return;
        }
    }
}

/// Signals that would end the program without a word.
#[cfg(unix)]
pub(super) mod signals {
    use std::{
        ffi::OsStr,
        io,
        sync::{Arc, Mutex, atomic::AtomicBool},
    };

    use pickscope::render::shown::Shown;
    use signal_hook::{
        consts::{SIGABRT, SIGBUS, SIGXFSZ},
        flag, low_level,
    };

    use crate::cli::output;

    /// What is said where the file that was mapped last has shrunk.
    static SHRANK: Mutex<Vec<u8>> = Mutex::new(Vec::new());

    const NO_MEMORY: &[u8] =
        b"pickscope: aborted: there is not enough memory, or a signal said so; what is printed is not whole\n";

    /// From now on these end the program with status 2 and a word: reading past the end of a mapped file, and memory
    /// that can't be had (Rust's allocator calls `abort`). What is written past the limit on a file's length is an error
    /// as others are.
    #[allow(unsafe_code)]
    pub(in crate::cli) fn watch() -> io::Result<()> {
        // Nobody looks at the flag: that there is a handler makes write(2) return EFBIG.
        flag::register(SIGXFSZ, Arc::new(AtomicBool::new(false)))?;
        // SAFETY: the handlers only make calls that a signal handler may make (dup, write, _exit) and take locks by
        // trying. SIGBUS is raised by a read of mapped memory, which is never read while one of those locks is held;
        // SIGABRT by `abort`, after which nothing goes on.
        unsafe {
            low_level::register(SIGBUS, shrank)?;
            low_level::register(SIGABRT, no_memory)?;
        }
        Ok(())
    }

    /// The file that is mapped from now on.
    pub(super) fn name(name: &OsStr) {
        let mut shown = b"pickscope: ".to_vec();
        Shown::Path(name.as_encoded_bytes()).write(&mut shown, None);
        shown.extend_from_slice(b": the file shrank while it was read\n");
        if let Ok(mut message) = SHRANK.lock() {
            *message = shown;
        }
    }

    /// Tells that a mapped file has shrunk, if that is why a write failed; whether it is.
    ///
    /// What is long is handed to write(2) where it lies in the map, and for what isn't there any more that gives an error, no
    /// signal: EFAULT, 14 on every Unix.
    pub(in crate::cli) fn is_of_shrinking(error: &io::Error) -> bool {
        let Ok(message) = SHRANK.lock() else {
            return false;
        };
        let shrank = error.raw_os_error() == Some(14) && !message.is_empty();
        if shrank {
            output::write_to_error(&message);
        }
        shrank
    }

    fn shrank() {
        output::save();
        if let Ok(message) = SHRANK.try_lock() {
            output::write_to_error(&message);
        }
        low_level::exit(2);
    }

    fn no_memory() {
        output::save();
        output::write_to_error(NO_MEMORY);
        low_level::exit(2);
    }
}

#[cfg(not(unix))]
pub(super) mod signals {
    /// Where there are no such signals, there is nothing to watch.
    pub(in crate::cli) fn watch() -> std::io::Result<()> {
        Ok(())
    }

    /// Where files can't shrink while they are mapped, there is nothing to tell.
    pub(super) fn name(_: &std::ffi::OsStr) {}

    /// Nor does a write fail of that.
    pub(in crate::cli) fn is_of_shrinking(_: &std::io::Error) -> bool {
        false
    }
}
