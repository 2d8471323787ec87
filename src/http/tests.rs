use super::*;
use crate::clock::SystemClock;
use url::Url;

#[tokio::test]
async fn what_is_told_of_a_failed_request_holds_no_secret_of_its_url() {
    // Nobody listens there any more.
    let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let http = Http::new(Rc::new(SystemClock), Duration::from_secs(5), "test");
    let url = Url::parse(&format!("http://{address}/hook/hunter2?token=hunter2")).unwrap();
    let request = Request::new(Method::GET, url).secret_path();
    let fault = http.send(request).await.unwrap_err();
    assert!(matches!(fault, Fault::NotSent(_)), "{fault}");
    assert!(fault.to_string().contains(&address.to_string()), "{fault}");
    assert!(!fault.to_string().contains("hunter2"), "{fault}");
}
