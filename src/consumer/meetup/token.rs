//! Access tokens: one that was configured, or those that a signing key gets.
//!
//! The assertion (JWT, RS256) is put together here with ring: a JWT crate would bring a second stack of cryptography
//! beside the one that TLS uses already. Form and claims are those that Meetup's public clients send.

use crate::http::{Answer, Failure, Http, Request};
use crate::secret::Secret;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};
use ring::rand::SystemRandom;
use ring::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
use rustls::pki_types::PrivateKeyDer;
use rustls::pki_types::pem::PemObject;
use serde::Deserialize;
use serde_json::json;
use std::cell::RefCell;
use url::Url;

/// How long an assertion is good for; Meetup's clients agree on two minutes.
const ASSERTION_LIFE: TimeDelta = TimeDelta::seconds(120);
/// A token that ends sooner than this is not used any more.
const MARGIN: TimeDelta = TimeDelta::seconds(30);
/// How long a token lasts if its answer does not say, in seconds.
const TOKEN_LIFE: i64 = 3600;

/// By what kronos may act.
pub enum Access {
    /// A token that was configured.
    Token(Secret),
    /// A key that signs requests for tokens.
    Key(Box<SigningKey>),
}

/// A signing key of an OAuth client, and for whom it signs.
pub struct SigningKey {
    pair: RsaKeyPair,
    id: String,
    client: String,
    member: String,
}

impl SigningKey {
    /// Takes the key's id, the client's key, the member's id, and the private key as PEM (PKCS#8 or PKCS#1).
    ///
    /// # Errors
    /// What is wrong with the PEM; never what it holds.
    pub fn new(id: String, client: String, member: String, pem: &Secret) -> Result<Self, String> {
        let der = PrivateKeyDer::from_pem_slice(pem.expose().as_bytes())
            .map_err(|_| "holds no unencrypted private key in PEM form".to_string())?;
        let pair = match &der {
            PrivateKeyDer::Pkcs8(der) => RsaKeyPair::from_pkcs8(der.secret_pkcs8_der()),
            PrivateKeyDer::Pkcs1(der) => RsaKeyPair::from_der(der.secret_pkcs1_der()),
            _ => return Err("holds a private key that is not an RSA key".into()),
        };
        let pair = pair.map_err(|rejected| format!("holds no usable RSA key ({rejected})"))?;
        Ok(Self {
            pair,
            id,
            client,
            member,
        })
    }

    /// The signed assertion by which a token is asked for at `now`.
    ///
    /// # Errors
    /// The key holds numbers that do not belong together, which only signing brings to light.
    pub fn assertion(&self, now: DateTime<Utc>) -> Result<Secret, String> {
        let header = json!({ "kid": self.id, "typ": "JWT", "alg": "RS256" });
        let claims = json!({
            "sub": self.member,
            "iss": self.client,
            "aud": "api.meetup.com",
            "exp": (now + ASSERTION_LIFE).timestamp(),
        });
        let encode = |value: &serde_json::Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let signed = format!("{}.{}", encode(&header), encode(&claims));
        let mut signature = vec![0; self.pair.public().modulus_len()];
        self.pair
            .sign(
                &RSA_PKCS1_SHA256,
                &SystemRandom::new(),
                signed.as_bytes(),
                &mut signature,
            )
            .map_err(|_| {
                "the signing key cannot sign, since its file is damaged; download it from Meetup anew"
                    .to_string()
            })?;
        Ok(Secret::new(format!(
            "{signed}.{}",
            URL_SAFE_NO_PAD.encode(signature)
        )))
    }
}

/// The tokens of a run: fetched when the first is needed, kept in memory until it ends.
pub struct Tokens {
    access: Access,
    url: Url,
    kept: RefCell<Option<(Secret, DateTime<Utc>)>>,
}

#[derive(Deserialize)]
struct Granted {
    access_token: String,
    expires_in: Option<i64>,
}

impl Tokens {
    /// Tokens by `access`, fetched from `url`.
    pub fn new(access: Access, url: Url) -> Self {
        Self {
            access,
            url,
            kept: RefCell::new(None),
        }
    }

    /// A token that is good now. Asking for one changes nothing at Meetup.
    ///
    /// # Errors
    /// As for every reading; a refused key is `Unauthorised`.
    pub async fn get(&self, http: &Http) -> Result<Secret, Failure> {
        let key = match &self.access {
            Access::Token(token) => return Ok(token.clone()),
            Access::Key(key) => key,
        };
        let now = http.clock().now();
        if let Some((token, ends)) = &*self.kept.borrow()
            && now + MARGIN < *ends
        {
            return Ok(token.clone());
        }
        let assertion = key.assertion(now).map_err(Failure::Wrong)?;
        let form = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer")
            .append_pair("assertion", assertion.expose())
            .finish();
        let request = Request::new(crate::http::Method::POST, self.url.clone())
            .body(form.into_bytes(), "application/x-www-form-urlencoded")
            .expect("application/json");
        let (token, life) = granted(&http.send(request).await?)?;
        *self.kept.borrow_mut() = Some((token.clone(), now + life));
        Ok(token)
    }

    /// Forgets the token that Meetup refused. Whether another can be had.
    pub fn forget(&self) -> bool {
        self.kept.borrow_mut().take();
        matches!(self.access, Access::Key(_))
    }
}

/// What the answer to a request for a token means: the token and how long it lasts.
pub fn granted(answer: &Answer) -> Result<(Secret, TimeDelta), Failure> {
    #[derive(Deserialize)]
    struct Refusal {
        error: String,
    }
    if answer.is_success() {
        let granted: Granted = answer
            .json()
            .map_err(|problem| Failure::Broken(format!("Meetup's access token is {problem}")))?;
        if granted.access_token.is_empty() {
            return Err(Failure::Broken("Meetup gave an empty access token".into()));
        }
        let life = granted.expires_in.unwrap_or(TOKEN_LIFE).clamp(0, 86_400);
        return Ok((Secret::new(granted.access_token), TimeDelta::seconds(life)));
    }
    let said = answer
        .json::<Refusal>()
        .map(|refusal| super::reply::said(&refusal.error));
    let status = answer.status;
    match (status, said) {
        (429, _) => Err(Failure::Limited {
            until: answer
                .retry_at()
                .unwrap_or(answer.received + TimeDelta::seconds(60)),
            reason: "Meetup gives no access token for now (429)".into(),
        }),
        (400..=403, Ok(error)) => Err(Failure::Unauthorised(format!(
            "Meetup gives no access token ({error}); check client_key, member_id, signing_key_id and the signing key, \
             that this machine's clock is right, and that the Pro subscription has not lapsed"
        ))),
        (401 | 403, Err(_)) => Err(Failure::Unauthorised(format!(
            "Meetup gives no access token ({status}); check client_key, member_id, signing_key_id and the signing key"
        ))),
        (404 | 405 | 410, _) => Err(Failure::Wrong(format!(
            "Meetup gives no access tokens there ({status}); check token_url, by default {}",
            super::config::TOKENS
        ))),
        _ => Err(Failure::Broken(format!(
            "Meetup gave no access token (it answered {status})"
        ))),
    }
}
