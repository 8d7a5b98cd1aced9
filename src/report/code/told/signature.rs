//! A function's arguments as its source had them.

use std::collections::HashMap;

use crate::code::object::{VARARGS, VARKEYWORDS};

use super::{Facts, Function, plain};

/// A function's name and arguments: `scale(x, by=2, *rest, exact: bool = False) -> int`.
pub(super) fn signature<'t>(
    name: &str,
    facts: Option<&Facts<'_>>,
    function: &'t Function,
) -> String {
    let Some(facts) = facts else {
        return format!("{name}(…)");
    };
    let count = |number: i64| usize::try_from(number).unwrap_or_default();
    let (positional, only) = (count(facts.argcount), count(facts.kwonlyargcount));
    let by_name = |pairs: &'t [(String, String)]| -> HashMap<&'t str, &'t str> {
        let pairs = pairs.iter().rev();
        pairs
            .map(|(key, value)| (key.as_str(), value.as_str()))
            .collect()
    };
    let annotations = by_name(&function.annotations);
    let kwdefaults = by_name(&function.kwdefaults);
    let annotation = |variable: &str| annotations.get(variable).copied();
    let argument = |at: usize, default: Option<&str>, stars: &str| {
        let variable = facts.varnames.get(at).map_or("?", String::as_str);
        let mut text = format!("{stars}{}", plain(variable));
        match (annotation(variable), default) {
            (Some(annotation), Some(default)) => text += &format!(": {annotation} = {default}"),
            (Some(annotation), None) => text += &format!(": {annotation}"),
            (None, Some(default)) => text += &format!("={default}"),
            (None, None) => {}
        }
        text
    };
    let mut parts = Vec::new();
    let all = facts.varnames.len();
    let first_default = positional.saturating_sub(function.defaults.len());
    for at in 0..positional.min(all) {
        let default = at
            .checked_sub(first_default)
            .and_then(|number| function.defaults.get(number));
        parts.push(argument(at, default.map(String::as_str), ""));
        if facts.posonlyargcount > 0 && at.saturating_add(1) == count(facts.posonlyargcount) {
            parts.push("/".to_owned());
        }
    }
    let after = positional.saturating_add(only);
    let has_rest = facts.flags & VARARGS != 0;
    if has_rest {
        parts.push(argument(after, None, "*"));
    } else if only > 0 {
        parts.push("*".to_owned());
    }
    for at in positional..after.min(all) {
        let variable = facts.varnames.get(at);
        let default = variable.and_then(|variable| kwdefaults.get(variable.as_str()));
        parts.push(argument(at, default.copied(), ""));
    }
    if facts.flags & VARKEYWORDS != 0 {
        parts.push(argument(after.saturating_add(has_rest.into()), None, "**"));
    }
    let returns = annotation("return").map_or(String::new(), |of| format!(" -> {of}"));
    format!("{name}({}){returns}", parts.join(", "))
}
