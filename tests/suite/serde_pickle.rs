//! A second writer of pickles: what serde-pickle writes of a random value, the decoder reads opcode by opcode.

use std::collections::{BTreeMap, BTreeSet};

use pickscope::{
    decode::{
        ops,
        text::{self, Meaning, Text},
    },
    opcode::Opcode,
};
use proptest::{collection, prelude::*};
use serde_pickle::{HashableValue, SerOptions, Value, value_to_vec};

fn hashable() -> impl Strategy<Value = HashableValue> {
    prop_oneof![
        Just(HashableValue::None),
        any::<bool>().prop_map(HashableValue::Bool),
        any::<i64>().prop_map(HashableValue::I64),
        // Larger ones serde-pickle doesn't tell from integers.
        (-9e15..9e15).prop_map(HashableValue::F64),
        collection::vec(any::<u8>(), 0..300).prop_map(HashableValue::Bytes),
        any::<String>().prop_map(HashableValue::String),
    ]
}

/// Random values.
pub fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        hashable().prop_map(HashableValue::into_value),
        any::<f64>()
            .prop_filter("a NaN isn't its own equal", |n| !n.is_nan())
            .prop_map(Value::F64),
        collection::vec(any::<u8>(), 0..40)
            .prop_map(|bytes| Value::Int(num_bigint::BigInt::from_signed_bytes_le(&bytes))),
    ];
    leaf.prop_recursive(4, 60, 6, |inner| {
        prop_oneof![
            collection::vec(inner.clone(), 0..6).prop_map(Value::List),
            collection::vec(inner.clone(), 0..6).prop_map(Value::Tuple),
            collection::btree_set(hashable(), 0..6).prop_map(Value::Set),
            collection::btree_set(hashable(), 0..6).prop_map(Value::FrozenSet),
            collection::btree_map(hashable(), inner, 0..6).prop_map(Value::Dict),
        ]
    })
}

/// The leaves of a value in the order in which they are written, as text that tells them apart.
fn leaves(value: &Value, proto_2: bool, out: &mut Vec<String>) {
    let set = |items: &BTreeSet<HashableValue>, out: &mut Vec<String>| {
        items
            .iter()
            .for_each(|item| leaves(&item.clone().into_value(), proto_2, out));
    };
    match value {
        Value::None => out.push("None".into()),
        Value::Bool(b) => out.push(format!("bool {b}")),
        Value::I64(n) => out.push(format!("int {n}")),
        Value::Int(n) => out.push(format!("int {n}")),
        Value::F64(n) => out.push(format!("float {:x}", n.to_bits())),
        // Protocol 2 has no bytes: a call of `_codecs.encode` makes them of text.
        Value::Bytes(bytes) if proto_2 => {
            let text: String = bytes.iter().map(|byte| char::from(*byte)).collect();
            out.extend([format!("str {text}"), "str latin1".into()]);
        }
        Value::Bytes(bytes) => out.push(format!("bytes {bytes:?}")),
        Value::String(text) => out.push(format!("str {text}")),
        Value::List(items) | Value::Tuple(items) => {
            items.iter().for_each(|item| leaves(item, proto_2, out))
        }
        Value::Set(items) | Value::FrozenSet(items) => set(items, out),
        Value::Dict(pairs) => dict(pairs, proto_2, out),
    }
}

fn dict(pairs: &BTreeMap<HashableValue, Value>, proto_2: bool, out: &mut Vec<String>) {
    for (key, value) in pairs {
        leaves(&key.clone().into_value(), proto_2, out);
        leaves(value, proto_2, out);
    }
}

/// The leaves that the opcodes of a stream push.
fn read(stream: &[u8]) -> Vec<String> {
    let mut out = Vec::new();
    for op in ops(stream) {
        let op = op.expect("serde-pickle writes whole streams");
        match op.opcode {
            Opcode::None => out.push("None".into()),
            Opcode::NewTrue => out.push("bool true".into()),
            Opcode::NewFalse => out.push("bool false".into()),
            _ if op.opcode.stores().is_some() => match text::usual(&op)
                .expect("arguments are readable")
            {
                Meaning::Bool(b) => out.push(format!("bool {b}")),
                Meaning::Int(n) => out.push(format!("int {}", n.decimal().expect("it is short"))),
                Meaning::Float(n) => out.push(format!("float {:x}", n.to_bits())),
                Meaning::Bytes(bytes) => out.push(format!("bytes {:?}", bytes.as_ref())),
                Meaning::Str(Text::Str(text)) => out.push(format!("str {text}")),
                _ => {}
            },
            _ => {}
        }
    }
    out
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_values_are_read(value in value(), proto_2 in any::<bool>()) {
        let options = if proto_2 { SerOptions::new().proto_v2() } else { SerOptions::new() };
        let stream = value_to_vec(&value, options).expect("any value can be written");
        let mut due = Vec::new();
        leaves(&value, proto_2, &mut due);
        // Sets are written as calls of `set` with a list; their names aren't leaves of the value.
        prop_assert_eq!(read(&stream), due);
    }
}
