//! Code objects that are made of their fields or of marshal data, and the functions that are made of them.

#![deny(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used
)]

use crate::{
    code::{
        callee::{Known, Library, Maker},
        dill::CodeForm,
        layout, marshal,
        object::{Id, Object},
        writer::Evidence,
    },
    machine::{Kind, Value},
};

use super::{
    CodeRef, Made,
    draft::{Draft, Given},
    find::Finder,
};

/// More arguments than any Python's code objects are made of.
const FIELDS: usize = 32;

impl<'g, 'a> Finder<'g, 'a> {
    pub(super) fn code(&mut self, place: u64, known: &Known<'g>) -> bool {
        if known.arguments.len() > FIELDS {
            let why = format!("it has {} arguments", known.arguments.len());
            return self.not_read(place, known, &why);
        }
        let ids: Option<Vec<Id>> = known
            .arguments
            .iter()
            .map(|argument| self.pickled.whole(*argument))
            .collect();
        let Some(ids) = ids else {
            return false;
        };
        let made = layout::of_arguments(&mut self.pickled.objects, &mut self.checker, &ids);
        match made {
            Ok(code) => {
                self.pickled.is_code(place, Object::Code(code));
                let led = known
                    .arguments
                    .first()
                    .is_some_and(|first| first.kind() != Kind::Int);
                let form = match (known.callee.by_type, led) {
                    (true, _) => CodeForm::Type,
                    (false, false) => CodeForm::Create,
                    (false, true) => CodeForm::CreateLed,
                };
                self.made(place, known, CodeRef { arena: 0, code }, None, form);
                let own = self.pickled.objects.code(code).map(|code| code.code);
                let argument = ids
                    .iter()
                    .zip(known.arguments)
                    .find(|(id, _)| Some(**id) == own);
                if let (Some(made), Some((_, value))) = (self.codes.last_mut(), argument) {
                    made.bytes = Some(self.view.place(*value));
                }
                true
            }
            Err(why) => self.not_read(place, known, &why.to_string()),
        }
    }

    fn made(
        &mut self,
        place: u64,
        known: &Known<'g>,
        code: CodeRef,
        marshal: Option<(u64, u64)>,
        form: CodeForm,
    ) {
        self.code_at.insert(place, self.codes.len());
        self.codes.push(Made {
            place,
            code,
            marshal,
            bytes: None,
            callee: self.callee(known),
            writer: self.writer(known),
            used: false,
            form,
        });
    }

    pub(super) fn unmarshal(&mut self, place: u64, known: &Known<'g>, data: Value) -> bool {
        let at = self.view.place(data);
        let Some(bytes) = self.marshalled.0.get(&at) else {
            return false;
        };
        let read = match self.read.get(&at) {
            Some(read) => read.clone(),
            None => {
                let read = self.unmarshalled(bytes);
                self.read.insert(at, read.clone());
                read
            }
        };
        match read {
            Ok(code) => {
                let marshal = Some((at, bytes.len() as u64));
                self.made(place, known, code, marshal, CodeForm::Marshal);
                true
            }
            // Marshal data of Python's own may be anything.
            Err(_) if known.callee.library == Library::Python => true,
            Err(why) => self.not_read(place, known, &why),
        }
    }

    fn unmarshalled(&mut self, bytes: &'a [u8]) -> Result<CodeRef, String> {
        let readings = marshal::read(bytes).map_err(|fault| fault.to_string())?;
        let found =
            readings
                .into_iter()
                .find_map(|reading| match reading.objects.get(reading.root) {
                    Some(Object::Code(code)) => Some((*code, reading.objects)),
                    _ => None,
                });
        let Some((code, objects)) = found else {
            return Err("its marshal data holds no code object".to_owned());
        };
        self.arenas.push(objects);
        Ok(CodeRef {
            arena: self.arenas.len().saturating_sub(1),
            code,
        })
    }

    pub(super) fn function(
        &mut self,
        place: u64,
        known: &Known<'g>,
        maker: Maker,
        arguments: &'g [Value],
    ) -> bool {
        let fits = match maker {
            Maker::Python => (2..=6).contains(&arguments.len()),
            Maker::Dill => (5..=7).contains(&arguments.len()),
            Maker::Cloudpickle => arguments.len() == 5,
            Maker::Skeleton => (2..=3).contains(&arguments.len()),
        };
        let Some((&code, rest)) = arguments.split_first().filter(|_| fits) else {
            let why = format!("it has {} arguments", arguments.len());
            return self.not_read(place, known, &why);
        };
        let at = |number: usize| {
            rest.get(number)
                .copied()
                .filter(|value| value.kind() != Kind::None)
        };
        let mut given = Given::default();
        if maker == Maker::Skeleton {
            // A count of cells, or what they hold.
            given.closure = at(0).filter(|cells| cells.kind() != Kind::Int);
            given.globals.extend(at(1));
        } else {
            given.globals.extend(at(0));
            given.name = at(1);
            given.defaults = at(2);
            given.closure = at(3);
            if maker == Maker::Dill {
                given.dict = at(4);
                given.kwdefaults = at(5);
            } else {
                given.kwdefaults = at(4);
            }
        }
        let code = self.code_at.get(&self.view.place(code)).copied();
        let made = code.and_then(|code| self.codes.get_mut(code));
        let form = made.map(|made| {
            made.used = true;
            (made.form, made.code)
        });
        if code.is_none() {
            self.not_read(place, known, "its code isn't understood");
        }
        let layout = form.and_then(|(_, code)| {
            let objects = match code.arena {
                0 => &self.pickled.objects,
                arena => self.arenas.get(arena)?,
            };
            Some(objects.code(code.code)?.layout)
        });
        self.function_at.insert(place, self.drafts.len());
        self.drafts.push(Draft {
            place,
            callee: self.callee(known),
            inside: self.inside(known),
            evidence: Evidence {
                library: known.callee.library,
                maker,
                arguments: arguments.len(),
                code: form.map(|(form, _)| form),
                layout,
                state: None,
            },
            code,
            given,
        });
        true
    }
}
