//! Whoever takes more than their share, or takes their time, is not in anybody's way.
use crate::cli::{Running, snug as command};
use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

fn address(node: &Running) -> SocketAddr {
    node.url().rsplit_once("//").unwrap().1.replace("localhost", "127.0.0.1").parse().unwrap()
}

async fn answer(stream: &mut TcpStream) -> String {
    let mut said = Vec::new();
    let _ = timeout(Duration::from_secs(30), stream.read_to_end(&mut said)).await.expect("it ends");
    String::from_utf8_lossy(&said).into_owned()
}

#[tokio::test]
async fn who_is_slow_with_the_head_of_a_request_is_sent_away() {
    let folder = tempfile::tempdir().unwrap();
    let node = Running::start(folder.path(), &["--plain-http"]);
    let begun = Instant::now();
    let mut slow = TcpStream::connect(address(&node)).await.unwrap();
    slow.write_all(b"GET /healthz HTTP/1.1\r\nhost: a\r\n").await.unwrap();
    let dribble = async {
        while slow.write_all(b"x-a: 1\r\n").await.is_ok() {
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
    };
    timeout(Duration::from_secs(30), dribble).await.expect("a head that never ends is cut off");
    assert!(begun.elapsed() > Duration::from_secs(5), "a slow line is no attack: {:?}", begun.elapsed());
}

#[tokio::test]
async fn floods_of_headers_and_heads_without_end_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let node = Running::start(folder.path(), &["--plain-http"]);
    let many: String = (0..500).map(|n| format!("x-{n}: 1\r\n")).collect();
    let long = format!("x-long: {}\r\n", "a".repeat(1_000_000));
    for headers in [many, long] {
        let mut stream = TcpStream::connect(address(&node)).await.unwrap();
        let _ = stream.write_all(format!("GET /healthz HTTP/1.1\r\nhost: a\r\n{headers}\r\n").as_bytes()).await; // it may be cut off before
        let said = answer(&mut stream).await;
        assert!(said.is_empty() || said.starts_with("HTTP/1.1 431"), "{said}");
    }
    let mut after = TcpStream::connect(address(&node)).await.unwrap();
    after.write_all(b"GET /healthz HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n").await.unwrap();
    assert!(answer(&mut after).await.starts_with("HTTP/1.1 200"));
}

#[tokio::test]
async fn compressed_bodies_are_not_unfolded() {
    let folder = tempfile::tempdir().unwrap();
    let node = Running::start(folder.path(), &["--plain-http"]);
    let mut bomb = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    std::io::Write::write_all(&mut bomb, &vec![b' '; 30_000_000]).unwrap();
    let bomb = bomb.finish().unwrap();
    assert!(bomb.len() < 64 * 1024);
    let url = format!("http://{}/api/v1/auth/login", address(&node));
    let request = crate::support::http_client().post(url).header("content-type", "application/json").header("content-encoding", "gzip");
    let answer = request.body(bomb).send().await.unwrap();
    assert!(matches!(answer.status().as_u16(), 400 | 415), "{answer:?}");
}

#[tokio::test]
async fn one_address_takes_no_more_connections_than_it_may() {
    let own = snug::tls::names::addresses().into_iter().find(IpAddr::is_ipv4);
    let Some(own) = own else {
        eprintln!("NOT TESTED: connections per address; this machine has no address but loopback");
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let mut command = command(folder.path(), &["serve", "--json", "--listen", "0.0.0.0:0"]);
    let command = command.env("SNUG_LIMITS_CONNECTIONS_PER_ADDRESS", "20");
    let node = Running::of(command);
    let port = node.greeting["urls"][0].as_str().unwrap().rsplit_once(':').unwrap().1.parse().unwrap();
    let address = SocketAddr::new(own, port);
    let mut held = Vec::new();
    for _ in 0..20 {
        held.push(TcpStream::connect(address).await.unwrap());
    }
    let mut one_more = TcpStream::connect(address).await.unwrap();
    assert_eq!(timeout(Duration::from_secs(5), one_more.read(&mut [0])).await.expect("it is closed at once").unwrap_or(0), 0);
    // others are served, and so is this address once it has let go
    assert!(is_listened_to(SocketAddr::new("127.0.0.1".parse().unwrap(), port)).await);
    drop(held);
    let begun = Instant::now();
    while !is_listened_to(address).await {
        assert!(begun.elapsed() < Duration::from_secs(10), "places are given back");
    }
}

/// Whether somebody who says nothing is listened to.
async fn is_listened_to(address: SocketAddr) -> bool {
    let mut stream = TcpStream::connect(address).await.unwrap();
    timeout(Duration::from_millis(300), stream.read(&mut [0])).await.is_err()
}
