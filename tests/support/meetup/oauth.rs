//! The token endpoint: assertions are verified as the service does it, down to the signature.

use super::{CLIENT_KEY, KEY_ID, MEMBER, World};
use crate::support::exchange::{Reply, Request};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use ring::signature::{RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};
use serde_json::{Value, json};

/// The public half of the signing key.
const PUBLIC_KEY: &str = include_str!("../keys/meetup-test-key.pub.pem");
const GRANT: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";

impl World {
    /// Gives an access token for an assertion.
    pub fn token(&mut self, request: &Request) -> Reply {
        let form: Vec<(String, String)> = url::form_urlencoded::parse(&request.body)
            .into_owned()
            .collect();
        let field = |name: &str| {
            let found = form.iter().find(|(key, _)| key == name);
            found.map_or("", |(_, value)| value.as_str())
        };
        let typed = request.header("content-type").unwrap_or_default();
        let valid = typed.starts_with("application/x-www-form-urlencoded")
            && field("grant_type") == GRANT
            && self.is_valid(field("assertion")).is_some();
        if !valid || self.switches.lapsed {
            return Reply::json(400, &json!({"error": "invalid_grant"}));
        }
        self.tokens_given += 1;
        let token = format!("EXAMPLE-access-{}", self.tokens_given);
        let end = self.clock.now() + self.token_life;
        self.tokens.insert(token.clone(), end);
        let body = json!({
            "access_token": token, "refresh_token": format!("EXAMPLE-refresh-{}", self.tokens_given),
            "expires_in": self.token_life.num_seconds(), "token_type": "bearer",
        });
        Reply::json(200, &body)
    }

    fn is_valid(&self, assertion: &str) -> Option<()> {
        let (signed, signature) = assertion.rsplit_once('.')?;
        let (header, claims) = signed.split_once('.')?;
        let part = |text: &str| -> Option<Value> {
            serde_json::from_slice(&URL_SAFE_NO_PAD.decode(text).ok()?).ok()
        };
        let (header, claims) = (part(header)?, part(claims)?);
        let signature = URL_SAFE_NO_PAD.decode(signature).ok()?;
        UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, public_key())
            .verify(signed.as_bytes(), &signature)
            .ok()?;
        let fits = header["alg"] == "RS256"
            && header["typ"] == "JWT"
            && header["kid"] == KEY_ID
            && claims["iss"] == CLIENT_KEY
            && claims["sub"] == MEMBER
            && claims["aud"] == "api.meetup.com"
            && claims["exp"].as_i64()? > self.clock.now().timestamp();
        fits.then_some(())
    }

    /// Whether a GraphQL request is signed in; `Err` if it tries and fails.
    pub fn signed_in(&self, request: &Request) -> Result<bool, Reply> {
        let token = match request.header("authorization") {
            None => return Ok(false),
            Some(value) => value.strip_prefix("Bearer ").unwrap_or_default(),
        };
        let end = self.tokens.get(token);
        if !self.switches.lapsed && end.is_some_and(|end| *end > self.clock.now()) {
            return Ok(!self.switches.signed_out);
        }
        let error = json!({"message": "Unauthorized", "extensions": {"code": "auth_fail"}});
        Err(Reply::json(401, &json!({"errors": [error]})))
    }
}

/// The key in DER.
fn public_key() -> Vec<u8> {
    let lines = PUBLIC_KEY.lines().filter(|line| !line.starts_with('-'));
    STANDARD.decode(lines.collect::<String>()).unwrap()
}
