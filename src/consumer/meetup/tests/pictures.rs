//! Where the bytes of a picture go.

use super::super::api::Api;
use super::super::photo::{Slot, put};
use super::super::token::{Access, Tokens};
use super::server::Server;
use super::*;
use crate::http::Http;
use crate::picture::{Format, Picture};
use crate::secret::Secret;

fn api(url: &str) -> Api {
    let http = Http::new(
        Rc::new(crate::testing::Still(now())),
        Duration::from_secs(5),
        "kronos",
    );
    let url: url::Url = url.parse().unwrap();
    let tokens = Tokens::new(Access::Token(Secret::new("secret")), url.clone());
    Api::new(http, url, tokens)
}

fn picture() -> Picture {
    Picture {
        bytes: b"bytes".to_vec(),
        format: Format::Jpeg,
    }
}

fn slot(url: &str) -> Slot {
    Slot {
        url: format!("{url}/put?signature=1").parse().unwrap(),
        id: 5,
    }
}

#[tokio::test]
async fn the_bytes_are_put_without_our_token() {
    let server = Server::giving([(200, String::new())]);
    assert_eq!(
        put(&api(&server.url), slot(&server.url), picture()).await,
        Ok(5)
    );
    let asked = &server.asked()[0];
    assert!(asked.line.starts_with("PUT /put?signature=1 "));
    assert_eq!(asked.authorization, None);
    assert_eq!(asked.body, "bytes");
}

#[tokio::test]
async fn a_place_that_refuses_them_is_told() {
    let server = Server::giving([(403, String::new())]);
    let error = put(&api(&server.url), slot(&server.url), picture())
        .await
        .unwrap_err();
    assert!(error.contains("403"), "{error}");
}

#[tokio::test]
async fn meetup_cannot_make_us_write_to_this_machine() {
    let server = Server::giving([(200, String::new())]);
    let result = put(
        &api("https://api.meetup.com/gql-ext"),
        slot(&server.url),
        picture(),
    )
    .await;
    assert!(result.is_err());
    assert_eq!(server.asked().len(), 0);
}
