//! Error messages, tracebacks and logs of any bytes.

use pickscope::lookup::message::{find, text};

/// A text is explained, or there is a word why not; parts are taken out of the text itself.
pub fn message(bytes: &[u8]) {
    let text = match text(bytes) {
        Ok(text) => text,
        Err(why) => {
            assert!(!why.to_string().is_empty());
            return;
        }
    };
    match find(&text) {
        Ok(message) => {
            assert!(!message.pythons().is_empty(), "{}", message.template.id);
            for place in ["type", "module", "name"] {
                assert!(
                    message
                        .part(place)
                        .is_none_or(|part| part.len() <= 4 * text.len())
                );
            }
        }
        Err(why) => assert!(!why.to_string().is_empty()),
    }
}

/// The same, explained in full and printed.
#[cfg(feature = "cli")]
pub fn explained(bytes: &[u8]) {
    use pickscope::{
        python::Pythons,
        report::explain::{is_name, of_message, of_name, parted, with_message},
    };

    use super::printers::explanation;

    let Ok(text) = text(bytes) else { return };
    with_message(&text, |found| {
        let Ok(message) = found else { return };
        let told = of_message(&message, None);
        assert!(!told.explained.cause.id.is_empty());
        explanation(&told, bytes.len());
    });
    if is_name(&text)
        && let Ok((module, name)) = parted(&text)
    {
        explanation(&of_name(module, name, Pythons::ALL), bytes.len());
    }
}
