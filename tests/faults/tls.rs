//! Certificates that do not fit: nothing is sent, the message says what is wrong, and the next run makes up for it.

use super::stage::{Service, Stage};
use crate::support::kronos::Run;
use crate::support::tls::{AUTHORITY, Certificate, Tls};

const UNFIT: [Certificate; 4] = [
    Certificate::Expired,
    Certificate::NotYet,
    Certificate::WrongName,
    Certificate::Untrusted,
];

/// A stage whose consumer lies behind TLS; `key` names the address that does.
fn behind(service: Service, key: &str, certificate: Certificate) -> (Stage, Tls, String) {
    let mut stage = Stage::set(service);
    let tls = Tls::before(stage.server(), certificate);
    let path = match key {
        "token_url" => "/oauth2/access",
        _ if service == Service::Discord => "/api/v10",
        _ => "/gql-ext",
    };
    let section = format!("consumers.{}", stage.consumer());
    let plain = format!("{:?}", format!("{}{path}", stage.server().url()));
    let url = format!("{:?}", format!("{}{path}", tls.url()));
    let kronos = std::mem::take(&mut stage.scene.kronos);
    stage.scene.kronos = kronos.env("SSL_CERT_FILE", AUTHORITY);
    stage.scene.kronos.set(&section, key, &url);
    (stage, tls, plain)
}

/// The consumer could not be served, and the reason is its certificate.
#[track_caller]
fn tells_of_the_certificate(stage: &Stage, run: &Run) {
    let told = run.consumer(stage.consumer())["error"].to_string();
    assert!(told.contains("certificate"), "{told}");
}

#[test]
fn a_service_whose_certificate_fits_is_served() {
    for (service, key) in [
        (Service::Discord, "api_url"),
        (Service::Meetup, "api_url"),
        (Service::Meetup, "token_url"),
    ] {
        let (stage, _tls, _) = behind(service, key, Certificate::Good);
        stage.scene.kronos.run().ends_with(0);
        stage.is_true().unwrap();
    }
}

#[test]
fn a_service_whose_certificate_does_not_fit_is_sent_nothing() {
    for certificate in UNFIT {
        for service in [Service::Discord, Service::Meetup] {
            let (mut stage, _tls, plain) = behind(service, "api_url", certificate);
            let before = stage.server().requests(0).len();
            let run = stage.scene.kronos.run().ends_with(3);
            tells_of_the_certificate(&stage, &run);
            let since = stage.server().requests(before);
            // Meetup's token lies elsewhere.
            assert!(
                since.iter().all(|request| request.path == "/oauth2/access"),
                "{certificate:?}"
            );
            stage.is_decent().unwrap();
            let section = format!("consumers.{}", stage.consumer());
            stage.scene.kronos.set(&section, "api_url", &plain);
            stage.scene.kronos.run();
            stage.scene.kronos.run().ends_with(0);
            stage.is_true().unwrap();
        }
    }
}

#[test]
fn a_token_is_asked_for_only_where_the_certificate_fits() {
    for certificate in UNFIT {
        let (stage, _tls, _) = behind(Service::Meetup, "token_url", certificate);
        let before = stage.server().count();
        let run = stage.scene.kronos.run().ends_with(3);
        tells_of_the_certificate(&stage, &run);
        assert_eq!(stage.server().count(), before, "{certificate:?}");
    }
}

#[test]
fn a_source_whose_certificate_does_not_fit_is_not_read_and_takes_nothing_away() {
    for certificate in UNFIT {
        let mut stage = Stage::set(Service::Discord);
        let tls = Tls::before(&stage.scene.mobilizon.server, certificate);
        let kronos = std::mem::take(&mut stage.scene.kronos);
        stage.scene.kronos = kronos.env("SSL_CERT_FILE", AUTHORITY);
        let url = format!("{:?}", tls.url());
        stage.scene.kronos.set("providers.space", "url", &url);
        let before = stage.scene.mobilizon.server.count();
        let run = stage.scene.kronos.run().ends_with(1);
        let told = run.group("space", "hackerspace")["error"].to_string();
        assert!(told.contains("certificate"), "{told}");
        assert_eq!(stage.scene.mobilizon.server.count(), before);
        let requests = stage.server().requests(0);
        assert!(requests.iter().all(|request| request.method != "DELETE"));
    }
}
