//! One message: its envelope, the bytes that are signed, and its signatures.

use super::encoding;
use super::key::{PublicKey, Signer};
use serde::de::{Error as _, MapAccess, Visitor};
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value};
use std::fmt;

/// Under this name a signer's signature stands.
const KEY_ID: &str = "ed25519:0";

/// A message whose required fields are there. Nothing of it is verified by that.
#[derive(Debug, Clone, PartialEq)]
pub struct Message {
    /// What is signed.
    fields: Map<String, Value>,
    /// The bytes of it that are signed.
    canonical: Vec<u8>,
    /// In the order of the document: the first that is trusted decides.
    signatures: Vec<(String, Map<String, Value>)>,
    /// What is not signed, and is passed on.
    unsigned: Option<Value>,
}

/// What a message of ours says.
#[derive(Debug, Clone)]
pub struct Draft<'a> {
    /// Its tag, a reverse-DNS name.
    pub tag: &'a str,
    /// Its number; the same when the message is sent again.
    pub uuid: &'a str,
    /// When it was made, in UTC: `2026-11-21T20:00:00`.
    pub time: &'a str,
    /// On which machine.
    pub origin: &'a str,
    /// What it tells.
    pub data: Value,
}

/// Why something is no message.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    /// It is no JSON object.
    #[error("it is no JSON object")]
    NoObject,
    /// A field is missing, or of the wrong type.
    #[error("its {0} is missing")]
    Lacks(&'static str),
}

impl Message {
    /// Reads one. `tag` may be called `id`; keys that are not known are kept, and signed.
    ///
    /// # Errors
    /// It is no JSON object, or lacks something that every message has.
    pub fn parse(bytes: &[u8]) -> Result<Self, Malformed> {
        let parts: Parts = serde_json::from_slice(bytes).map_err(|_| Malformed::NoObject)?;
        if parts.signatures.is_empty() {
            return Err(Malformed::Lacks("signature"));
        }
        Self::new(parts)
    }

    /// Makes one that is not signed yet.
    ///
    /// # Errors
    /// The tag or the uuid is empty.
    pub fn compose(draft: Draft<'_>) -> Result<Self, Malformed> {
        let mut fields = Map::new();
        for (key, value) in [
            ("tag", draft.tag),
            ("id", draft.tag),
            ("uuid", draft.uuid),
            ("format", "1.0"),
            ("time", draft.time),
            ("origin", draft.origin),
        ] {
            fields.insert(key.into(), value.into());
        }
        fields.insert("data".into(), draft.data);
        Self::new(Parts {
            fields,
            ..Parts::default()
        })
    }

    fn new(parts: Parts) -> Result<Self, Malformed> {
        let message = Self {
            canonical: canonical(&parts.fields).ok_or(Malformed::NoObject)?,
            fields: parts.fields,
            signatures: parts.signatures,
            unsigned: parts.unsigned,
        };
        if message.tag().is_empty() {
            return Err(Malformed::Lacks("tag"));
        }
        for name in ["uuid", "format", "time"] {
            if message.text(name).is_empty() {
                return Err(Malformed::Lacks(name));
            }
        }
        if !message.fields.contains_key("data") {
            return Err(Malformed::Lacks("data"));
        }
        Ok(message)
    }

    fn text(&self, name: &str) -> &str {
        self.fields
            .get(name)
            .and_then(Value::as_str)
            .unwrap_or_default()
    }

    /// Its tag: what sinks subscribe to.
    pub fn tag(&self) -> &str {
        match self.text("tag") {
            "" => self.text("id"),
            tag => tag,
        }
    }

    /// Its number, by which repetitions are known.
    pub fn uuid(&self) -> &str {
        self.text("uuid")
    }

    /// What it tells.
    pub fn data(&self) -> &Value {
        &self.fields["data"]
    }

    /// Who signed it, or says so, in the order of the document.
    pub fn signers(&self) -> impl Iterator<Item = &str> {
        self.signatures.iter().map(|(signer, _)| signer.as_str())
    }

    /// Whether `signer` signed it with `key`.
    pub fn is_signed_by(&self, signer: &str, key: &PublicKey) -> bool {
        self.signatures
            .iter()
            .find(|(name, _)| name == signer)
            .and_then(|(_, keys)| keys.get(KEY_ID)?.as_str())
            .and_then(encoding::decode)
            .is_some_and(|signature| key.has_signed(&self.canonical, &signature))
    }

    /// Adds a signature; those that are there stay as they are.
    pub fn sign(&mut self, signer: &Signer) {
        let signature = encoding::encode(&signer.sign(&self.canonical));
        let entry = (KEY_ID.to_owned(), Value::from(signature));
        match self
            .signatures
            .iter_mut()
            .find(|(name, _)| name == signer.id())
        {
            Some((_, keys)) => drop(keys.insert(entry.0, entry.1)),
            None => self
                .signatures
                .push((signer.id().into(), Map::from_iter([entry]))),
        }
    }

    /// The message as it is sent: JSON on one line.
    pub fn to_bytes(&self) -> Vec<u8> {
        // Keys are texts, and a Vec takes everything: writing it cannot fail.
        serde_json::to_vec(self).unwrap_or_default()
    }
}

/// The bytes that are signed: sorted keys, no spaces, UTF-8 as it is. Numbers stay as they were written, for which `serde_json`
/// must have `arbitrary_precision` on, and its maps must be sorted (`preserve_order` off).
fn canonical(fields: &Map<String, Value>) -> Option<Vec<u8>> {
    serde_json::to_vec(fields).ok()
}

impl Serialize for Message {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for (key, value) in &self.fields {
            map.serialize_entry(key, value)?;
        }
        if let Some(unsigned) = &self.unsigned {
            map.serialize_entry("unsigned", unsigned)?;
        }
        map.serialize_entry("signatures", &InOrder(&self.signatures))?;
        map.end()
    }
}

struct InOrder<'a>(&'a [(String, Map<String, Value>)]);

impl Serialize for InOrder<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, keys)| (name, keys)))
    }
}

/// The parts of the envelope. Maps of `serde_json` are sorted, so that the order of the signatures is read here.
#[derive(Default)]
struct Parts {
    fields: Map<String, Value>,
    signatures: Vec<(String, Map<String, Value>)>,
    unsigned: Option<Value>,
}

impl<'de> Deserialize<'de> for Parts {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(PartsVisitor)
    }
}

struct PartsVisitor;

impl<'de> Visitor<'de> for PartsVisitor {
    type Value = Parts;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a message")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Parts, A::Error> {
        let mut parts = Parts::default();
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "signatures" => parts.signatures = map.next_value::<Signatures>()?.0,
                "unsigned" => parts.unsigned = Some(map.next_value()?),
                _ => drop(parts.fields.insert(key, map.next_value()?)),
            }
        }
        Ok(parts)
    }
}

struct Signatures(Vec<(String, Map<String, Value>)>);

/// Nobody needs more; each costs a look among the trusted keys.
const MOST_SIGNATURES: usize = 64;

impl<'de> Deserialize<'de> for Signatures {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(SignaturesVisitor)
    }
}

struct SignaturesVisitor;

impl<'de> Visitor<'de> for SignaturesVisitor {
    type Value = Signatures;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("signatures")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Signatures, A::Error> {
        let mut list: Vec<(String, Map<String, Value>)> = Vec::new();
        while let Some((name, keys)) = map.next_entry::<String, Map<String, Value>>()? {
            // Of a key that stands twice the last counts, as elsewhere in JSON.
            list.retain(|(known, _)| *known != name);
            if list.len() == MOST_SIGNATURES {
                return Err(A::Error::custom("too many signatures"));
            }
            list.push((name, keys));
        }
        Ok(Signatures(list))
    }
}

#[cfg(test)]
mod tests;
