//! JSON values to values of a contract's types, as block files and the command line write them.
//!
//! A scalar is written as [`Directory::value`] says, a text as a text, `bytes<N>` as `"0x…"`, an option as its
//! content or `null`, a list and a tuple as lists, a struct as an object, a variant of an enum as its name, or
//! as an object of its name and an object of its payload.

use crate::directory::{Deployed, Directory, Target, call_name, how_written, in_words};
use crate::failure::Complaint;
use mc_container::codec;
use mc_container::manifest::{COIN, Entry, Param};
use mc_container::text::{byte_words, text_words};
use mc_container::ty::{EnumType, Field, Type};
use mc_container::value::{Scalar, Value};
use serde_json::{Map, Value as Json};

/// The parameter that takes the transaction's Value.
#[must_use]
pub fn value_param(entry: &Entry) -> Option<&Param> {
    entry.params.iter().find(|param| param.ty == Type::Asset(COIN.to_owned()))
}

/// The parameters that a call has arguments for.
pub fn argument_params(entry: &Entry) -> impl Iterator<Item = &Param> {
    let value = value_param(entry).map(|param| &param.name);
    entry.params.iter().filter(move |param| Some(&param.name) != value)
}

/// True if the native asset goes through some call of a container.
#[must_use]
pub fn speaks_of_coin(container: &Deployed<'_>) -> bool {
    let is_coin = |ty: &Type| ty.any(&|part| matches!(part, Type::Asset(name) if name == COIN));
    container
        .manifest
        .entries
        .iter()
        .any(|entry| entry.params.iter().map(|param| &param.ty).chain([&entry.result]).any(is_coin))
}

impl Directory<'_> {
    /// The arguments of an entry in canonical encoding.
    ///
    /// # Errors
    /// Every argument that is missing, unknown, or no value of its type.
    pub fn arguments(&self, target: &Target<'_>, args: &[(String, Json)]) -> Result<Vec<u8>, Vec<Complaint>> {
        let params: Vec<&Param> = argument_params(target.entry).collect();
        let mut wrong: Vec<Complaint> = args
            .iter()
            .filter(|(name, _)| !params.iter().any(|param| param.name == *name))
            .map(|(name, _)| unknown(target, &params, name))
            .collect();
        let mut bytes = Vec::new();
        for param in params {
            match args.iter().find(|(name, _)| *name == param.name) {
                None => wrong.push(
                    Complaint::new(format!("`{}` needs an argument `{}`", call_name(target), param.name))
                        .help(format!("its type is `{}`: {}", param.ty, how_type_is_written(&param.ty))),
                ),
                Some((_, json)) => match self.typed(json, &param.ty) {
                    Ok(values) => codec::encode(&param.ty, &values, &mut bytes),
                    Err(misfit) => wrong.push(Complaint {
                        message: format!("argument `{}`: {}", param.name, misfit.message),
                        ..misfit
                    }),
                },
            }
        }
        if wrong.is_empty() { Ok(bytes) } else { Err(wrong) }
    }

    /// The scalars of the value of type `ty` that a JSON value stands for.
    ///
    /// # Errors
    /// If it stands for none.
    pub fn typed(&self, json: &Json, ty: &Type) -> Result<Vec<Value>, Complaint> {
        let misfit = || {
            Complaint::new(format!("{} is no `{ty}`", in_words(json)))
                .help(format!("write {}", how_type_is_written(ty)))
        };
        match (ty, json) {
            (Type::Scalar(scalar), _) => Ok(vec![self.value(json, *scalar)?]),
            (Type::Asset(_) | Type::Seen(_), _) => Ok(vec![self.value(json, Scalar::U128)?]),
            (Type::String(max), Json::String(text)) => text_words(text, *max).ok_or_else(|| {
                Complaint::new(format!("a text of {} bytes is no `{ty}`", text.len()))
                    .help(format!("at most {max} bytes of UTF-8 fit"))
            }),
            (Type::Bytes(length), Json::String(text)) => {
                let bytes = hex_bytes(text);
                bytes.and_then(|bytes| byte_words(&bytes, *length)).ok_or_else(misfit)
            }
            (Type::Option(content), Json::Null) => Ok(vec![Value::ZERO; 1 + content.scalar_count()]),
            (Type::Option(content), _) => Ok([vec![Value::from_u64(1)], self.typed(json, content)?].concat()),
            (Type::List(element, max), Json::Array(items)) if items.len() <= *max as usize => {
                let mut values = vec![Value::from_u64(items.len() as u64)];
                for item in items {
                    values.extend(self.typed(item, element)?);
                }
                values.resize(ty.scalar_count(), Value::ZERO);
                Ok(values)
            }
            (Type::Tuple(parts), Json::Array(items)) if items.len() == parts.len() => {
                let parts = items.iter().zip(parts).map(|(item, part)| self.typed(item, part));
                Ok(parts.collect::<Result<Vec<_>, _>>()?.concat())
            }
            (Type::Struct(it), Json::Object(object)) => self.fields(&it.name, &it.fields, object),
            (Type::Enum(it), Json::String(name)) => self.variant(it, name, &Map::new()),
            (Type::Enum(it), Json::Object(object)) if object.len() == 1 => match object.iter().next() {
                Some((name, Json::Object(payload))) => self.variant(it, name, payload),
                _ => Err(misfit()),
            },
            _ => Err(misfit()),
        }
    }

    fn variant(
        &self,
        it: &EnumType,
        name: &str,
        payload: &Map<String, Json>,
    ) -> Result<Vec<Value>, Complaint> {
        let Some(tag) = it.variants.iter().position(|variant| variant.name == name) else {
            let known = it.variants.iter().map(|variant| variant.name.as_str());
            return Err(Complaint::new(format!("`{}` has no variant `{name}`", it.name)).nearest(name, known));
        };
        let mut values = vec![Value::from_u64(tag as u64)];
        for (number, variant) in it.variants.iter().enumerate() {
            if number == tag {
                values.extend(self.fields(name, &variant.fields, payload)?);
            } else {
                let rest: usize = variant.fields.iter().map(|field| field.ty.scalar_count()).sum();
                values.resize(values.len() + rest, Value::ZERO);
            }
        }
        Ok(values)
    }

    fn fields(
        &self,
        owner: &str,
        fields: &[Field],
        object: &Map<String, Json>,
    ) -> Result<Vec<Value>, Complaint> {
        let known = || fields.iter().map(|field| field.name.as_str());
        if let Some(name) = object.keys().find(|name| !known().any(|field| field == name.as_str())) {
            return Err(Complaint::new(format!("`{owner}` has no field `{name}`")).nearest(name, known()));
        }
        let mut values = Vec::new();
        for field in fields {
            let missing = || Complaint::new(format!("`{owner}` needs a field `{}`", field.name));
            let json = object.get(&field.name).ok_or_else(missing)?;
            let within = |misfit: Complaint| Complaint {
                message: format!("`{}`: {}", field.name, misfit.message),
                ..misfit
            };
            values.extend(self.typed(json, &field.ty).map_err(within)?);
        }
        Ok(values)
    }
}

fn unknown(target: &Target<'_>, params: &[&Param], name: &str) -> Complaint {
    let call = call_name(target);
    if value_param(target.entry).is_some_and(|param| param.name == name) {
        return Complaint::new(format!("`{name}` of `{call}` is the transaction's Value, and no argument"))
            .help("write it beside the arguments: \"value\": 5");
    }
    let unknown = Complaint::new(format!("`{call}` has no parameter `{name}`"));
    if params.is_empty() {
        return unknown.help("it takes no arguments");
    }
    unknown.nearest(name, params.iter().map(|param| param.name.as_str()))
}

fn hex_bytes(text: &str) -> Option<Vec<u8>> {
    let digits = text.strip_prefix("0x")?;
    if !digits.is_ascii() || digits.len() % 2 != 0 {
        return None;
    }
    let byte = |at: usize| digits.get(at..at + 2).and_then(|pair| u8::from_str_radix(pair, 16).ok());
    (0..digits.len()).step_by(2).map(byte).collect()
}

/// How a value of a type is written in JSON.
#[must_use]
pub fn how_type_is_written(ty: &Type) -> String {
    match ty {
        Type::Scalar(scalar) => how_written(*scalar),
        Type::Asset(_) | Type::Seen(_) => how_written(Scalar::U128),
        Type::String(max) => format!("a text of at most {max} bytes"),
        Type::Bytes(length) => format!("\"0x…\" with {} hexadecimal digits", 2 * length),
        Type::Tuple(parts) => format!("a list of {} values", parts.len()),
        Type::Option(content) => format!("null, or {}", how_type_is_written(content)),
        Type::List(_, max) => format!("a list of at most {max} values"),
        Type::Struct(it) => {
            let fields: Vec<String> = it.fields.iter().map(|field| format!("{:?}: …", field.name)).collect();
            format!("{{{}}}", fields.join(", "))
        }
        Type::Enum(it) => {
            let variants: Vec<String> = it
                .variants
                .iter()
                .map(|variant| match variant.fields.is_empty() {
                    true => format!("{:?}", variant.name),
                    false => format!("{{{:?}: {{…}}}}", variant.name),
                })
                .collect();
            variants.join(" or ")
        }
    }
}
