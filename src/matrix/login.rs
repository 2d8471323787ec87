//! How a session gets its access token.

use super::{Session, answer};
use crate::http::{Failure, Method, Request};
use crate::secret::Secret;
use serde::Deserialize;
use serde_json::json;

/// What devices are called in a user's list of sessions.
const DEVICE_NAME: &str = "kronos";

/// By what the homeserver knows us.
#[derive(Debug, Clone)]
pub enum Credentials {
    /// A token that was made elsewhere; it belongs to a device already.
    Token(Secret),
    /// A user, as `@name:server` or the name alone, and the password: each run logs in once.
    Password {
        /// The user.
        user: String,
        /// The password.
        password: Secret,
    },
}

impl Session {
    /// The access token; logs in when it is first needed. It is kept for the run only, and never logged out: that would delete
    /// the device, and with it the homeserver's memory of what was sent.
    pub(super) async fn token(&self) -> Result<&Secret, Failure> {
        #[derive(Deserialize)]
        struct Welcome {
            access_token: String,
            user_id: String,
        }
        if let Some(token) = self.token.get() {
            return Ok(token);
        }
        let (user, password) = match &self.credentials {
            Credentials::Token(token) => return Ok(self.token.get_or_init(|| token.clone())),
            Credentials::Password { user, password } => (user, password),
        };
        let body = json!({
            "type": "m.login.password",
            "identifier": {"type": "m.id.user", "user": user},
            "password": password.expose(),
            "device_id": self.device,
            "initial_device_display_name": DEVICE_NAME,
        });
        let url = self.url(&["v3", "login"]);
        let request = || Request::new(Method::POST, url.clone()).json(&body);
        let answered = self.in_turn(request).await?;
        if answered.status == 403 {
            let said = answer::said(&answered);
            return Err(Failure::Unauthorised(format!(
                "the homeserver does not accept {user} and the password: {said}"
            )));
        }
        let welcome: Welcome = self.read(&answered)?;
        self.user.get_or_init(|| welcome.user_id);
        Ok(self.token.get_or_init(|| Secret::new(welcome.access_token)))
    }
}
