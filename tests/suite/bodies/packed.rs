//! Containers around any bytes, their checksums and lengths right, as a writer would make them.

use std::io::Write;

use flate2::{
    Compression, Crc,
    write::{DeflateEncoder, GzEncoder, ZlibEncoder},
};

use super::streams::{Choices, stream};

/// A zip by hand: a member's name, method, packed bytes, and those that come out.
#[derive(Clone)]
pub struct Entry<'n> {
    pub name: &'n [u8],
    pub method: u16,
    pub packed: Vec<u8>,
    pub size: u32,
    pub crc: u32,
}

impl<'n> Entry<'n> {
    pub fn stored(name: &'n [u8], bytes: &[u8]) -> Self {
        let mut crc = Crc::new();
        crc.update(bytes);
        Self {
            name,
            method: 0,
            packed: bytes.to_vec(),
            size: bytes.len() as u32,
            crc: crc.sum(),
        }
    }

    pub fn deflated(name: &'n [u8], bytes: &[u8]) -> Self {
        let mut packer = DeflateEncoder::new(Vec::new(), Compression::best());
        packer.write_all(bytes).expect("memory takes it");
        Self {
            method: 8,
            packed: packer.finish().expect("memory takes it"),
            ..Self::stored(name, bytes)
        }
    }

    /// What both headers have from the version on.
    fn fields(&self) -> Vec<u8> {
        let mut fields = vec![20, 0, 0, 0];
        fields.extend(self.method.to_le_bytes());
        fields.extend([0, 0, 0x21, 0]);
        fields.extend(self.crc.to_le_bytes());
        fields.extend((self.packed.len() as u32).to_le_bytes());
        fields.extend(self.size.to_le_bytes());
        fields.extend((self.name.len() as u16).to_le_bytes());
        fields.extend([0, 0]);
        fields
    }

    pub fn local(&self) -> Vec<u8> {
        [
            b"PK\x03\x04",
            self.fields().as_slice(),
            self.name,
            &self.packed,
        ]
        .concat()
    }

    pub fn central(&self, place: u32) -> Vec<u8> {
        let mut entry = [b"PK\x01\x02\x14\0", self.fields().as_slice(), &[0; 10]].concat();
        entry.extend(place.to_le_bytes());
        entry.extend(self.name);
        entry
    }
}

/// What ends a zip: how many entries its directory has, how long that is and where it stands.
pub fn end(count: u16, size: usize, place: usize) -> Vec<u8> {
    let mut end = b"PK\x05\x06\0\0\0\0".to_vec();
    end.extend(count.to_le_bytes());
    end.extend(count.to_le_bytes());
    end.extend((size as u32).to_le_bytes());
    end.extend((place as u32).to_le_bytes());
    end.extend([0, 0]);
    end
}

pub fn zip(entries: &[Entry<'_>]) -> Vec<u8> {
    let (mut archive, mut directory) = (Vec::new(), Vec::new());
    for entry in entries {
        directory.extend(entry.central(archive.len() as u32));
        archive.extend(entry.local());
    }
    let end = end(entries.len() as u16, directory.len(), archive.len());
    [archive, directory, end].concat()
}

pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut packer = GzEncoder::new(Vec::new(), Compression::best());
    packer.write_all(bytes).expect("memory takes it");
    packer.finish().expect("memory takes it")
}

fn zlib(bytes: &[u8]) -> Vec<u8> {
    let mut packer = ZlibEncoder::new(Vec::new(), Compression::fast());
    packer.write_all(bytes).expect("memory takes it");
    packer.finish().expect("memory takes it")
}

fn bzip2(bytes: &[u8]) -> Vec<u8> {
    let mut packer = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
    packer.write_all(bytes).expect("memory takes it");
    packer.finish().expect("memory takes it")
}

fn lz4(bytes: &[u8]) -> Vec<u8> {
    let mut packer = lz4_flex::frame::FrameEncoder::new(Vec::new());
    packer.write_all(bytes).expect("memory takes it");
    packer.finish().expect("memory takes it")
}

/// A member of a tar, ustar, with its checksum.
fn tarred(name: &[u8], kind: u8, bytes: &[u8]) -> Vec<u8> {
    let mut header = [0; 512];
    let name = &name[..name.len().min(100)];
    header[..name.len()].copy_from_slice(name);
    header[100..108].copy_from_slice(b"0000644\0");
    header[124..136].copy_from_slice(format!("{:011o}\0", bytes.len()).as_bytes());
    header[136..148].copy_from_slice(b"00000000000\0");
    header[148..156].fill(b' ');
    header[156] = kind;
    header[257..265].copy_from_slice(b"ustar\x0000");
    let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
    header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    let padding = bytes.len().next_multiple_of(512) - bytes.len();
    [header.as_slice(), bytes, &[0; 512][..padding]].concat()
}

/// Array data of numpy with a header around the text that it has.
fn npy(header: &[u8], bytes: &[u8]) -> Vec<u8> {
    let length = (header.len() as u16).to_le_bytes();
    [b"\x93NUMPY\x01\0", &length[..], header, bytes].concat()
}

const NAMES: [&[u8]; 16] = [
    b"data.pkl",
    b"archive/data.pkl",
    b"archive/version",
    b"archive/byteorder",
    b"archive/data/0",
    b"storages",
    b"tensors",
    b"pickle",
    b"arr_0.npy",
    b"a/../b",
    b"",
    b"\xff\x1b[31m",
    b"\xe2\x80\xae",
    b"a.zip",
    b"model.json",
    b"x",
];

/// The input that `choices` describe: packed once or several times, some of it damaged then.
pub fn packed(choices: &[u8]) -> Vec<u8> {
    let mut choices = Choices::new(choices);
    let ways = choices.bytes(3);
    let damage = choices.bytes(3);
    let cut = choices.byte().unwrap_or(0);
    // Half of it is one member's, half another's.
    let content = choices.rest();
    let content = match cut & 1 {
        0 => stream(content),
        _ => content.to_vec(),
    };
    let mut bytes = content;
    for way in ways {
        let (kind, name) = (way % 11, NAMES[usize::from(way / 11) % NAMES.len()]);
        let (first, second) = bytes.split_at(bytes.len() * usize::from(cut >> 1) / 128);
        bytes = match kind {
            0 => bytes,
            1 => zip(&[Entry::stored(name, &bytes)]),
            2 => zip(&[
                Entry::deflated(name, &bytes),
                Entry::stored(b"version", b"3\n"),
            ]),
            3 => zip(&[
                Entry::stored(name, first),
                Entry::deflated(b"archive/data.pkl", second),
            ]),
            4 => gzip(&bytes),
            5 => zlib(&bytes),
            6 => bzip2(&bytes),
            7 => lz4(&bytes),
            8 => [tarred(name, b'0', &bytes), vec![0; 1024]].concat(),
            9 => [
                tarred(name, b'0', first),
                tarred(first, way >> 1, second),
                vec![0; 1024],
            ]
            .concat(),
            _ => npy(
                b"{'descr': '|O', 'fortran_order': False, 'shape': (1,)} \n",
                &bytes,
            ),
        };
    }
    if let [at, to, _] = *damage
        && at != 0
    {
        let at = bytes.len() * usize::from(at) / 256;
        if let Some(byte) = bytes.get_mut(at) {
            *byte = to;
        }
    }
    bytes
}
