//! The network clients of one connection, each made when it is first needed.

use std::{sync::OnceLock, time::Duration};

use http::Uri;
use hyper_util::client::proxy::matcher::Matcher;
use url::Url;

use crate::{
    config::Transport,
    http::{cause, is_loopback},
};

/// The longest a connection takes to be made.
pub(super) const CONNECT: Duration = Duration::from_secs(5);

type Made = OnceLock<Result<reqwest::Client, String>>;

/// The clients of one connection.
#[derive(Debug)]
pub(crate) struct Clients {
    authorities: Vec<reqwest::Certificate>,
    proxy: Option<Url>,
    /// For hosts elsewhere, through the proxy the connection names, else through the one of the environment, if any.
    far: Made,
    /// For this machine: what is sent in the clear never leaves it.
    near: Made,
}

impl Clients {
    pub(crate) fn new(transport: &Transport) -> Result<Self, String> {
        Ok(Self {
            authorities: transport.authorities()?,
            proxy: transport.proxy()?,
            far: Made::new(),
            near: Made::new(),
        })
    }

    /// The one for hosts elsewhere.
    pub(crate) fn far(&self) -> Result<&reqwest::Client, String> {
        let made = self.far.get_or_init(|| {
            let builder = match &self.proxy {
                Some(proxy) => {
                    let proxy = reqwest::Proxy::all(proxy.clone()).map_err(|e| words(&e))?;
                    self.builder().proxy(proxy)
                }
                None => self.builder(),
            };
            builder.build().map_err(|e| words(&e))
        });
        made.as_ref().map_err(Clone::clone)
    }

    pub(super) fn to(&self, url: &Url) -> Result<&reqwest::Client, String> {
        if !is_loopback(url) {
            return self.far();
        }
        let near = || self.builder().no_proxy().build().map_err(|e| words(&e));
        self.near.get_or_init(near).as_ref().map_err(Clone::clone)
    }

    /// Where a connection to `url` is made: the host itself, the proxy the connection names, else the one of the
    /// environment, found as the client finds it.
    pub(super) fn met(&self, url: &Url) -> Url {
        if is_loopback(url) {
            return url.clone();
        }
        let of_environment = || {
            let asked: Uri = url.as_str().parse().ok()?;
            let proxy = Matcher::from_env().intercept(&asked)?;
            Url::parse(&proxy.uri().to_string()).ok()
        };
        let proxy = self.proxy.clone().or_else(of_environment);
        proxy.unwrap_or_else(|| url.clone())
    }

    fn builder(&self) -> reqwest::ClientBuilder {
        reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(CONNECT)
            .pool_idle_timeout(Duration::from_secs(20))
            .user_agent(concat!("partner-console/", env!("CARGO_PKG_VERSION")))
            .tls_certs_merge(self.authorities.clone())
    }
}

fn words(error: &reqwest::Error) -> String {
    format!("the network client cannot be made: {}", cause(error))
}
