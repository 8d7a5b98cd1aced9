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
        File::open(path)?
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

/// Maps a file.
#[allow(unsafe_code)]
fn map(file: &File, name: &OsStr) -> io::Result<Mmap> {
    shrinking::watch(name)?;
    // SAFETY: nothing here depends on the bytes staying what they are; where the file shrinks, reading past its end raises
    // SIGBUS, which `shrinking` turns into an exit.
    unsafe { Mmap::map(file) }
}

/// What is read of a pipe at a time.
const CHUNK: usize = 1 << 16;

/// How long a pipe may be silent before what it gave is judged as it stands.
const PATIENCE: Duration = Duration::from_millis(200);

/// Reads `source` to its end, or to `most` bytes, or until it is clear that no pickle begins there. Tells whether it may
/// have more bytes.
fn read(source: File, most: u64) -> io::Result<(Vec<u8>, bool)> {
    // A pipe may be silent at any point of a read: only a second thread can wait for it while the first decides.
    let (sender, chunks) = sync_channel(16);
    std::thread::spawn(move || send(source, &sender));
    let mut bytes = Vec::new();
    let mut look_at = 1;
    let mut wait = PATIENCE;
    loop {
        let silent = match chunks.recv_timeout(wait) {
            Ok(chunk) => {
                bytes.extend(chunk?);
                wait = PATIENCE;
                false
            }
            Err(RecvTimeoutError::Timeout) => {
                wait = Duration::MAX;
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

/// What becomes of a mapped file that shrinks while it is read.
#[cfg(unix)]
mod shrinking {
    use std::{ffi::OsStr, io, sync::Mutex};

    use signal_hook::{consts::SIGBUS, low_level};

    /// The file that was mapped last.
    static NAME: Mutex<Vec<u8>> = Mutex::new(Vec::new());

    /// From now on, reading past the end of a mapped file ends the program with status 2 and a word.
    #[allow(unsafe_code)]
    pub(super) fn watch(name: &OsStr) -> io::Result<()> {
        let shown = format!(
            "pickscope: {}: the file shrank while it was read\n",
            name.to_string_lossy().escape_debug()
        );
        let Ok(mut message) = NAME.lock() else {
            return Ok(());
        };
        let first = message.is_empty();
        *message = shown.into_bytes();
        if first {
            // SAFETY: the handler only makes calls that a signal handler may make (dup, write, _exit) and takes locks by
            // trying; the signal is raised by a read of mapped memory on this thread, and what is mapped is never read
            // while one of those locks is held.
            unsafe { low_level::register(SIGBUS, shrank) }?;
        }
        Ok(())
    }

    fn shrank() {
        super::super::output::save();
        if let Ok(message) = NAME.try_lock() {
            super::super::output::write_to_error(&message);
        }
        low_level::exit(2);
    }
}

#[cfg(not(unix))]
mod shrinking {
    /// Where files can't shrink while they are mapped, there is nothing to watch.
    pub(super) fn watch(_: &std::ffi::OsStr) -> std::io::Result<()> {
        Ok(())
    }
}
