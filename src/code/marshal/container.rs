//! What holds other objects: tuples, dicts and their like, and code objects.

#![deny(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used
)]

use crate::code::object::{Code, Form, Id, Layout, Locals, Object};

use super::{
    Next, Reader,
    fault::{Fault, FaultKind, fault},
};

/// A container that is being read.
pub(super) struct Open {
    pub(super) id: Id,
    pub(super) offset: usize,
    pub(super) what: Container,
    /// Where its items begin among the pending ones.
    pub(super) base: usize,
    /// How many are to come; a dict's end is told by a letter.
    pub(super) left: usize,
    /// Its number, where it gets that only once it is made.
    pub(super) number: Option<usize>,
}

pub(super) enum Container {
    Tuple,
    List,
    Set,
    Frozenset,
    Dict,
    Frozendict,
    Slice,
    Code(Counts),
}

/// The numbers of a code object.
#[derive(Clone, Copy, Default)]
pub(super) struct Counts {
    pub(super) argcount: i64,
    pub(super) posonlyargcount: i64,
    pub(super) kwonlyargcount: i64,
    pub(super) nlocals: Option<i64>,
    pub(super) stacksize: i64,
    pub(super) flags: i64,
    pub(super) firstlineno: i64,
}

/// So many objects of a code object stand before `co_firstlineno`, in each layout.
pub(super) const BEFORE_FIRSTLINENO: usize = 8;

impl<'a> Reader<'a> {
    /// The numbers that a code object begins with.
    pub(super) fn counts(&mut self, offset: usize) -> Result<Counts, Fault> {
        let mut counts = Counts {
            argcount: self.int(offset)?,
            ..Counts::default()
        };
        if self.layout >= Layout::C {
            counts.posonlyargcount = self.int(offset)?;
        }
        if self.layout >= Layout::B {
            counts.kwonlyargcount = self.int(offset)?;
        }
        if self.layout < Layout::D {
            counts.nlocals = Some(self.int(offset)?);
        }
        counts.stacksize = self.int(offset)?;
        counts.flags = self.int(offset)?;
        Ok(counts)
    }

    pub(super) fn begin(
        &mut self,
        offset: usize,
        what: Container,
        left: usize,
        numbered: bool,
    ) -> Result<Next, Fault> {
        // Whoever refers to it before it is whole finds a place; None is no tuple of names, and no bytes.
        let id = self.put(offset, Object::None)?;
        let mut number = None;
        if numbered {
            // `R_REF` before the items, or `r_ref_reserve`.
            let made = matches!(
                what,
                Container::Tuple | Container::List | Container::Set | Container::Dict
            );
            if !made {
                number = Some(self.references.len());
            }
            self.references.push(made.then_some(id));
        }
        let open = Open {
            id,
            offset,
            what,
            base: self.pending.len(),
            left,
            number,
        };
        if left == 0 {
            return self.close(open).map(Next::Value);
        }
        self.open.push(open);
        Ok(Next::Opened)
    }

    /// NULL: the end of a dict, in place of a key; in place of a value, Python 3 ends it there too, and Python 2 goes on.
    pub(super) fn end_of_dict(&mut self, offset: usize) -> Result<Option<Id>, Fault> {
        let is_dict =
            |open: &mut Open| matches!(open.what, Container::Dict | Container::Frozendict);
        let Some(open) = self.open.pop_if(is_dict) else {
            return Err(fault(offset, FaultKind::Null));
        };
        if self.pending.len().saturating_sub(open.base) % 2 != 0 {
            self.pending.pop();
            if self.layout == Layout::A {
                self.open.push(open);
                return Ok(None);
            }
        }
        self.close(open).map(Some)
    }

    pub(super) fn close(&mut self, open: Open) -> Result<Id, Fault> {
        let Open {
            id,
            offset,
            what,
            base,
            number,
            ..
        } = open;
        let base = base.min(self.pending.len());
        let object = match what {
            Container::Code(counts) => self.code(offset, counts, base)?,
            Container::Slice => match self.pending.get(base..) {
                Some(&[start, stop, step]) => Object::Slice([start, stop, step]),
                _ => return Err(fault(offset, FaultKind::Null)),
            },
            _ => {
                let items = self.objects.put_items(self.pending.drain(base..));
                let items = items.ok_or(fault(offset, FaultKind::Full))?;
                match what {
                    Container::List => Object::List(items),
                    Container::Set => Object::Set(items),
                    Container::Frozenset => Object::Frozenset(items),
                    Container::Dict => Object::Dict(items),
                    Container::Frozendict => Object::Frozendict(items),
                    _ => Object::Tuple(items),
                }
            }
        };
        self.pending.truncate(base);
        self.objects.replace(id, object);
        if let Some(place) = number.and_then(|number| self.references.get_mut(number)) {
            *place = Some(id);
        }
        Ok(id)
    }

    /// The code object of these numbers and the pending objects.
    fn code(&mut self, offset: usize, counts: Counts, base: usize) -> Result<Object<'a>, Fault> {
        let fields = self.pending.get(base..).unwrap_or_default();
        let missing = fault(offset, FaultKind::Null);
        let (code, consts, names, locals, filename, name, qualname, lines, exceptions) =
            match *fields {
                [
                    code,
                    consts,
                    names,
                    locals,
                    kinds,
                    filename,
                    name,
                    qualname,
                    lines,
                    exceptions,
                ] => {
                    let locals = Locals::Together {
                        names: locals,
                        kinds,
                    };
                    (
                        code,
                        consts,
                        names,
                        locals,
                        filename,
                        name,
                        Some(qualname),
                        lines,
                        Some(exceptions),
                    )
                }
                [
                    code,
                    consts,
                    names,
                    varnames,
                    freevars,
                    cellvars,
                    filename,
                    name,
                    lines,
                ] => {
                    let locals = Locals::Apart {
                        varnames,
                        freevars,
                        cellvars,
                    };
                    (
                        code, consts, names, locals, filename, name, None, lines, None,
                    )
                }
                _ => return Err(missing),
            };
        let code = Code {
            layout: self.layout,
            form: Form::Marshal,
            argcount: counts.argcount,
            posonlyargcount: counts.posonlyargcount,
            kwonlyargcount: counts.kwonlyargcount,
            stacksize: counts.stacksize,
            flags: counts.flags,
            code,
            consts,
            names,
            locals,
            filename,
            name,
            qualname,
            firstlineno: counts.firstlineno,
            lines,
            exceptions,
        };
        let checked = self.checker.check(&self.objects, &code, counts.nlocals);
        checked.map_err(|misfit| fault(offset, FaultKind::Code(self.layout, misfit)))?;
        let code = self.objects.put_code(code);
        Ok(Object::Code(code.ok_or(fault(offset, FaultKind::Full))?))
    }
}
