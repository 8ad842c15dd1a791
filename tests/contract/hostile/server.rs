//! A server of bytes: it reads a request and puts on the wire what a rule says, whether that is HTTP or not.

use std::sync::{Arc, Mutex};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

use super::answer::Rule;

/// A running server. Dropping it ends it.
pub(crate) struct Server {
    /// Its address, `http://127.0.0.1:PORT`.
    pub(crate) base: String,
    accepting: JoinHandle<()>,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

struct Rules {
    base: String,
    /// Each with how often it may still be used.
    rules: Mutex<Vec<(Rule, usize)>>,
}

impl Rules {
    /// The first rule that fits and is not used up.
    fn choose(&self, method: &str, target: &str) -> Option<Rule> {
        let mut rules = self.rules.lock().unwrap();
        let (rule, left) = rules
            .iter_mut()
            .find(|(rule, left)| *left > 0 && rule.fits(method, target))?;
        *left -= 1;
        Some(rule.clone())
    }
}

impl Server {
    /// Serves by these rules, and lets in whoever signs in where no rule says otherwise.
    pub(crate) async fn start(rules: Vec<Rule>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let all = rules.into_iter().chain(Rule::sign_ins());
        let shared = Arc::new(Rules {
            base: base.clone(),
            rules: Mutex::new(all.map(|r| (r.clone(), r.times)).collect()),
        });
        let accepting = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, Arc::clone(&shared)));
            }
        });
        Self { base, accepting }
    }
}

/// One request, one answer, and the end of the connection.
async fn serve(mut stream: TcpStream, rules: Arc<Rules>) {
    let Some((method, target)) = request(&mut stream).await else {
        return;
    };
    let rule = rules.choose(&method, &target);
    let rule = rule.unwrap_or_else(Rule::nothing_here);
    // The client may leave at any moment, which is what many a rule is about.
    let _ = rule.put(&mut stream, &rules.base).await;
    let _ = stream.shutdown().await;
    // Closing with a request half read would reset the connection and take the answer along.
    let mut rest = [0; 4_096];
    while stream.read(&mut rest).await.is_ok_and(|n| n > 0) {}
}

/// Reads a request to its end: method and target.
async fn request(stream: &mut TcpStream) -> Option<(String, String)> {
    let (mut bytes, mut chunk) = (Vec::new(), vec![0; 64 * 1024]);
    loop {
        let read = stream.read(&mut chunk).await.ok().filter(|n| *n > 0)?;
        bytes.extend_from_slice(&chunk[..read]);
        let Some(end) = bytes.windows(4).position(|w| w == b"\r\n\r\n") else {
            continue;
        };
        let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
        let length = head.lines().find_map(|line| {
            let (name, value) = line.split_once(':')?;
            let is_length = name.eq_ignore_ascii_case("content-length");
            is_length.then(|| value.trim().parse::<usize>().ok())?
        });
        if bytes.len() < end + 4 + length.unwrap_or(0) {
            continue;
        }
        let mut words = head.split(' ').map(str::to_owned);
        return words.next().zip(words.next());
    }
}
