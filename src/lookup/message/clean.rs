//! Bytes as a text that can be searched: without colours, whatever it was written with.

use std::borrow::Cow;

/// The bytes are no text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Binary;

impl std::fmt::Display for Binary {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("this is no text, but binary data")
    }
}

impl std::error::Error for Binary {}

/// So many bytes show whether it is text.
const HEAD: usize = 1 << 16;

/// The text of some bytes: UTF-8 (what isn't is replaced) or, with its mark at the beginning, UTF-16, as PowerShell writes it.
/// Colours of a terminal are left out.
///
/// # Errors
/// It is no text.
pub fn text(bytes: &[u8]) -> Result<Cow<'_, str>, Binary> {
    let text = match bytes {
        [0xff, 0xfe, rest @ ..] => wide(rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => wide(rest, u16::from_be_bytes),
        [0xef, 0xbb, 0xbf, rest @ ..] => String::from_utf8_lossy(rest),
        _ => String::from_utf8_lossy(bytes),
    };
    let head = text
        .get(..text.floor_char_boundary(HEAD))
        .unwrap_or_default();
    // A log may hold a byte of another encoding here and there.
    let odd = head.chars().filter(|c| is_odd(*c)).count();
    if head.contains('\0') || odd.saturating_mul(20) > head.chars().count() {
        return Err(Binary);
    }
    Ok(if text.contains('\x1b') {
        Cow::Owned(without_colours(&text))
    } else {
        text
    })
}

fn is_odd(c: char) -> bool {
    c == char::REPLACEMENT_CHARACTER || c.is_control() && !"\n\r\t\x0c\x1b\x08".contains(c)
}

fn wide(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Cow<'_, str> {
    let units = bytes.as_chunks().0.iter().map(|pair| unit(*pair));
    char::decode_utf16(units)
        .map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER))
        .collect::<String>()
        .into()
}

/// Without escape sequences: ESC and `[`, parameters, and the letter that ends them.
fn without_colours(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    let mut pieces = text.split('\x1b');
    clean.extend(pieces.next());
    for piece in pieces {
        let rest = match piece.strip_prefix('[') {
            Some(sequence) => {
                let rest = sequence.trim_start_matches(|c: char| ('\x20'..='\x3f').contains(&c));
                let mut rest = rest.chars();
                rest.next();
                rest.as_str()
            }
            None => piece,
        };
        clean.push_str(rest);
    }
    clean
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_are_left_out() {
        let text =
            text("\x1b[0;31mTypeError\x1b[0m: can't \x1b[1mpickle\x1b[22m é\x1b[".as_bytes());
        assert_eq!(text.as_deref(), Ok("TypeError: can't pickle é"));
    }

    #[test]
    fn sixteen_bits_a_unit_are_text() {
        for (mark, unit) in [
            (*b"\xff\xfe", u16::to_le_bytes as fn(u16) -> [u8; 2]),
            (*b"\xfe\xff", u16::to_be_bytes),
        ] {
            let bytes: Vec<u8> = mark
                .into_iter()
                .chain("é𝄞".encode_utf16().flat_map(unit))
                .collect();
            assert_eq!(text(&bytes).as_deref(), Ok("é𝄞"));
        }
    }

    #[test]
    fn binary_is_no_text() {
        assert_eq!(text(b"\x80\x04\x95\0\0"), Err(Binary));
        assert_eq!(text(&[0xfb; 100]), Err(Binary));
        assert!(text(b"caf\xe9: TypeError in a log of latin-1").is_ok());
    }
}
