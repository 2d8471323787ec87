//! Assertions and the answers to them.

use super::super::token::{SigningKey, granted};
use super::*;
use crate::http::Failure;
use crate::secret::Secret;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::signature::{KeyPair, RSA_PKCS1_2048_8192_SHA256, RsaKeyPair, UnparsedPublicKey};
use rustls::pki_types::PrivateKeyDer;
use rustls::pki_types::pem::PemObject;

fn key() -> SigningKey {
    SigningKey::new(
        "kid".into(),
        "client".into(),
        "251470000".into(),
        &Secret::new(PEM),
    )
    .unwrap()
}

#[test]
fn an_assertion_is_signed_by_the_key_and_claims_what_meetup_asks_for() {
    let assertion = key().assertion(now()).unwrap();
    let (signed, signature) = assertion.expose().rsplit_once('.').unwrap();
    let der = PrivateKeyDer::from_pem_slice(PEM.as_bytes()).unwrap();
    let pair = RsaKeyPair::from_pkcs8(der.secret_der()).unwrap();
    UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, pair.public_key().as_ref())
        .verify(
            signed.as_bytes(),
            &URL_SAFE_NO_PAD.decode(signature).unwrap(),
        )
        .unwrap();

    let parts: Vec<Value> = signed
        .split('.')
        .map(|part| serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap())
        .collect();
    assert_eq!(
        parts[0],
        json!({ "kid": "kid", "typ": "JWT", "alg": "RS256" })
    );
    let exp = now().timestamp() + 120;
    assert_eq!(
        parts[1],
        json!({ "sub": "251470000", "iss": "client", "aud": "api.meetup.com", "exp": exp })
    );
}

#[test]
fn a_key_in_the_older_form_of_pem_is_taken_as_well() {
    // What PKCS#8 wraps behind 26 bytes is PKCS#1, for any RSA key of 2048 bits.
    let der = PrivateKeyDer::from_pem_slice(PEM.as_bytes()).unwrap();
    let inner = base64::engine::general_purpose::STANDARD.encode(&der.secret_der()[26..]);
    let pem = format!("-----BEGIN RSA PRIVATE KEY-----\n{inner}\n-----END RSA PRIVATE KEY-----\n");
    assert!(SigningKey::new("k".into(), "c".into(), "1".into(), &Secret::new(pem)).is_ok());
}

#[test]
fn a_refused_key_says_what_to_check() {
    let error = granted(&answer(400, r#"{"error":"invalid_grant"}"#)).unwrap_err();
    let Failure::Unauthorised(text) = error else {
        panic!("{error:?}")
    };
    for word in [
        "invalid_grant",
        "clock",
        "Pro subscription",
        "signing_key_id",
    ] {
        assert!(text.contains(word), "{text}");
    }
}

#[test]
fn an_outage_is_not_taken_for_a_refusal() {
    for (status, body) in [
        (502, "<html>"),
        (200, "{}"),
        (200, "cut"),
        (400, "<html>"),
        (302, ""),
    ] {
        let result = granted(&answer(status, body));
        assert!(
            matches!(result, Err(Failure::Broken(_))),
            "{status} {body}: {result:?}"
        );
    }
    assert!(matches!(granted(&answer(404, "")), Err(Failure::Wrong(_))));
    assert!(matches!(
        granted(&answer(429, "")),
        Err(Failure::Limited { .. })
    ));
}
