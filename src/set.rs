//! Small sets of named things: a bit for each.

/// Makes such a set: a constant for each member, and the word that programs know it by.
macro_rules! set {
    (
        $(#[$about:meta])*
        $set:ident { $( $(#[$what:meta])* $member:ident = $word:literal, )+ }
    ) => {
        $(#[$about])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
        pub struct $set(u8);

        const _: () = {
            /// Numbers the members.
            #[allow(non_camel_case_types, clippy::upper_case_acronyms)]
            enum Bit { $($member),+ }

            impl $set {
                $( $(#[$what])* pub const $member: Self = Self(1 << Bit::$member as u8); )+

                const WORDS: &[(Self, &str)] = &[$((Self::$member, $word)),+];

                /// Whether nothing is in it.
                pub const fn is_empty(self) -> bool {
                    self.0 == 0
                }

                /// Whether some of these are in it.
                pub const fn are_among(self, some: Self) -> bool {
                    self.0 & some.0 != 0
                }

                /// Adds those of another set.
                pub const fn add(&mut self, other: Self) {
                    self.0 |= other.0;
                }

                /// The words of what is in it.
                pub fn names(self) -> impl Iterator<Item = &'static str> {
                    Self::WORDS
                        .iter()
                        .filter(move |(one, _)| self.are_among(*one))
                        .map(|(_, word)| *word)
                }
            }
        };
    };
}

pub(crate) use set;
